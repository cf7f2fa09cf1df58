/**
 * One of the journal's two files. While one takes frames, the other is brought into the database and then given a new
 * generation; so they take turns. Leaves out which is whose turn: `commit-journal.ts` and `open-journal.ts` know.
 */

import type { BlockingFile } from '../../../file-system/file-system.js';
import {
  BLOCK_LENGTH_BYTES,
  decodeFrame,
  decodeSegmentHeader,
  encodeFrame,
  encodeSegmentHeader,
  FRAMES_START_BYTES,
  type JournalFrame,
  peekFrame,
  type RowChange,
  type SegmentHeader,
  type StoredSegmentHeader,
} from './journal-format.js';

/** Blocks a segment owns from the beginning: writing over them costs the file system no bookkeeping, and no room. */
export const SEGMENT_LENGTH_BYTES = 4 * 1024 * 1024;

/** A segment that is too short grows by a multiple of this. */
const GROWTH_LENGTH_BYTES = 1024 * 1024;

const SCAN_LENGTH_BYTES = 1024 * 1024;

/**
 * The journal on the disk is not what was written: something acknowledged may be missing, so nothing goes on by itself.
 */
export class JournalDamage extends Error {
  constructor(detail: string) {
    super(`The journal is damaged: ${detail}`);
    this.name = 'JournalDamage';
  }
}

/**
 * A segment and the generation it holds. Only one of all who have it open may write frames, and only while nobody
 * resets it.
 */
export class JournalSegment {
  readonly #file: BlockingFile;
  #header: SegmentHeader;
  #slot: number;
  #endBytes = FRAMES_START_BYTES;
  #allocatedBytes: number;
  /** Length that the header in force says. */
  #promisedBytes: number;
  #hasFormerHeader = false;
  #scratch = Buffer.alloc(64 * 1024);

  private constructor(file: BlockingFile, header: SegmentHeader, slot: number) {
    this.#file = file;
    this.#header = header;
    this.#slot = slot;
    this.#allocatedBytes = file.lengthBytes;
    this.#promisedBytes = this.#allocatedBytes;
  }

  /**
   * Fills a new file. Durable when it returns, but for the file's name.
   * @param lengthBytes A multiple of a block; the header says it, so that segments of any length are known for what
   * they are.
   */
  static create(file: BlockingFile, header: SegmentHeader, lengthBytes = SEGMENT_LENGTH_BYTES): JournalSegment {
    for (let offset = 0; offset < lengthBytes; offset += GROWTH_LENGTH_BYTES) {
      file.write(new Uint8Array(Math.min(GROWTH_LENGTH_BYTES, lengthBytes - offset)), offset);
    }
    file.write(encodeSegmentHeader(header, lengthBytes), 0);
    file.sync();
    return new JournalSegment(file, header, 0);
  }

  /**
   * @throws {JournalDamage} Neither slot holds a header: at no moment of a reset is that so. Or the file is shorter
   * than its header says, or, where that says nothing, than it was made: what stood behind its end may have been
   * acknowledged.
   */
  static open(file: BlockingFile, name: string): JournalSegment {
    const slots = [0, 1].map((slot) => {
      const block = new Uint8Array(BLOCK_LENGTH_BYTES);
      file.read(block, slot * BLOCK_LENGTH_BYTES);
      return decodeSegmentHeader(block);
    });
    const slot = isNewer(slots[0], slots[1]) ? 0 : 1;
    const header = slots[slot];
    if (header === undefined) throw new JournalDamage(`"${name}" has no header`);
    const promisedBytes = header.lengthBytes ?? SEGMENT_LENGTH_BYTES;
    if (file.lengthBytes < promisedBytes) {
      throw new JournalDamage(
        `"${name}" has ${file.lengthBytes} bytes and should have ${promisedBytes}: its end is missing`,
      );
    }
    const segment = new JournalSegment(file, header, slot);
    segment.#promisedBytes = promisedBytes;
    segment.#hasFormerHeader = slots.some((stored) => stored !== undefined && stored.lengthBytes === undefined);
    return segment;
  }

  get generation(): number {
    return this.#header.generation;
  }

  /** Bytes of frames in it, as far as this object wrote or read them. */
  get framesLengthBytes(): number {
    return this.#endBytes - FRAMES_START_BYTES;
  }

