/**
 * How etags are formed. An etag is stored with its version and never recomputed, so it is data of the store; its looks
 * belong to the dialect spoken outside, so they are pure functions handed in with the settings.
 */

export interface EtagFormat {
  /** @param md5 16 bytes. @returns The etag, unquoted, of an object written in one piece. */
  ofWhole(md5: Uint8Array): string;
  /**
   * @param md5OfEtags MD5 over the text of the parts' etags one after the other, 16 bytes. @returns The etag, unquoted,
   * of an object of parts.
   */
  ofParts(md5OfEtags: Uint8Array, partCount: number): string;
  /**
   * @param atMs Time of the last write that changed bytes. @returns The etag, unquoted, of an object written by
   * appends.
   */
  ofAppendable(crc64: bigint, atMs: number): string;
}

/**
 * The etags of OSS: 32 upper-case hex digits; of parts with their number behind; of appendables the little-endian
 * CRC-64, then the second, then four zero bytes.
 */
export const ossEtagFormat: EtagFormat = {
  ofWhole(md5) {
    return Buffer.from(md5).toString('hex').toUpperCase();
  },
  ofParts(md5OfEtags, partCount) {
    return `${ossEtagFormat.ofWhole(md5OfEtags)}-${partCount}`;
  },
  ofAppendable(crc64, atMs) {
    const bytes = Buffer.alloc(16);
    bytes.writeBigUInt64LE(crc64, 0);
    // The field has 32 bits; the remainder keeps clocks beyond 2106 (or broken ones) from failing an append.
    bytes.writeUInt32LE(Math.floor(atMs / 1000) % 2 ** 32, 8);
    return bytes.toString('hex').toUpperCase();
  },
};
