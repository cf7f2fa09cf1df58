/**
 * Writes short blobs into the open segment: all that wait go together, with one write and one sync. A segment that is
 * full, or into which a write failed, gets no more; neither does one of an earlier process. So each offset of a segment
 * is used once, and nobody ever has to find the end of one. Leaves out reading and deleting.
 */
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BlobFill, BlobId } from '../../../contract/blob-store.js';
import type { FileSystem, OpenFile } from '../../../file-system/file-system.js';
import { toEngineFailure } from '../../../file-system/file-system-failure.js';
import type { RandomBytes } from '../../blob-id.js';
import {
  blobIdAt,
  encodeRecordHeader,
  encodeSegmentHeader,
  RECORD_HEADER_LENGTH_BYTES,
  SEGMENT_BLOCK_LENGTH_BYTES,
  SEGMENT_ID_LENGTH_BYTES,
  type SegmentId,
} from './segment-format.js';

/** Syncs that refuse everything once one of them has failed. @throws {EngineFailure} */
export interface DurableSyncs {
  /**
   * Writes to a file of `FileSystem.createDurableFile`; goes on where a short write stopped.
   * @returns The position behind the last byte, when all of it is durable.
   */
  writeDurably(file: OpenFile, chunks: readonly Uint8Array[], positionBytes: number): Promise<number>;
  syncData(file: OpenFile): Promise<void>;
  syncDirectory(directory: string): Promise<void>;
}

/** What the writer needs. */
export interface SegmentWriterParts {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly random: RandomBytes;
  readonly syncs: DurableSyncs;
  /** A segment that is as long as this gets no more records. */
  readonly segmentLengthBytes: number;
  /** Called before the file is made. */
  readonly onOpen: (segmentId: SegmentId) => void;
  /** Called when the segment gets no more records. */
  readonly onClosed: (segmentId: SegmentId) => void;
  /** Called when a segment was given up in which nothing was ever acknowledged, and its file removed. */
  readonly onGivenUp: (segmentId: SegmentId) => void;
}

/**
 * Behind a group of so many more are on their way: a blob that comes alone then waits for those of its turn of the
 * event loop. Otherwise it would go at once, and all others wait for its sync.
 */
const BUSY_GROUP_COUNT_MIN = 3;

/** More bytes than this in one sync gain nothing, and make all wait. */
const GROUP_LENGTH_BYTES_MAX = 8 * 1024 * 1024;

interface WaitingBlob {
  readonly lengthBytes: number;
  readonly fill: BlobFill;
  readonly resolve: (blobId: BlobId) => void;
  readonly reject: (error: unknown) => void;
}

/** A blob whose bytes are part of a group. */
interface FilledBlob {
  readonly blobId: BlobId;
  readonly blob: WaitingBlob;
}

interface OpenSegment {
  readonly segmentId: SegmentId;
  readonly file: OpenFile;
  /** Where the next group begins; 0: not even the header is there. */
  endBytes: number;
}

/** The one writer of the segments of a folder. */
export class SegmentWriter {
  readonly #parts: SegmentWriterParts;
  #waiting: WaitingBlob[] = [];
  #running: Promise<void> | undefined;
  #lastGroupCount = 0;
  #segment: OpenSegment | undefined;
  #openSegmentId: SegmentId | undefined;

  constructor(parts: SegmentWriterParts) {
    this.#parts = parts;
  }

  /** @see BlobStore.put */
  put(lengthBytes: number, fill: BlobFill): Promise<BlobId> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ lengthBytes, fill, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** The segment that blobs may still come into, also while its file is being made. */
  get openSegmentId(): SegmentId | undefined {
    return this.#openSegmentId;
  }

  /** Waits for what is being written, then closes the segment. */
  async close(): Promise<void> {
    await this.#running;
    await this.#closeSegment();
  }

  async #run(): Promise<void> {
    if (this.#lastGroupCount >= BUSY_GROUP_COUNT_MIN) await nextTurn();
    while (this.#waiting.length > 0) await this.#writeGroup(this.#takeGroup());
    this.#running = undefined;
  }

  #takeGroup(): readonly WaitingBlob[] {
    let count = 0;
    let lengthBytes = 0;
    for (const blob of this.#waiting) {
      lengthBytes += blob.lengthBytes;
      if (count > 0 && lengthBytes > GROUP_LENGTH_BYTES_MAX) break;
      count += 1;
    }
    this.#lastGroupCount = count;
    return this.#waiting.splice(0, count);
  }

