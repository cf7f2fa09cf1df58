/**
 * Bytes of a segment, a file that short blobs share. Little-endian, but for the ids.
 *
 *     segment := header block (4 KiB), group*               each group from a multiple of 4 KiB on
 *     header  := magic (16), segment id (10), crc u32, zeros                        crc over all before it
 *     group   := record*, end to end
 *     record  := magic u32, length u32, reserved u32, crc u32, bytes of the blob    crc over length and the blob's id
 *
 * The id of a shared blob is its place: the id of its segment, then the offset of its record (6 bytes, big-endian). So
 * no index can be lost, and the blobs of a segment are neighbours in the order of ids. Leaves out what the bytes of a
 * blob are, and what proves them: `checked-blob-store.ts`.
 */
import { crc32 } from '@annals/checksum/node';
import type { BlobId } from '../../../contract/blob-store.js';

/** What disks write at once: no write touches a block that holds an acknowledged record. */
export const SEGMENT_BLOCK_LENGTH_BYTES = 4096;

/** Bytes in front of the bytes of a blob. */
export const RECORD_HEADER_LENGTH_BYTES = 16;

/** Random bytes that name a segment. */
export const SEGMENT_ID_LENGTH_BYTES = 10;

const MAGIC = Buffer.from('annals segment 1', 'latin1');
const SEGMENT_CRC_OFFSET = MAGIC.length + SEGMENT_ID_LENGTH_BYTES;
const RECORD_MAGIC = 0x62_6c_6e_61;
const OFFSET_LENGTH_BYTES = 6;
/** No segment is longer. */
const OFFSET_MAX = 2 ** 31;
const SEGMENT_ID_DIGITS = 2 * SEGMENT_ID_LENGTH_BYTES;
const SEGMENT_ID_PATTERN = /^[0-9a-f]{20}$/;

/** Random bytes as 20 lower-case hex digits. */
export type SegmentId = string;

/** Where a shared blob lies. */
export interface SharedPlace {
  readonly segmentId: SegmentId;
  /** Of its record, in bytes from the beginning of the file. */
  readonly offset: number;
}

/** Whether the text has the form of a segment's id; what else lies among the segments is not ours to touch. */
export function isSegmentId(text: string): text is SegmentId {
  return SEGMENT_ID_PATTERN.test(text);
}

/** @returns The id of the blob whose record begins there. */
export function blobIdAt({ segmentId, offset }: SharedPlace): BlobId {
  return segmentId + offset.toString(16).padStart(2 * OFFSET_LENGTH_BYTES, '0');
}

/** @returns Where the blob lies if it is a shared one; whether there is such a segment is for others to know. */
export function placeOf(blobId: BlobId): SharedPlace {
  return {
    segmentId: blobId.slice(0, SEGMENT_ID_DIGITS),
    offset: Number.parseInt(blobId.slice(SEGMENT_ID_DIGITS), 16),
  };
}

/** Whether the blob may lie in a segment. Of the ids of blobs with files of their own one in 100,000 looks like it. */
export function isSharedPlace({ offset }: SharedPlace): boolean {
  return offset >= SEGMENT_BLOCK_LENGTH_BYTES && offset < OFFSET_MAX;
}

/** @returns The block that a segment begins with. */
export function encodeSegmentHeader(segmentId: SegmentId): Uint8Array {
  const block = Buffer.alloc(SEGMENT_BLOCK_LENGTH_BYTES);
  block.set(MAGIC);
  block.write(segmentId, MAGIC.length, 'hex');
  block.writeUInt32LE(crc32(block.subarray(0, SEGMENT_CRC_OFFSET)), SEGMENT_CRC_OFFSET);
  return block;
}

/** @param lengthBytes Of the blob's bytes, which follow. */
export function encodeRecordHeader(blobId: BlobId, lengthBytes: number): Uint8Array {
  const header = Buffer.alloc(RECORD_HEADER_LENGTH_BYTES);
  header.writeUInt32LE(RECORD_MAGIC, 0);
  header.writeUInt32LE(lengthBytes, 4);
  header.writeUInt32LE(recordCrc(header, blobId), 12);
  return header;
}

/** @returns Length of the bytes of the blob that lies there, or what is wrong. */
export function decodeRecordHeader(blobId: BlobId, bytes: Uint8Array): number | string {
  const header = Buffer.from(bytes.buffer, bytes.byteOffset, RECORD_HEADER_LENGTH_BYTES);
  if (header.readUInt32LE(0) !== RECORD_MAGIC) return 'no record begins there';
  if (header.readUInt32LE(12) !== recordCrc(header, blobId)) return 'the header of its record fails its checksum';
  return header.readUInt32LE(4);
}

function recordCrc(header: Buffer, blobId: BlobId): number {
  return crc32(Buffer.from(blobId, 'hex'), crc32(header.subarray(0, 12)));
}
