/**
 * Entity tags: their three forms and their quotes. Inside the project an etag has no quotes; headers and XML have them.
 * Leaves out hashing: digests come in, text goes out.
 */

/** Length of an MD5 digest. */
const MD5_LENGTH_BYTES = 16;

/**
 * Makes the etag of an object written in one piece.
 * @param md5 MD5 of its bytes, 16 bytes.
 * @returns 32 upper-case hex digits.
 * @throws {RangeError} If `md5` has another length.
 */
export function md5Etag(md5: Uint8Array): string {
  if (md5.length !== MD5_LENGTH_BYTES) throw new RangeError(`An MD5 digest has 16 bytes, not ${md5.length}`);
  return toUpperHex(md5);
}

/**
 * Makes the etag of an object put together from parts.
 * @param md5OfPartMd5s MD5 of the parts' MD5 digests one after the other, 16 bytes.
 * @param partCount Number of parts.
 * @returns 32 upper-case hex digits, `-`, the number of parts.
 * @throws {RangeError} If the digest has another length.
 */
export function multipartEtag(md5OfPartMd5s: Uint8Array, partCount: number): string {
  return `${md5Etag(md5OfPartMd5s)}-${partCount}`;
}

/**
 * Makes the etag of an appendable object: CRC-64 as 8 bytes and the second of the last write as 4 bytes, both
 * little-endian, then 4 zero bytes. The public service's form, found from its own samples.
 * @param crc64 CRC-64/XZ of the whole object.
 * @param lastWriteAtMs Time of the last write that changed its bytes, milliseconds since 1970.
 * @returns 32 upper-case hex digits.
 */
export function appendableEtag(crc64: bigint, lastWriteAtMs: number): string {
  const bytes = new Uint8Array(MD5_LENGTH_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, crc64, true);
  view.setUint32(8, Math.floor(lastWriteAtMs / 1000), true);
  return toUpperHex(bytes);
}

/**
 * Writes an etag for a header or a document.
 * @param etag Without quotes.
 */
export function quoteEtag(etag: string): string {
  return `"${etag}"`;
}

/**
 * Reads an etag from a header or a document; some clients leave the quotes out.
 * @param text With or without quotes.
 * @returns Without quotes.
 */
export function unquoteEtag(text: string): string {
  const trimmed = text.trim();
  return trimmed.length >= 2 && trimmed.startsWith('"') && trimmed.endsWith('"') ? trimmed.slice(1, -1) : trimmed;
}

function toUpperHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text.toUpperCase();
}