  async #writeGroup(group: readonly WaitingBlob[]): Promise<void> {
    let filled: readonly FilledBlob[] = [];
    try {
      const segment = await this.#openSegment();
      const isNew = segment.endBytes === 0;
      const chunks: Uint8Array[] = isNew ? [encodeSegmentHeader(segment.segmentId)] : [];
      filled = fillAll(group, segment, chunks);
      const endBytes = await this.#write(segment, chunks, isNew);
      segment.endBytes = Math.ceil(endBytes / SEGMENT_BLOCK_LENGTH_BYTES) * SEGMENT_BLOCK_LENGTH_BYTES;
      if (segment.endBytes >= this.#parts.segmentLengthBytes) await this.#closeSegment();
    } catch (error) {
      // Some of its offsets are used, and some of its bytes are there.
      await this.#giveUpSegment();
      const failure = toEngineFailure(error);
      for (const { reject } of group) reject(failure);
      return;
    }
    for (const { blobId, blob } of filled) blob.resolve(blobId);
  }

  async #openSegment(): Promise<OpenSegment> {
    if (this.#segment !== undefined) return this.#segment;
    const { directory, fileSystem, random, onOpen } = this.#parts;
    const segmentId = Buffer.from(random(SEGMENT_ID_LENGTH_BYTES)).toString('hex');
    this.#openSegmentId = segmentId;
    onOpen(segmentId);
    this.#segment = { segmentId, file: await fileSystem.createDurableFile(join(directory, segmentId)), endBytes: 0 };
    return this.#segment;
  }

  /** @returns The position behind the last byte, when the bytes and the name of the segment are durable. */
  async #write({ file, endBytes }: OpenSegment, chunks: readonly Uint8Array[], isNew: boolean): Promise<number> {
    const { directory, syncs } = this.#parts;
    const writing = syncs.writeDurably(file, chunks, endBytes);
    if (!isNew) return writing;
    // Both, also when one fails: the file must not be closed under a write.
    const [written, named] = await Promise.allSettled([writing, syncs.syncDirectory(directory)]);
    if (written.status === 'rejected') throw written.reason;
    if (named.status === 'rejected') throw named.reason;
    return written.value;
  }

  /** A full disk must not fill up with files of no use. */
  async #giveUpSegment(): Promise<void> {
    const segmentId = this.#openSegmentId;
    const isUsed = this.#segment !== undefined && this.#segment.endBytes > 0;
    await this.#closeSegment();
    if (segmentId === undefined || isUsed) return;
    const { directory, fileSystem, onGivenUp } = this.#parts;
    await fileSystem.removeFile(join(directory, segmentId)).catch(() => undefined);
    onGivenUp(segmentId);
  }

  async #closeSegment(): Promise<void> {
    const [segment, segmentId] = [this.#segment, this.#openSegmentId];
    this.#segment = undefined;
    this.#openSegmentId = undefined;
    if (segmentId !== undefined) this.#parts.onClosed(segmentId);
    await segment?.file.close().catch(() => undefined);
  }
}

/** @param chunks Gets the records of the group. A blob whose bytes cannot be made is rejected, and the others go on. */
function fillAll(group: readonly WaitingBlob[], segment: OpenSegment, chunks: Uint8Array[]): readonly FilledBlob[] {
  const filled: FilledBlob[] = [];
  let offset = segment.endBytes + chunks.reduce((sum, { length }) => sum + length, 0);
  for (const blob of group) {
    const blobId = blobIdAt({ segmentId: segment.segmentId, offset });
    try {
      const bytes = blob.fill(blobId);
      const lengthBytes = bytes.reduce((sum, { length }) => sum + length, 0);
      if (lengthBytes !== blob.lengthBytes) {
        throw new RangeError(`Cannot put a blob of ${lengthBytes} bytes: ${blob.lengthBytes} were announced`);
      }
      chunks.push(encodeRecordHeader(blobId, lengthBytes), ...bytes);
      offset += RECORD_HEADER_LENGTH_BYTES + lengthBytes;
      filled.push({ blobId, blob });
    } catch (error) {
      blob.reject(error);
      // The id may have been used for a key: its offset is not given again.
      chunks.push(new Uint8Array(RECORD_HEADER_LENGTH_BYTES));
      offset += RECORD_HEADER_LENGTH_BYTES;
    }
  }
  return filled;
}
