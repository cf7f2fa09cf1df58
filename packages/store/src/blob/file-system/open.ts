/**
 * Blob engine over a file system: one file per blob, `ab/cdef…` by the first two digits of its id, written at its final
 * name. That needs no rename: the id is random, and not known before the metadata commit says it. Short blobs share
 * files (`segments`). What a loss of power leaves: `docs/engines.md`. Leaves out checksums (`checked-blob-store.ts`)
 * and the sweep of blobs nobody refers to.
 */
import { join, resolve } from 'node:path';
import type { BlobFill, BlobId, BlobInfo, BlobRange, BlobStore, BlobWriter } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { DirectorySyncs } from '../../file-system/directory-syncs.js';
import type { FileStatus, FileSystem, OpenFile } from '../../file-system/file-system.js';
import {
  isDiskFull,
  isMissing,
  isOutOfDescriptors,
  isReadOnly,
  toEngineFailure,
} from '../../file-system/file-system-failure.js';
import { nodeFileSystem } from '../../file-system/node-file-system.js';
import { syncPath } from '../../file-system/sync-path.js';
import { createBlobId, isBlobId, type RandomBytes, secureRandomBytes } from '../blob-id.js';
import { assertBlobRange, assertRange } from '../blob-range.js';
import { FileWriter } from './file-writer.js';
import { readFileRange } from './read-file-range.js';
import { SegmentStore } from './segments/segment-store.js';
import type { DurableSyncs } from './segments/segment-writer.js';
import { writeChunks } from './write-chunks.js';

/** Where the blobs lie; the rest is for tests. */
export interface FileSystemBlobStoreOptions {
  /** Folder of the blobs; made when it is missing. Nothing else may live in it. */
  readonly directory: string;
  readonly fileSystem?: FileSystem;
  readonly random?: RandomBytes;
  /** A file that short blobs share gets no more of them when it is as long as this. Default: 64 MiB. */
  readonly segmentLengthBytes?: number;
}

const FAN_OUT_LENGTH = 2;

/**
 * A long blob is synced piece by piece while the rest still comes in, so that the disk works beside the network and the
 * last sync finds little to do; the page cache, too, never holds more than a few of these dirty pieces of a blob.
 */
const EARLY_SYNC_LENGTH_BYTES = 2 * 1024 * 1024;

/**
 * Opens the folder and makes what is missing of its 256 fan-out folders.
 * @throws {EngineFailure} `unavailable`: the folder cannot be read or written.
 */
export async function openFileSystemBlobStore(options: FileSystemBlobStoreOptions): Promise<BlobStore> {
  const { directory, fileSystem = nodeFileSystem, random = secureRandomBytes, segmentLengthBytes } = options;
  const syncs = new PoisonedSyncs(fileSystem);
  const parts = { directory, fileSystem, random, ...(segmentLengthBytes !== undefined && { segmentLengthBytes }) };
  try {
    await fileSystem.makeDirectory(directory);
    const present = new Set(await fileSystem.readDirectory(directory));
    const missing = fanOutNames().filter((name) => !present.has(name));
    await Promise.all(missing.map((name) => fileSystem.makeDirectory(join(directory, name))));
    const segments = await SegmentStore.open(parts, syncs);
    // Also when none was missing: an earlier start may have been cut off between making and syncing.
    await syncPath(fileSystem, resolve(directory));
    return new FileSystemBlobStore(parts, segments, syncs);
  } catch (error) {
    throw toEngineFailure(error);
  }
}

function fanOutNames(): string[] {
  return Array.from({ length: 16 ** FAN_OUT_LENGTH }, (_, index) => index.toString(16).padStart(FAN_OUT_LENGTH, '0'));
}

/**
 * Syncs of one store. After one that failed none counts, unless the disk is merely full, or too many files are open.
 */
class PoisonedSyncs implements DurableSyncs {
  readonly #directorySyncs: DirectorySyncs;
  /** The failed sync, after which the kernel's word about what is on the disk is worth nothing. */
  #poisonedBy: unknown;

  constructor(fileSystem: FileSystem) {
    this.#directorySyncs = new DirectorySyncs(fileSystem);
  }

  async writeDurably(file: OpenFile, chunks: readonly Uint8Array[], positionBytes: number): Promise<number> {
    let endBytes = positionBytes;
    const write = async (): Promise<void> => {
      endBytes = await writeChunks(file, chunks, positionBytes);
    };
    // A file system that takes no writes has not lost any: nothing that was acknowledged is in question.
    await this.#sync(write, isReadOnly);
    return endBytes;
  }

  /** Makes the file's bytes durable. */
  syncData(file: OpenFile): Promise<void> {
    return this.#sync(() => file.syncData());
  }

  /** Makes the names in a folder durable. */
  syncDirectory(directory: string): Promise<void> {
    return this.#sync(() => this.#directorySyncs.sync(directory));
  }

