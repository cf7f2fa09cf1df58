/** CRC-32 (the one of zip and zlib) by Node's zlib: the cheapest checksum here, for framing of records on disk. */
import { crc32 as zlibCrc32 } from 'node:zlib';

/**
 * The CRC-32 of `bytes`.
 * @param initial CRC-32 of the bytes that came before.
 * @returns An unsigned 32-bit number.
 */
export function crc32(bytes: Uint8Array, initial = 0): number {
  return zlibCrc32(bytes, initial);
}
