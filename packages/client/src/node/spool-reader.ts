/** Reads accepted bytes back from the segments of a spool, in order, and believes none whose checksum is wrong. */
import { type FileHandle, open, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { crc64 } from '@annals/checksum';
import { AnnalsError } from '../error.js';
import { joinBytes } from '../read-all.js';

/** One file of a spool. */
export interface Segment {
  /** Accepted bytes before it. */
  readonly startOffset: number;
  /** Accepted bytes in it. */
  length: number;
  /** Length of the file as far as its records are whole. */
  fileLength: number;
}

/** Length of a chunk and its CRC-64. */
export const RECORD_HEADER_LENGTH = 12;

const SEGMENT_NAME = /^(\d{16})\.spool$/;

/** Read at once, so that short records do not cost a read each. */
const BLOCK_LENGTH = 256 * 1024;

/** Name of the file whose first byte has this offset. */
export function segmentName(startOffset: number): string {
  return `${String(startOffset).padStart(16, '0')}.spool`;
}

/**
 * Finds the segments of a folder. What stands behind the last whole record of the last one was never accepted, and is
 * cut off.
 * @throws {AnnalsError} `SpoolDamaged`.
 */
export async function listSegments(folder: string): Promise<Segment[]> {
  const offsets = (await readdir(folder)).flatMap((name) => {
    const [, offset] = SEGMENT_NAME.exec(name) ?? [];
    return offset === undefined ? [] : [Number(offset)];
  });
  const segments: Segment[] = [];
  for (const startOffset of offsets.sort((one, other) => one - other)) {
    const segment = await measureSegment(folder, startOffset);
    const previous = segments.at(-1);
    if (previous !== undefined && previous.startOffset + previous.length !== startOffset) {
      throw damaged(folder, previous.startOffset + previous.length);
    }
    segments.push(segment);
  }
  const last = segments.at(-1);
  if (last !== undefined) await truncate(join(folder, segmentName(last.startOffset)), last.fileLength);
  return segments;
}

async function measureSegment(folder: string, startOffset: number): Promise<Segment> {
  const file = await open(join(folder, segmentName(startOffset)), 'r');
  try {
    const segment: Segment = { startOffset, length: 0, fileLength: 0 };
    for (;;) {
      const chunk = await readRecord(file, segment.fileLength);
      if (chunk === undefined) return segment;
      segment.length += chunk.length;
      segment.fileLength += RECORD_HEADER_LENGTH + chunk.length;
    }
  } finally {
    await file.close();
  }
}

/** @returns `undefined` when there is no whole record whose checksum is right. */
async function readRecord(file: FileHandle, position: number): Promise<Uint8Array | undefined> {
  const header = await readExactly(file, position, RECORD_HEADER_LENGTH);
  if (header === undefined) return undefined;
  const length = header.readUInt32LE(0);
  // A record is a chunk that had room in memory; more is not one of ours.
  const { size } = await file.stat();
  if (length === 0 || position + RECORD_HEADER_LENGTH + length > size) return undefined;
  const chunk = await readExactly(file, position + RECORD_HEADER_LENGTH, length);
  return chunk !== undefined && crc64(chunk) === header.readBigUInt64LE(4) ? chunk : undefined;
}

async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await file.read(bytes, read, length - read, position + read);
    if (bytesRead === 0) return undefined;
    read += bytesRead;
  }
  return bytes;
}

/** A place in a spool that only moves forward. */
export class SpoolReader {
  readonly #folder: string;
  readonly #segments: () => readonly Segment[];
  #segment: Segment | undefined;
  #file: FileHandle | undefined;
  /** Of the record that is read next, in its file. */
  #position = 0;
  /** What is left of a chunk that was taken in part. */
  #rest: Uint8Array | undefined;
  /** The next chunk, read already. */
  #next: Uint8Array | undefined;
  #offset = 0;
  #block: Buffer = Buffer.alloc(0);
  #blockPosition = 0;

  /** @param segments Those of the folder, in order; records beyond their lengths are not read. */
  constructor(folder: string, segments: () => readonly Segment[]) {
    this.#folder = folder;
    this.#segments = segments;
  }

  /** Accepted bytes before what is taken next. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether what is taken next begins a chunk. */
  get isAtChunkStart(): boolean {
    return this.#rest === undefined;
  }