  /** @throws {EngineFailure} `unavailable`, `poisoned`. */
  assertTrusted(): void {
    if (this.#poisonedBy === undefined) return;
    throw new EngineFailure({ kind: 'unavailable', because: 'poisoned' }, this.#poisonedBy);
  }

  /** @param isHarmless Tells which other errors do not put what was synced before in question. */
  async #sync(sync: () => Promise<void>, isHarmless: (error: unknown) => boolean = () => false): Promise<void> {
    this.assertTrusted();
    try {
      await sync();
    } catch (error) {
      // Of a folder that cannot even be opened nothing was synced, and nothing was lost.
      if (isDiskFull(error) || isOutOfDescriptors(error) || isHarmless(error)) throw toEngineFailure(error);
      this.#poisonedBy ??= error;
    }
    // Another file's failed sync may have come in between: nothing more is acknowledged.
    this.assertTrusted();
  }
}

class FileSystemBlobStore implements BlobStore {
  readonly segments: SegmentStore;
  readonly #directory: string;
  readonly #fileSystem: FileSystem;
  readonly #random: RandomBytes;
  readonly #syncs: PoisonedSyncs;
  #isClosed = false;

  constructor(
    { directory, fileSystem, random }: Required<Omit<FileSystemBlobStoreOptions, 'segmentLengthBytes'>>,
    segments: SegmentStore,
    syncs: PoisonedSyncs,
  ) {
    this.segments = segments;
    this.#directory = directory;
    this.#fileSystem = fileSystem;
    this.#random = random;
    this.#syncs = syncs;
  }

