/**
 * The trailer a checked blob ends with. All numbers little-endian:
 *
 *     blob    := data, trailer
 *     trailer := tag*, footer                     one tag per block of the data, the last block may be short
 *     tag     := CRC-32 of the block, the blob's id (16 bytes) and the block's number (u64)      (u32, for kind 1)
 *     footer  := data length u64, block length u32, version u8 = 2, kind u8 = 1, 6 zero bytes,
 *                magic (8 bytes "annlblob"), CRC-32 of the trailer up to here and the blob's id (u32)
 *
 * So neither the file of another blob passes for this one, nor a block, tag or trailer at another place. In version 1,
 * which stores of format 3 have, no CRC-32 covers id and number. A CRC can be gone on with, so a trailer of version 1
 * becomes one of version 2 without the blocks.
 *
 * `kind` says what a tag is: other kinds (tags of an authenticated encryption) have other lengths.
 * The footer stands last, so that a blob is written in one pass and read knowing nothing but its length.
 */
import { crc32 } from '@annals/checksum/node';
import type { BlobId } from '../contract/blob-store.js';

/** Bytes of a blob that one tag proves. */
export const BLOCK_LENGTH_BYTES = 256 * 1024;
/** Bytes of the footer that ends a blob file. */
export const FOOTER_LENGTH_BYTES = 32;
const TAG_LENGTH_BYTES = 4;

const VERSION = 2;
/** Of stores of format 3. */
const VERSION_WITHOUT_IDENTITY = 1;
const KIND_CRC32 = 1;
const MAGIC = Buffer.from('annlblob', 'latin1');

const BLOCK_LENGTH_OFFSET = 8;
const VERSION_OFFSET = 12;
const KIND_OFFSET = 13;
const MAGIC_OFFSET = 20;
const CRC_OFFSET = 28;

/**
 * A block of another length would be a footer of another version. The bound keeps a damaged one from asking for any
 * memory.
 */
const BLOCK_LENGTH_BYTES_MAX = 16 * 1024 * 1024;

/** What a whole trailer says: enough to check any block of the data by itself. Lengths in bytes. */
export interface BlobTrailer {
  readonly dataLength: number;
  readonly blockLength: number;
  /** The tag of each block: see {@link BlockPlaces.tag}. */
  readonly blockTags: Uint32Array;
}

/** What a footer alone says. */
export interface BlobFooter {
  readonly dataLength: number;
  readonly blockLength: number;
  readonly trailerLength: number;
  readonly version: number;
}

const ID_LENGTH_BYTES = 16;

/** What makes the check of a block that of one place in one blob. */
export class BlockPlaces {
  readonly #bytes = Buffer.alloc(ID_LENGTH_BYTES + 8);
  readonly #id = this.#bytes.subarray(0, ID_LENGTH_BYTES);

  constructor(blobId: BlobId) {
    this.#id.write(blobId, 'hex');
  }

