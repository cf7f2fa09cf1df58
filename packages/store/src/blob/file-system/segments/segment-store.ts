/**
 * The blobs that share files: `segments/<id>` below the folder of the blobs. Knows which segments there are, so that an
 * id of 16 bytes tells whether its blob has a file of its own. Leaves out what is alive in a segment: the rows of the
 * store say that.
 */
import { join } from 'node:path';
import type {
  BlobFill,
  BlobId,
  BlobRange,
  BlobSegment,
  BlobSegments,
  SegmentObserver,
} from '../../../contract/blob-store.js';
import { EngineFailure } from '../../../contract/engine-failure.js';
import type { FileSystem, OpenFile } from '../../../file-system/file-system.js';
import { isMissing, toEngineFailure } from '../../../file-system/file-system-failure.js';
import type { RandomBytes } from '../../blob-id.js';
import { assertBlobRange } from '../../blob-range.js';
import { readFileRange, readFully } from '../read-file-range.js';
import { OpenSegments } from './open-segments.js';
import {
  decodeRecordHeader,
  isSegmentId,
  isSharedPlace,
  placeOf,
  RECORD_HEADER_LENGTH_BYTES,
  type SegmentId,
} from './segment-format.js';
import { SegmentRestorer } from './segment-restorer.js';
import { type DurableSyncs, SegmentWriter } from './segment-writer.js';

const FOLDER_NAME = 'segments';

/** A segment that is as long as this gets no more blobs. */
const SEGMENT_LENGTH_BYTES = 64 * 1024 * 1024;

/** A range that begins at the first byte of a blob comes with the record's header in one read, up to this length. */
const ONE_READ_LENGTH_BYTES_MAX = 1024 * 1024;

/** What the segments of a folder need. */
export interface SegmentStoreParts {
  /** Folder of the blobs. */
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly random: RandomBytes;
  /** For tests. */
  readonly segmentLengthBytes?: number;
}

/** The segments of a folder. */
export class SegmentStore implements BlobSegments {
  readonly #directory: string;
  readonly #fileSystem: FileSystem;
  readonly #known: Set<SegmentId>;
  /** Those that other processes let blobs into. */
  readonly #adopted = new Set<SegmentId>();
  #observer: SegmentObserver | undefined;
  readonly #open: OpenSegments;
  readonly #writer: SegmentWriter;
  readonly #restorer: SegmentRestorer;

