/**
 * Percent-encoding of paths, queries and listings, and its strict reverse.
 * Leaves out what a malformed text means to the caller: decoding says what is wrong, the caller chooses the error.
 */

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();

/** Stands for itself: visible ASCII but `%` and `+`. */
const PLAIN = /^[!-$&-*,-~]*$/;

/** What decoding found: the text, or why there is none. */
export type Decoded = { readonly text: string } | { readonly fault: 'escape' | 'utf8' };

/**
 * Decodes `%XX` and turns `+` into a space. One decoder serves path and query alike because Ruby's client sends a space
 * in the path as `+` and no known client sends a bare `+` for a plus.
 * @param encoded Text as it was on the wire; a character up to U+00FF stands for the byte of that value.
 * @returns The text, or `fault`: `escape` for a broken `%XX` or a character above U+00FF, `utf8` for bytes that are no
 * UTF-8.
 */
export function percentDecode(encoded: string): Decoded {
  // Most paths and nearly all names of parameters.
  if (PLAIN.test(encoded)) return { text: encoded };
  const bytes = new Uint8Array(encoded.length);
  let length = 0;
  for (let index = 0; index < encoded.length; index += 1) {
    let byte = encoded.charCodeAt(index);
    if (byte === 0x25) {
      const high = hexDigitValue(encoded.charCodeAt(index + 1));
      const low = hexDigitValue(encoded.charCodeAt(index + 2));
      if (high < 0 || low < 0) return { fault: 'escape' };
      byte = high * 16 + low;
      index += 2;
    } else if (byte === 0x2b) {
      byte = 0x20;
    } else if (byte > 0xff) {
      return { fault: 'escape' };
    }
    bytes[length] = byte;
    length += 1;
  }
  try {
    return { text: strictUtf8.decode(bytes.subarray(0, length)) };
  } catch {
    return { fault: 'utf8' };
  }
}

/**
 * Encodes everything but `A-Z a-z 0-9 - . _ ~` (RFC 3986 unreserved).
 * @param text Well-formed text.
 * @param options `keepSlash` leaves `/` as it is, for paths.
 * @returns ASCII text with upper-case `%XX`.
 */
export function percentEncode(text: string, options: { readonly keepSlash?: boolean } = {}): string {
  let result = '';
  for (const byte of utf8.encode(text)) {
    const isPlain = isUnreserved(byte) || (byte === 0x2f && options.keepSlash === true);
    result += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return result;
}

function isUnreserved(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x2e ||
    byte === 0x5f ||
    byte === 0x7e
  );
}

/** Value of a hexadecimal digit, or -1; `charCodeAt` past the end gives NaN, which also ends as -1. */
function hexDigitValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return -1;
}
