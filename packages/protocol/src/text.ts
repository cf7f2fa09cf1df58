/**
 * The two questions about text that names, tags and headers all ask: how many bytes it takes on the wire, and whether
 * it can travel there at all. Leaves out percent-encoding (`percent-encoding.ts`).
 */

const encoder = new TextEncoder();

/** Half of a surrogate pair alone: such a string has no UTF-8 form. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Counts the bytes of a text in UTF-8.
 * @param text Any string; a lone surrogate counts as the three bytes of U+FFFD.
 * @returns Length in bytes.
 */
export function utf8LengthBytes(text: string): number {
  return encoder.encode(text).length;
}

/**
 * Tells whether a string can be written as UTF-8 and read back unchanged.
 * @param text Any string.
 */
export function isWellFormedText(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/**
 * Writes a text as a header value: its UTF-8 bytes, one character per byte, which is how HTTP libraries take header
 * values.
 * @param text Any string.
 * @returns A string of characters up to U+00FF.
 */
export function toHeaderText(text: string): string {
  let result = '';
  for (const byte of encoder.encode(text)) result += String.fromCharCode(byte);
  return result;
}