  /** Goes to an offset. @throws {AnnalsError} `SpoolDamaged`. */
  async seek(offset: number): Promise<void> {
    const segments = this.#segments();
    this.#segment = segments.findLast(({ startOffset }) => startOffset <= offset);
    this.#offset = this.#segment?.startOffset ?? offset;
    this.#position = 0;
    while (this.#offset < offset) {
      const chunk = await this.#readNext();
      if (chunk === undefined) throw damaged(this.#folder, this.#offset);
      const skipped = Math.min(chunk.length, offset - this.#offset);
      this.#offset += skipped;
      if (skipped < chunk.length) this.#rest = chunk.subarray(skipped);
    }
  }

  /** Bytes left of the next chunk, 0 for none. @throws {AnnalsError} `SpoolDamaged`. */
  async look(endOffset: number): Promise<number> {
    return (await this.#nextChunk(endOffset))?.length ?? 0;
  }

  async #nextChunk(endOffset: number): Promise<Uint8Array | undefined> {
    if (this.#rest !== undefined) return this.#rest;
    if (this.#next === undefined && this.#offset < endOffset) {
      this.#next = await this.#readNext();
      if (this.#next === undefined) throw damaged(this.#folder, this.#offset);
    }
    return this.#next;
  }

  /**
   * Takes whole chunks up to a length, or the beginning of a longer one.
   * @param endOffset Accepted bytes in all.
   * @throws {AnnalsError} `SpoolDamaged`.
   */
  async take(lengthBytesMax: number, endOffset: number): Promise<Uint8Array | undefined> {
    const taken: Uint8Array[] = [];
    let length = 0;
    while (this.#offset < endOffset) {
      const chunk = await this.#nextChunk(endOffset);
      if (chunk === undefined) break;
      if (length + chunk.length > lengthBytesMax) {
        if (length > 0) break;
        this.#next = undefined;
        this.#rest = chunk.subarray(lengthBytesMax);
        this.#offset += lengthBytesMax;
        return chunk.subarray(0, lengthBytesMax);
      }
      this.#rest = undefined;
      this.#next = undefined;
      taken.push(chunk);
      length += chunk.length;
      this.#offset += chunk.length;
    }
    return length === 0 ? undefined : joinBytes(taken);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #readNext(): Promise<Uint8Array | undefined> {
    const segments = this.#segments();
    this.#segment ??= segments[0];
    if (this.#segment === undefined) return undefined;
    if (this.#position >= this.#segment.fileLength) {
      const end = this.#segment.startOffset + this.#segment.length;
      const following = segments.find(({ startOffset, length }) => startOffset === end && length > 0);
      if (following === undefined || following === this.#segment) return undefined;
      await this.close();
      this.#segment = following;
      this.#position = 0;
      this.#block = Buffer.alloc(0);
    }
    this.#file ??= await open(join(this.#folder, segmentName(this.#segment.startOffset)), 'r');
    const header = await this.#bytesAt(this.#position, RECORD_HEADER_LENGTH);
    const chunk = await this.#bytesAt(this.#position + RECORD_HEADER_LENGTH, header.readUInt32LE(0));
    if (crc64(chunk) !== header.readBigUInt64LE(4)) throw damaged(this.#folder, this.#offset);
    this.#position += RECORD_HEADER_LENGTH + chunk.length;
    return chunk;
  }

  async #bytesAt(position: number, length: number): Promise<Buffer> {
    const start = position - this.#blockPosition;
    if (start >= 0 && start + length <= this.#block.length) return this.#block.subarray(start, start + length);
    const fileLength = this.#segment?.fileLength ?? 0;
    const wanted = Math.min(Math.max(length, BLOCK_LENGTH), fileLength - position);
    const bytes =
      this.#file === undefined || wanted < length ? undefined : await readExactly(this.#file, position, wanted);
    if (bytes === undefined) throw damaged(this.#folder, this.#offset);
    this.#block = bytes;
    this.#blockPosition = position;
    return bytes.subarray(0, length);
  }
}

function damaged(folder: string, offset: number): AnnalsError {
  return new AnnalsError(
    'SpoolDamaged',
    `Cannot use the spool "${folder}": its bytes at offset ${offset} are damaged`,
    {
      outcome: 'not-applied',
    },
  );
}