  private constructor(parts: SegmentStoreParts, known: Set<SegmentId>, syncs: DurableSyncs) {
    const { directory, fileSystem, random, segmentLengthBytes = SEGMENT_LENGTH_BYTES } = parts;
    this.#directory = join(directory, FOLDER_NAME);
    this.#fileSystem = fileSystem;
    this.#known = known;
    this.#open = new OpenSegments(this.#directory, fileSystem);
    this.#writer = new SegmentWriter({
      directory: this.#directory,
      fileSystem,
      random,
      syncs,
      segmentLengthBytes,
      onOpen: (segmentId) => {
        known.add(segmentId);
        this.#observer?.opened(segmentId);
      },
      onClosed: (segmentId) => this.#observer?.closed(segmentId),
      onGivenUp: (segmentId) => known.delete(segmentId),
    });
    this.#restorer = new SegmentRestorer({
      directory: this.#directory,
      fileSystem,
      syncs,
      onRestored: (segmentId) => known.add(segmentId),
    });
  }

  /** Makes the folder if it is missing; its name is the caller's to sync. @throws {Error} With a `code`. */
  static async open(parts: SegmentStoreParts, syncs: DurableSyncs): Promise<SegmentStore> {
    const { fileSystem } = parts;
    const directory = join(parts.directory, FOLDER_NAME);
    await fileSystem.makeDirectory(directory);
    const names = await fileSystem.readDirectory(directory);
    return new SegmentStore(parts, new Set(names.filter(isSegmentId)), syncs);
  }

  segmentOf(blobId: BlobId): SegmentId | undefined {
    const { segmentId } = placeOf(blobId);
    return this.#known.has(segmentId) ? segmentId : undefined;
  }

  /**
   * Whether the blob lies in a segment, also in one of which only another process knows yet: then its file tells. An id
   * is that of a blob with a file of its own until such a file is there.
   * @throws {EngineFailure} `unavailable`.
   */
  isShared(blobId: BlobId): boolean | Promise<boolean> {
    const place = placeOf(blobId);
    if (this.#known.has(place.segmentId)) return true;
    return isSharedPlace(place) && this.#isThere(place.segmentId);
  }

  observe(observer: SegmentObserver): void {
    this.#observer = observer;
  }

  adopt(segmentId: string): void {
    if (!isSegmentId(segmentId)) throw new RangeError(`Cannot adopt segment "${segmentId}": it is none`);
    this.#known.add(segmentId);
    this.#adopted.add(segmentId);
  }

  release(segmentId: string): void {
    this.#adopted.delete(segmentId);
  }

  forget(segmentId: string): void {
    this.#known.delete(segmentId);
    this.#open.forget(segmentId);
  }

  /** @see BlobStore.put */
  put(lengthBytes: number, fill: BlobFill): Promise<BlobId> {
    return this.#writer.put(lengthBytes, fill);
  }

  /** @see BlobStore.restore */
  restore(blobId: BlobId, lengthBytes: number, fill: BlobFill): Promise<boolean> {
    return this.#restorer.restore(blobId, lengthBytes, fill);
  }

  /** @see BlobStore.syncRestored */
  syncRestored(): Promise<void> {
    return this.#restorer.sync(this.#known);
  }

  /** @throws {EngineFailure} As `BlobStore.read`. */
  async *read(blobId: BlobId, range: BlobRange): AsyncGenerator<Uint8Array, void, undefined> {
    const { file, leave } = await this.#use(blobId);
    try {
      const start = placeOf(blobId).offset + RECORD_HEADER_LENGTH_BYTES;
      if (range.start === 0 && range.end <= ONE_READ_LENGTH_BYTES_MAX) {
        const bytes = Buffer.allocUnsafeSlow(RECORD_HEADER_LENGTH_BYTES + range.end);
        const readLength = await readFully(file, bytes, start - RECORD_HEADER_LENGTH_BYTES);
        assertBlobRange(range, lengthOf(blobId, bytes.subarray(0, readLength)));
        if (readLength < bytes.length) throw cutOff(blobId);
        if (range.end > 0) yield bytes.subarray(RECORD_HEADER_LENGTH_BYTES);
        return;
      }
      assertBlobRange(range, await this.#readLength(blobId, file));
      yield* readFileRange(file, { start: start + range.start, end: start + range.end });
    } catch (error) {
      throw error instanceof RangeError ? error : toEngineFailure(error);
    } finally {
      leave();
    }
  }

  /** @throws {EngineFailure} As `BlobStore.length`; `corrupt`. */
  async length(blobId: BlobId): Promise<number | undefined> {
    const { file, leave } = await this.#use(blobId);
    try {
      return await this.#readLength(blobId, file);
    } catch (error) {
      throw toEngineFailure(error);
    } finally {
      leave();
    }
  }

  ids(): readonly SegmentId[] {
    return [...this.#known];
  }

  async describe(segmentId: string): Promise<BlobSegment | undefined> {
    if (!isSegmentId(segmentId)) return undefined;
    const isOpen = this.#isOpen(segmentId);
    try {
      const status = await this.#fileSystem.status(join(this.#directory, segmentId));
      // The file of one that is open may still be on its way.
      if (status === undefined && !isOpen) return undefined;
      return { segmentId, length: status?.lengthBytes ?? 0, isOpen };
    } catch (error) {
      throw toEngineFailure(error);
    }
  }

  async delete(segmentId: string): Promise<void> {
    if (!isSegmentId(segmentId) || this.#isOpen(segmentId)) {
      throw new RangeError(`Cannot delete segment "${segmentId}": it is none, or blobs still come into it`);
    }
    try {
      // Not synced: a segment that comes back after a loss of power has no rows, and is deleted again.
      await this.#fileSystem.removeFile(join(this.#directory, segmentId));
    } catch (error) {
      if (!isMissing(error)) throw toEngineFailure(error);
    }
    this.#known.delete(segmentId);
    // Last: who comes in between must not leave a file open that has no name.
    this.#open.forget(segmentId);
    this.#observer?.deleted(segmentId);
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.#restorer.close();
    await this.#open.close();
  }

  #isOpen(segmentId: SegmentId): boolean {
    return segmentId === this.#writer.openSegmentId || this.#adopted.has(segmentId);
  }

  async #isThere(segmentId: SegmentId): Promise<boolean> {
    try {
      if ((await this.#fileSystem.status(join(this.#directory, segmentId))) === undefined) return false;
    } catch (error) {
      throw toEngineFailure(error);
    }
    this.#known.add(segmentId);
    return true;
  }

  async #use(blobId: BlobId): ReturnType<OpenSegments['use']> {
    const { segmentId } = placeOf(blobId);
    try {
      return await this.#open.use(segmentId);
    } catch (error) {
      if (isMissing(error)) throw new EngineFailure({ kind: 'missing-blob', blobId }, error);
      throw toEngineFailure(error);
    }
  }

  async #readLength(blobId: BlobId, file: OpenFile): Promise<number> {
    const header = Buffer.alloc(RECORD_HEADER_LENGTH_BYTES);
    const readLength = await readFully(file, header, placeOf(blobId).offset);
    return lengthOf(blobId, header.subarray(0, readLength));
  }
}

/** @param bytes What stands at the blob's place. */
function lengthOf(blobId: BlobId, bytes: Uint8Array): number {
  if (bytes.length < RECORD_HEADER_LENGTH_BYTES) throw cutOff(blobId);
  const length = decodeRecordHeader(blobId, bytes);
  if (typeof length === 'number') return length;
  throw new EngineFailure({ kind: 'corrupt', detail: `shared blob ${blobId}: ${length}` });
}

function cutOff(blobId: BlobId): EngineFailure {
  return new EngineFailure({
    kind: 'corrupt',
    detail: `the segment of shared blob ${blobId} ends before the blob does`,
  });
}
