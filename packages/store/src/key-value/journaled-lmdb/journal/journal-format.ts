/**
 * Bytes of the journal. Little-endian. A segment is a file of blocks of 4 KiB: two header slots, then frames, each from
 * the beginning of a block, so that no write ever touches a block that holds something acknowledged.
 *
 *     header := magic (16), generation f64, salt (16), length f64, crc u32             crc over all before it
 *     frame  := crc u32, payload length u32, generation f64, sequence f64, payload     crc over salt and all behind it
 *     row    := kind u8 (1 put, 2 delete), key length u16, stored length u32, key,
 *               stored value (8 bytes version, then the value)
 *
 * Each generation has a new random salt that is secret: what a client writes can never look like a frame, and what an
 * earlier generation left in the file never looks like a frame of this one.
 *
 * The length is what the file had when the header was written: a file that is shorter has lost something. The headers
 * of format 3 of the store (magic `annals journal 1`) say no length; they are read, and never written.
 */
import { crc32 } from '@annals/checksum/node';

/** What disks write at once, and the alignment of everything here. */
export const BLOCK_LENGTH_BYTES = 4096;

/** Behind the two header slots. */
export const FRAMES_START_BYTES = 2 * BLOCK_LENGTH_BYTES;

/** Bytes of the random salt of a segment, which its checksums cover. */
export const SALT_LENGTH_BYTES = 16;

const MAGIC = Buffer.from('annals journal 2', 'latin1');
const FORMER_MAGIC = Buffer.from('annals journal 1', 'latin1');
const GENERATION_OFFSET = MAGIC.length;
const SALT_OFFSET = GENERATION_OFFSET + 8;
const LENGTH_OFFSET = SALT_OFFSET + SALT_LENGTH_BYTES;
const HEADER_CRC_OFFSET = LENGTH_OFFSET + 8;
/** In a former header the checksum stands where the length stands now. */
const FORMER_HEADER_CRC_OFFSET = LENGTH_OFFSET;

const FRAME_HEADER_LENGTH_BYTES = 24;
const ROW_HEADER_LENGTH_BYTES = 7;
const KIND_PUT = 1;
const KIND_DELETE = 2;

/** What tells one filling of a segment from all others. */
export interface SegmentHeader {
  /** Counts the fillings of both segments together, from 1. */
  readonly generation: number;
  readonly salt: Uint8Array;
}

/** A header as it stands in a slot. */
export interface StoredSegmentHeader extends SegmentHeader {
  /** Bytes the segment's file has at least; `undefined` in a header of the form before this one. */
  readonly lengthBytes: number | undefined;
}

/** What became of one row. */
export interface RowChange {
  readonly key: Uint8Array;
  /** With its version in front; `undefined`: the row is gone. */
  readonly storedValue: Uint8Array | undefined;
}

/** One batch of commits as it lies in the journal. */
export interface JournalFrame {
  /** Grows by one from frame to frame, over all generations. */
  readonly sequence: number;
  readonly changes: readonly RowChange[];
  /** Bytes from the frame's first to the next frame's first. */
  readonly lengthBytes: number;
}

/** @returns One block, to be written into a header slot. */
export function encodeSegmentHeader({ generation, salt }: SegmentHeader, lengthBytes: number): Uint8Array {
  const block = Buffer.alloc(BLOCK_LENGTH_BYTES);
  block.set(MAGIC);
  block.writeDoubleLE(generation, GENERATION_OFFSET);
  block.set(salt, SALT_OFFSET);
  block.writeDoubleLE(lengthBytes, LENGTH_OFFSET);
  block.writeUInt32LE(crc32(block.subarray(0, HEADER_CRC_OFFSET)), HEADER_CRC_OFFSET);
  return block;
}

/** @returns `undefined` when the slot holds no whole header. */
export function decodeSegmentHeader(slot: Uint8Array): StoredSegmentHeader | undefined {
  const block = asBuffer(slot);
  if (block.length < BLOCK_LENGTH_BYTES) return undefined;
  const magic = block.subarray(0, MAGIC.length);
  const isFormer = magic.equals(FORMER_MAGIC);
  if (!isFormer && !magic.equals(MAGIC)) return undefined;
  const crcOffset = isFormer ? FORMER_HEADER_CRC_OFFSET : HEADER_CRC_OFFSET;
  if (crc32(block.subarray(0, crcOffset)) !== block.readUInt32LE(crcOffset)) return undefined;
  return {
    generation: block.readDoubleLE(GENERATION_OFFSET),
    salt: Uint8Array.prototype.slice.call(block, SALT_OFFSET, LENGTH_OFFSET),
    lengthBytes: isFormer ? undefined : block.readDoubleLE(LENGTH_OFFSET),
  };
}

