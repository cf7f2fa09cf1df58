/**
 * The trailer a checked blob ends with. All numbers little-endian:
 *
 *     blob    := data, trailer
 *     trailer := tag*, footer                     one tag per block of the data, the last block may be short
 *     tag     := CRC-32 of the block (u32)        for kind 1
 *     footer  := data length u64, block length u32, version u8 = 1, kind u8 = 1, 6 zero bytes,
 *                magic (8 bytes "annlblob"), CRC-32 of the trailer up to here (u32)
 *
 * `kind` says what a tag is: other kinds (tags of an authenticated encryption) have other lengths.
 * The footer stands last, so that a blob is written in one pass and read knowing nothing but its length.
 */
import { crc32 } from '@annals/checksum';

export const BLOCK_LENGTH_BYTES = 256 * 1024;
export const FOOTER_LENGTH_BYTES = 32;
const TAG_LENGTH_BYTES = 4;

const VERSION = 1;
const KIND_CRC32 = 1;
const MAGIC = Buffer.from('annlblob', 'latin1');

const BLOCK_LENGTH_OFFSET = 8;
const VERSION_OFFSET = 12;
const KIND_OFFSET = 13;
const MAGIC_OFFSET = 20;
const CRC_OFFSET = 28;

/** A block of another length would be a footer of another version. The bound keeps a damaged one from asking for any memory. */
const BLOCK_LENGTH_BYTES_MAX = 16 * 1024 * 1024;

/** What a whole trailer says: enough to check any block of the data by itself. Lengths in bytes. */
export interface BlobTrailer {
  readonly dataLength: number;
  readonly blockLength: number;
  /** CRC-32 of each block. */
  readonly blockCrcs: Uint32Array;
}

/** What a footer alone says. */
export interface BlobFooter {
  readonly dataLength: number;
  readonly blockLength: number;
  readonly trailerLength: number;
}

/** @returns The trailer's bytes. */
export function encodeTrailer(dataLength: number, blockCrcs: readonly number[]): Uint8Array {
  const tagsLength = blockCrcs.length * TAG_LENGTH_BYTES;
  const bytes = new Uint8Array(tagsLength + FOOTER_LENGTH_BYTES);
  const view = new DataView(bytes.buffer);
  blockCrcs.forEach((crc, index) => {
    view.setUint32(index * TAG_LENGTH_BYTES, crc, true);
  });
  view.setBigUint64(tagsLength, BigInt(dataLength), true);
  view.setUint32(tagsLength + BLOCK_LENGTH_OFFSET, BLOCK_LENGTH_BYTES, true);
  view.setUint8(tagsLength + VERSION_OFFSET, VERSION);
  view.setUint8(tagsLength + KIND_OFFSET, KIND_CRC32);
  bytes.set(MAGIC, tagsLength + MAGIC_OFFSET);
  view.setUint32(tagsLength + CRC_OFFSET, crc32(bytes.subarray(0, tagsLength + CRC_OFFSET)), true);
  return bytes;
}

/**
 * Reads the footer, so that the length of the whole trailer is known. Its checksum is `decodeTrailer`'s to check.
 * @param tail Last bytes of the blob, at least `FOOTER_LENGTH_BYTES` of them.
 * @returns The footer, or what is wrong with it.
 */
export function decodeFooter(tail: Uint8Array, blobLength: number): BlobFooter | string {
  if (tail.length < FOOTER_LENGTH_BYTES) return `a blob of ${blobLength} bytes has no room for its footer`;
  const footer = tail.subarray(tail.length - FOOTER_LENGTH_BYTES);
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength);
  if (Buffer.compare(footer.subarray(MAGIC_OFFSET, CRC_OFFSET), MAGIC) !== 0)
    return 'the footer of the blob is missing';
  const version = view.getUint8(VERSION_OFFSET);
  const kind = view.getUint8(KIND_OFFSET);
  if (version !== VERSION || kind !== KIND_CRC32) return `the blob is of unknown version ${version} or kind ${kind}`;
  const dataLength = Number(view.getBigUint64(0, true));
  const blockLength = view.getUint32(BLOCK_LENGTH_OFFSET, true);
  if (blockLength === 0 || blockLength > BLOCK_LENGTH_BYTES_MAX) return `the block length ${blockLength} is impossible`;
  const trailerLength = Math.ceil(dataLength / blockLength) * TAG_LENGTH_BYTES + FOOTER_LENGTH_BYTES;
  if (dataLength + trailerLength !== blobLength) {
    return `the blob has ${blobLength} bytes, its footer says ${dataLength} and ${trailerLength}`;
  }
  return { dataLength, blockLength, trailerLength };
}

/**
 * @param bytes The whole trailer, as long as its footer says.
 * @returns The trailer, or what is wrong with it.
 */
export function decodeTrailer(bytes: Uint8Array, footer: BlobFooter): BlobTrailer | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const crcOffset = bytes.length - FOOTER_LENGTH_BYTES + CRC_OFFSET;
  if (crc32(bytes.subarray(0, crcOffset)) !== view.getUint32(crcOffset, true)) {
    return 'the trailer of the blob fails its checksum';
  }
  const blockCrcs = new Uint32Array((bytes.length - FOOTER_LENGTH_BYTES) / TAG_LENGTH_BYTES);
  for (let index = 0; index < blockCrcs.length; index += 1) {
    blockCrcs[index] = view.getUint32(index * TAG_LENGTH_BYTES, true);
  }
  return { dataLength: footer.dataLength, blockLength: footer.blockLength, blockCrcs };
}

/** @returns Length of the data in a sealed blob of this length, without reading it. */
export function dataLengthOf(blobLength: number): number {
  const withTags = Math.max(0, blobLength - FOOTER_LENGTH_BYTES);
  const blockCount = Math.ceil(withTags / (BLOCK_LENGTH_BYTES + TAG_LENGTH_BYTES));
  return Math.max(0, withTags - blockCount * TAG_LENGTH_BYTES);
}