  /**
   * Sees to it that a frame finds blocks of the file's own, and that the file says its length before a frame counts on
   * it.
   * @throws {Error} There is no room; nothing is lost.
   */
  makeRoom(lengthBytes: number): void {
    const endBytes = this.#endBytes + lengthBytes;
    while (this.#allocatedBytes < endBytes) {
      this.#file.write(new Uint8Array(GROWTH_LENGTH_BYTES), this.#allocatedBytes);
      this.#allocatedBytes += GROWTH_LENGTH_BYTES;
    }
    if (endBytes <= this.#promisedBytes) return;
    // The length first: a header that promises what a loss of power took away would refuse a whole journal.
    this.#file.sync();
    this.#replaceHeader(this.#header);
  }

  /**
   * Writes a frame where the next one belongs. It counts only after `commitFrame`; until then the next call writes over
   * it.
   * @param lengthBytes As `frameLength` says.
   */
  writeFrame(sequence: number, changes: readonly RowChange[], lengthBytes: number): void {
    if (this.#scratch.length < lengthBytes) this.#scratch = Buffer.alloc(2 * lengthBytes);
    const frame = this.#scratch.subarray(0, lengthBytes);
    encodeFrame(this.#header, sequence, changes, frame);
    this.#file.write(frame, this.#endBytes);
  }

  /** Syncs the frame written last; when this returns it is durable. */
  commitFrame(lengthBytes: number): void {
    this.#file.sync();
    this.#endBytes += lengthBytes;
  }

  /**
   * Reads what the segment holds, in order, and stops where nothing whole follows: there the last write was cut off.
   * @throws {JournalDamage} A whole frame of this generation lies behind the end: what was before it had been
   * acknowledged.
   */
  *frames(): Generator<JournalFrame, void> {
    this.#endBytes = FRAMES_START_BYTES;
    let sequence = 0;
    for (let frame = this.#frameAt(this.#endBytes); frame !== undefined; frame = this.#frameAt(this.#endBytes)) {
      if (sequence !== 0 && frame.sequence !== sequence + 1) throw this.#outOfOrder();
      sequence = frame.sequence;
      this.#endBytes += frame.lengthBytes;
      yield frame;
    }
    this.#refuseFramesBehindEnd();
  }

  /** Gives the segment a new generation and no frames. Durable when it returns; cut off, it keeps the old one. */
  reset(header: SegmentHeader): void {
    this.#replaceHeader(header);
    this.#endBytes = FRAMES_START_BYTES;
    // A program that knows the former headers alone would take the segment for one of an earlier time.
    if (this.#hasFormerHeader) this.#replaceHeader(header);
    this.#hasFormerHeader = false;
  }

  close(): void {
    this.#file.close();
  }

  /** Into the slot that is not in force, so that one of them is whole at all times. */
  #replaceHeader(header: SegmentHeader): void {
    const slot = 1 - this.#slot;
    const lengthBytes = this.#allocatedBytes;
    this.#file.write(encodeSegmentHeader(header, lengthBytes), slot * BLOCK_LENGTH_BYTES);
    this.#file.sync();
    this.#header = header;
    this.#slot = slot;
    this.#promisedBytes = lengthBytes;
  }

  #frameAt(offset: number): JournalFrame | undefined {
    const block = new Uint8Array(BLOCK_LENGTH_BYTES);
    if (this.#file.read(block, offset) < BLOCK_LENGTH_BYTES) return undefined;
    const header = peekFrame(this.#header, block);
    if (header === undefined || offset + header.lengthBytes > this.#allocatedBytes) return undefined;
    const bytes = new Uint8Array(header.lengthBytes);
    this.#file.read(bytes, offset);
    return decodeFrame(this.#header, bytes);
  }

  /** The first block is where the write that was cut off began; only what comes after it tells. */
  #refuseFramesBehindEnd(): void {
    const first = this.#endBytes + BLOCK_LENGTH_BYTES;
    if (first >= this.#allocatedBytes) return;
    const chunk = new Uint8Array(Math.min(SCAN_LENGTH_BYTES, this.#allocatedBytes - first));
    for (let start = first; start < this.#allocatedBytes; start += chunk.length) {
      const length = this.#file.read(chunk, start);
      for (let offset = 0; offset < length; offset += BLOCK_LENGTH_BYTES) {
        const looksLikeOne = peekFrame(this.#header, chunk.subarray(offset, length)) !== undefined;
        if (looksLikeOne && this.#frameAt(start + offset) !== undefined) throw this.#outOfOrder();
      }
    }
  }

  #outOfOrder(): JournalDamage {
    return new JournalDamage(`generation ${this.generation} has a gap at byte ${this.#endBytes} of its segment`);
  }
}

/** Of two headers of one generation, the one that was written when the file had grown counts. */
function isNewer(header: StoredSegmentHeader | undefined, other: StoredSegmentHeader | undefined): boolean {
  if (header === undefined || other === undefined) return header !== undefined;
  if (header.generation !== other.generation) return header.generation > other.generation;
  return (header.lengthBytes ?? 0) > (other.lengthBytes ?? 0);
}