  /** @param blockCrc CRC-32 of the block's bytes. @returns The block's tag. */
  tag(blockCrc: number, blockNumber: number): number {
    this.#bytes.writeBigUInt64LE(BigInt(blockNumber), ID_LENGTH_BYTES);
    return crc32(this.#bytes, blockCrc);
  }

  /** @param crc CRC-32 of the trailer up to its own. @returns What the trailer ends with. */
  seal(crc: number): number {
    return crc32(this.#id, crc);
  }
}

/** @param blockTags See {@link BlockPlaces.tag}. @returns The trailer's bytes. */
export function encodeTrailer(blobId: BlobId, dataLength: number, blockTags: readonly number[]): Uint8Array {
  const tagsLength = blockTags.length * TAG_LENGTH_BYTES;
  const bytes = new Uint8Array(tagsLength + FOOTER_LENGTH_BYTES);
  const view = new DataView(bytes.buffer);
  blockTags.forEach((tag, index) => {
    view.setUint32(index * TAG_LENGTH_BYTES, tag, true);
  });
  view.setBigUint64(tagsLength, BigInt(dataLength), true);
  view.setUint32(tagsLength + BLOCK_LENGTH_OFFSET, BLOCK_LENGTH_BYTES, true);
  view.setUint8(tagsLength + VERSION_OFFSET, VERSION);
  view.setUint8(tagsLength + KIND_OFFSET, KIND_CRC32);
  bytes.set(MAGIC, tagsLength + MAGIC_OFFSET);
  const crc = new BlockPlaces(blobId).seal(crc32(bytes.subarray(0, tagsLength + CRC_OFFSET)));
  view.setUint32(tagsLength + CRC_OFFSET, crc, true);
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
  if ((version !== VERSION && version !== VERSION_WITHOUT_IDENTITY) || kind !== KIND_CRC32)
    return `the blob is of unknown version ${version} or kind ${kind}`;
  const dataLength = Number(view.getBigUint64(0, true));
  const blockLength = view.getUint32(BLOCK_LENGTH_OFFSET, true);
  if (blockLength === 0 || blockLength > BLOCK_LENGTH_BYTES_MAX) return `the block length ${blockLength} is impossible`;
  const trailerLength = Math.ceil(dataLength / blockLength) * TAG_LENGTH_BYTES + FOOTER_LENGTH_BYTES;
  if (dataLength + trailerLength !== blobLength) {
    return `the blob has ${blobLength} bytes, its footer says ${dataLength} and ${trailerLength}`;
  }
  return { dataLength, blockLength, trailerLength, version };
}

/**
 * @param bytes The whole trailer, as long as its footer says.
 * @returns The trailer, or what is wrong with it.
 */
export function decodeTrailer(blobId: BlobId, bytes: Uint8Array, footer: BlobFooter): BlobTrailer | string {
  const { version, dataLength, blockLength } = footer;
  if (version !== VERSION)
    return `the trailer of the blob is of version ${version}, which a store of today has none of`;
  const { crc, expectedCrc } = crcsOf(bytes);
  if (new BlockPlaces(blobId).seal(crc) !== expectedCrc) {
    return 'the trailer of the blob fails its checksum, or belongs to another blob';
  }
  return { dataLength, blockLength, blockTags: tagsOf(bytes) };
}

/**
 * @param bytes The whole trailer, as long as its footer says.
 * @returns The trailer of today in its place, just as long; nothing when it is one already; or what is wrong with it.
 */
export function upgradeTrailer(blobId: BlobId, bytes: Uint8Array, footer: BlobFooter): Uint8Array | undefined | string {
  if (footer.version !== VERSION_WITHOUT_IDENTITY) {
    const trailer = decodeTrailer(blobId, bytes, footer);
    return typeof trailer === 'string' ? trailer : undefined;
  }
  const { crc, expectedCrc } = crcsOf(bytes);
  if (crc !== expectedCrc) return 'the trailer of the blob fails its checksum';
  // No program ever wrote another.
  if (footer.blockLength !== BLOCK_LENGTH_BYTES) return `the block length ${footer.blockLength} is unknown`;
  const places = new BlockPlaces(blobId);
  const tags = Array.from(tagsOf(bytes), (blockCrc, index) => places.tag(blockCrc, index));
  return encodeTrailer(blobId, footer.dataLength, tags);
}

function crcsOf(bytes: Uint8Array): { readonly crc: number; readonly expectedCrc: number } {
  const crcOffset = bytes.length - FOOTER_LENGTH_BYTES + CRC_OFFSET;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { crc: crc32(bytes.subarray(0, crcOffset)), expectedCrc: view.getUint32(crcOffset, true) };
}

function tagsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tags = new Uint32Array((bytes.length - FOOTER_LENGTH_BYTES) / TAG_LENGTH_BYTES);
  for (let index = 0; index < tags.length; index += 1) tags[index] = view.getUint32(index * TAG_LENGTH_BYTES, true);
  return tags;
}

/** @returns Length of the trailer of so many bytes. */
export function trailerLengthOf(dataLength: number): number {
  return Math.ceil(dataLength / BLOCK_LENGTH_BYTES) * TAG_LENGTH_BYTES + FOOTER_LENGTH_BYTES;
}

/** @returns Length of the data in a sealed blob of this length, without reading it. */
export function dataLengthOf(blobLength: number): number {
  const withTags = Math.max(0, blobLength - FOOTER_LENGTH_BYTES);
  const blockCount = Math.ceil(withTags / (BLOCK_LENGTH_BYTES + TAG_LENGTH_BYTES));
  return Math.max(0, withTags - blockCount * TAG_LENGTH_BYTES);
}