/** @returns Bytes the frame of these changes takes, a multiple of a block. */
export function frameLength(changes: readonly RowChange[]): number {
  let length = FRAME_HEADER_LENGTH_BYTES;
  for (const { key, storedValue } of changes) {
    length += ROW_HEADER_LENGTH_BYTES + key.length + (storedValue?.length ?? 0);
  }
  return Math.ceil(length / BLOCK_LENGTH_BYTES) * BLOCK_LENGTH_BYTES;
}

/** @param target Filled from its beginning to its end; of the length `frameLength` says. */
export function encodeFrame(
  { generation, salt }: SegmentHeader,
  sequence: number,
  changes: readonly RowChange[],
  target: Buffer,
): void {
  let offset = FRAME_HEADER_LENGTH_BYTES;
  for (const { key, storedValue } of changes) {
    target[offset] = storedValue === undefined ? KIND_DELETE : KIND_PUT;
    target.writeUInt16LE(key.length, offset + 1);
    target.writeUInt32LE(storedValue?.length ?? 0, offset + 3);
    offset += ROW_HEADER_LENGTH_BYTES;
    target.set(key, offset);
    offset += key.length;
    if (storedValue === undefined) continue;
    target.set(storedValue, offset);
    offset += storedValue.length;
  }
  target.fill(0, offset);
  target.writeUInt32LE(offset - FRAME_HEADER_LENGTH_BYTES, 4);
  target.writeDoubleLE(generation, 8);
  target.writeDoubleLE(sequence, 16);
  target.writeUInt32LE(crc32(target.subarray(4, offset), crc32(salt)), 0);
}

/** What the first block of a frame says of it, not checked yet. */
export interface FrameHeader {
  readonly sequence: number;
  /** Bytes up to the next frame. */
  readonly lengthBytes: number;
}

/** @returns `undefined` when no frame of this generation begins here. */
export function peekFrame(segment: SegmentHeader, block: Uint8Array): FrameHeader | undefined {
  const header = asBuffer(block);
  if (header.length < FRAME_HEADER_LENGTH_BYTES || header.readDoubleLE(8) !== segment.generation) return undefined;
  const payloadLength = header.readUInt32LE(4);
  return {
    sequence: header.readDoubleLE(16),
    lengthBytes: Math.ceil((FRAME_HEADER_LENGTH_BYTES + payloadLength) / BLOCK_LENGTH_BYTES) * BLOCK_LENGTH_BYTES,
  };
}

/**
 * @param bytes The whole frame.
 * @returns Its changes, as views into `bytes`; `undefined` when it is not whole.
 */
export function decodeFrame(segment: SegmentHeader, bytes: Uint8Array): JournalFrame | undefined {
  const header = peekFrame(segment, bytes);
  if (header === undefined || bytes.length < header.lengthBytes) return undefined;
  const frame = asBuffer(bytes);
  const end = FRAME_HEADER_LENGTH_BYTES + frame.readUInt32LE(4);
  if (crc32(frame.subarray(4, end), crc32(segment.salt)) !== frame.readUInt32LE(0)) return undefined;
  const changes: RowChange[] = [];
  for (let offset = FRAME_HEADER_LENGTH_BYTES; offset < end; ) {
    const isPut = frame[offset] === KIND_PUT;
    const keyEnd = offset + ROW_HEADER_LENGTH_BYTES + frame.readUInt16LE(offset + 1);
    const rowEnd = keyEnd + frame.readUInt32LE(offset + 3);
    changes.push({
      key: frame.subarray(offset + ROW_HEADER_LENGTH_BYTES, keyEnd),
      storedValue: isPut ? frame.subarray(keyEnd, rowEnd) : undefined,
    });
    offset = rowEnd;
  }
  return { sequence: header.sequence, changes, lengthBytes: header.lengthBytes };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