  async create(blobId: BlobId = createBlobId(this.#random)): Promise<BlobWriter> {
    this.#assertWritable();
    const path = this.#pathOf(blobId);
    try {
      return new FileBlobWriter(this, blobId, path, await this.#fileSystem.createFile(path));
    } catch (error) {
      throw toEngineFailure(error);
    }
  }

  async put(lengthBytes: number, fill: BlobFill): Promise<BlobId> {
    this.#assertWritable();
    return this.segments.put(lengthBytes, fill);
  }

  async restore(blobId: BlobId, lengthBytes: number, fill: BlobFill): Promise<boolean> {
    this.#assertWritable();
    return this.segments.restore(blobId, lengthBytes, fill);
  }

  async syncRestored(): Promise<void> {
    this.#assertWritable();
    await this.segments.syncRestored();
  }

  async *read(blobId: BlobId, range: BlobRange): AsyncGenerator<Uint8Array, void, undefined> {
    this.#assertOpen();
    assertRange(range);
    if (await this.#isShared(blobId)) {
      yield* this.segments.read(blobId, range);
      return;
    }
    let file: OpenFile;
    try {
      file = await this.#fileSystem.openFile(this.#pathOf(blobId));
    } catch (error) {
      if (isMissing(error)) throw new EngineFailure({ kind: 'missing-blob', blobId }, error);
      throw toEngineFailure(error);
    }
    try {
      // Where there is something to read, reading it tells whether it is there: a call less for each blob of a large
      // object.
      if (range.start === range.end || range.blobLength !== undefined) {
        assertBlobRange(range, (await file.status()).lengthBytes);
      }
      yield* readFileRange(file, range);
    } catch (error) {
      throw error instanceof RangeError ? error : toEngineFailure(error);
    } finally {
      // Nobody waits for it: it cannot lose anything, and a reader of many blobs continues sooner.
      file.close().catch(() => undefined);
    }
  }

  async length(blobId: BlobId): Promise<number | undefined> {
    this.#assertOpen();
    if (await this.#isShared(blobId)) return this.segments.length(blobId);
    return (await this.#statusOf(blobId))?.lengthBytes;
  }

  async delete(blobId: BlobId): Promise<void> {
    this.#assertOpen();
    // Its space is free when its segment goes.
    if (await this.#isShared(blobId)) return;
    try {
      // Not synced: a blob that comes back after a loss of power is garbage again, and swept again.
      await this.#fileSystem.removeFile(this.#pathOf(blobId));
    } catch (error) {
      if (!isMissing(error)) throw toEngineFailure(error);
    }
  }

  async *list(): AsyncGenerator<BlobInfo, void, undefined> {
    this.#assertOpen();
    for (const fanOut of fanOutNames()) {
      let names: readonly string[];
      try {
        names = await this.#fileSystem.readDirectory(join(this.#directory, fanOut));
      } catch (error) {
        throw toEngineFailure(error);
      }
      for (const name of names) {
        const blobId = fanOut + name;
        if (!isBlobId(blobId)) continue;
        const status = await this.#statusOf(blobId);
        if (status !== undefined) {
          yield { blobId, length: status.lengthBytes, modifiedAtMs: status.modifiedAtMs };
        }
      }
    }
  }

  async overwriteEnd(blobId: BlobId, end: Uint8Array): Promise<void> {
    this.#assertWritable();
    let file: OpenFile;
    try {
      file = await this.#fileSystem.openFileForUpdate(this.#pathOf(blobId));
    } catch (error) {
      if (isMissing(error)) throw new EngineFailure({ kind: 'missing-blob', blobId }, error);
      throw toEngineFailure(error);
    }
    try {
      const { lengthBytes } = await file.status();
      const start = lengthBytes - end.length;
      assertBlobRange({ start: Math.max(0, start), end: Math.max(end.length, lengthBytes) }, lengthBytes);
      for (let written = 0; written < end.length; ) {
        written += await file.writeVector([end.subarray(written)], start + written);
      }
      await this.syncData(file);
    } catch (error) {
      throw toEngineFailure(error);
    } finally {
      await file.close().catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.segments.close();
  }

  /** Makes the file's bytes durable. @throws {EngineFailure} */
  syncData(file: OpenFile): Promise<void> {
    this.#assertOpen();
    return this.#syncs.syncData(file);
  }

  /** Makes a blob's name durable; as {@link syncData}. */
  syncName(blobId: BlobId): Promise<void> {
    this.#assertOpen();
    return this.#syncs.syncDirectory(join(this.#directory, blobId.slice(0, FAN_OUT_LENGTH)));
  }

  /** Removes the file of a blob that was given up, as far as that can be done. */
  async remove(path: string): Promise<void> {
    await this.#fileSystem.removeFile(path).catch(() => undefined);
  }

  async #statusOf(blobId: BlobId): Promise<FileStatus | undefined> {
    try {
      return await this.#fileSystem.status(this.#pathOf(blobId));
    } catch (error) {
      throw toEngineFailure(error);
    }
  }

  #pathOf(blobId: BlobId): string {
    // An id that is none must never become a path.
    if (!isBlobId(blobId)) throw new EngineFailure({ kind: 'missing-blob', blobId });
    return join(this.#directory, blobId.slice(0, FAN_OUT_LENGTH), blobId.slice(FAN_OUT_LENGTH));
  }

  #isShared(blobId: BlobId): boolean | Promise<boolean> {
    return isBlobId(blobId) && this.segments.isShared(blobId);
  }

  #assertWritable(): void {
    this.#assertOpen();
    this.#syncs.assertTrusted();
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new EngineFailure({ kind: 'unavailable', because: 'closed' });
  }
}

class FileBlobWriter implements BlobWriter {
  readonly blobId: BlobId;
  readonly #store: FileSystemBlobStore;
  readonly #path: string;
  readonly #file: OpenFile;
  readonly #writer: FileWriter;
  #unsyncedLength = 0;
  /** A sync of what is there so far, beside the writing. It rejects in `seal` at the latest. */
  #earlySync: Promise<void> | undefined;
  #nameSync: Promise<void> | undefined;
  #state: 'open' | 'failed' | 'sealed' | 'aborted' = 'open';
  /** The call under way, or the last one. */
  #operation: Promise<void> = Promise.resolve();

  constructor(store: FileSystemBlobStore, blobId: BlobId, path: string, file: OpenFile) {
    this.#store = store;
    this.blobId = blobId;
    this.#path = path;
    this.#file = file;
    this.#writer = new FileWriter(file);
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    return this.#run('write', async () => {
      await this.#writer.write(chunks);
      for (const chunk of chunks) this.#unsyncedLength += chunk.length;
      if (this.#unsyncedLength >= EARLY_SYNC_LENGTH_BYTES && this.#earlySync === undefined) this.#syncEarly();
    });
  }

  seal(): Promise<void> {
    return this.#run('seal', async () => {
      await this.#writer.flush();
      this.#nameSync ??= this.#store.syncName(this.blobId);
      // All of them, also when one fails: the file must not be closed under a sync.
      const syncs = [this.#store.syncData(this.#file), this.#nameSync, this.#earlySync];
      for (const sync of await Promise.allSettled(syncs)) if (sync.status === 'rejected') throw sync.reason;
      // Given up in the meantime: the file is closed and removed there.
      if (this.#state !== 'open') throw new Error(`Cannot seal blob "${this.blobId}": it is ${this.#state}`);
      this.#state = 'sealed';
      await this.#file.close();
    });
  }

  /** Starts a sync and does not wait for it. A failed one stays, so that nothing follows it and `seal` finds it. */
  #syncEarly(): void {
    this.#unsyncedLength = 0;
    if (this.#nameSync === undefined) {
      this.#nameSync = this.#store.syncName(this.blobId);
      this.#nameSync.catch(() => undefined);
    }
    const sync = this.#store.syncData(this.#file).then(() => {
      this.#earlySync = undefined;
    });
    this.#earlySync = sync;
    sync.catch(() => undefined);
  }

  async abort(): Promise<void> {
    if (this.#state === 'aborted') return;
    const isClosed = this.#state === 'sealed';
    this.#state = 'aborted';
    // What is still being written must end before the system may reuse its descriptor.
    await this.#operation.catch(() => undefined);
    await this.#writer.settle();
    await Promise.allSettled([this.#earlySync, this.#nameSync]);
    if (!isClosed) await this.#file.close().catch(() => undefined);
    await this.#store.remove(this.#path);
  }

  async #run(action: string, operation: () => Promise<void>): Promise<void> {
    if (this.#state !== 'open') throw new Error(`Cannot ${action} blob "${this.blobId}": it is ${this.#state}`);
    this.#operation = operation();
    try {
      await this.#operation;
    } catch (error) {
      if (this.#state === 'open') this.#state = 'failed';
      throw toEngineFailure(error);
    }
  }
}
