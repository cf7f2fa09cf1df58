/** Reads accepted bytes back from the segments of a spool, in order, and believes none whose checksum is wrong. */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { joinBytes } from '../read-all.js';
import { readGroup } from './spool-group.js';
import { damagedSpool, type Segment, segmentName } from './spool-segments.js';

/** A place in a spool that only moves forward. */
export class SpoolReader {
  readonly #folder: string;
  readonly #segments: () => readonly Segment[];
  #segment: Segment | undefined;
  #file: FileHandle | undefined;
  /** Of the group that is read next, in its file. */
  #position = 0;
  /** Chunks of the group that was read last. */
  #chunks: readonly Uint8Array[] = [];
  #chunkIndex = 0;
  /** What is left of a chunk that was taken in part. */
  #rest: Uint8Array | undefined;
  /** The next chunk, read already. */
  #next: Uint8Array | undefined;
  #offset = 0;

  /** @param segments Those of the folder, in order; groups beyond their lengths are not read. */
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
      if (chunk === undefined) throw damagedSpool(this.#folder, this.#offset);
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
      if (this.#next === undefined) throw damagedSpool(this.#folder, this.#offset);
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

  /** Closes a segment that is removed: as long as it is open its bytes stay on the disk. */
  async release(segment: Segment): Promise<void> {
    if (this.#segment === segment && this.#position >= segment.fileLength) await this.close();
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #readNext(): Promise<Uint8Array | undefined> {
    if (this.#chunkIndex === this.#chunks.length && !(await this.#readGroup())) return undefined;
    const chunk = this.#chunks[this.#chunkIndex];
    this.#chunkIndex += 1;
    return chunk;
  }

  /** @returns Whether there is another group. */
  async #readGroup(): Promise<boolean> {
    const segments = this.#segments();
    this.#segment ??= segments[0];
    if (this.#segment === undefined) return false;
    if (this.#position >= this.#segment.fileLength) {
      const end = this.#segment.startOffset + this.#segment.length;
      const following = segments.find(({ startOffset, length }) => startOffset === end && length > 0);
      if (following === undefined || following === this.#segment) return false;
      await this.close();
      this.#segment = following;
      this.#position = 0;
    }
    this.#file ??= await open(join(this.#folder, segmentName(this.#segment.startOffset)), 'r');
    const group = await readGroup(this.#file, this.#position, this.#segment.fileLength);
    if (group === undefined || group.offset !== this.#offset) throw damagedSpool(this.#folder, this.#offset);
    this.#position += group.fileLength;
    this.#chunks = group.chunks;
    this.#chunkIndex = 0;
    return true;
  }
}
