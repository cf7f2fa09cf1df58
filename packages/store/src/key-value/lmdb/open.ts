/**
 * Key-value engine over LMDB: one memory-mapped, copy-on-write B+ tree per folder. Reads happen on the calling thread, straight from
 * the map, and copy what they return; commits go to a write thread, where all that waits shares one transaction and one sync.
 * What the binding promises, and what this relies on: `docs/engines.md`. Leaves out who may open the folder: see `data-folder-lock.ts`.
 */
import { once } from 'node:events';
import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { open, type RootDatabase } from 'lmdb';
import type {
  CommitObserver,
  KeyValueCommit,
  KeyValueCommitOutcome,
  KeyValueEntry,
  KeyValueRange,
  KeyValueStatistics,
  KeyValueStore,
} from '../../contract/key-value-store.js';
import { StoreFailure } from '../../contract/store-failure.js';
import { nodeFileSystem } from '../../file-system/node-file-system.js';
import { syncPath } from '../../file-system/sync-path.js';
import { assertCommit, assertKey } from '../commit-rules.js';
import { KeyWatchers } from '../key-watchers.js';
import { encodeBatch, encodedLength, VERSION_LENGTH_BYTES } from './batch-encoding.js';
import {
  OUTCOME_CHECK_FAILED,
  OUTCOME_DISK_FULL,
  OUTCOME_INPUT_OUTPUT,
  OUTCOME_NOT_A_COUNTER,
  OUTCOME_READ_ONLY,
  readVersion,
} from './batch-writer.js';
import { lmdbSettings } from './lmdb-settings.js';
import { prepareFolder } from './prepare-folder.js';
import type { WriteThreadAnswer, WriteThreadData, WriteThreadRequest } from './write-thread.js';

/** Where the database lies, and who is told of each batch. */
export interface LmdbKeyValueStoreOptions {
  /** Folder of the database; made when it is missing. Nothing else may live in it. */
  readonly directory: string;
  readonly observeBatch?: CommitObserver;
}

interface PendingCommit {
  readonly commit: KeyValueCommit;
  readonly resolve: (outcome: KeyValueCommitOutcome) => void;
  readonly reject: (error: Error) => void;
}

/** A thread needs compiled code: when the sources run as they are (under a test runner), it comes from the build. */
const WRITE_THREAD = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/key-value/lmdb/write-thread.js' : './write-thread.js',
  import.meta.url,
);

const NOT_COMMITTED: KeyValueCommitOutcome = { committed: false };

/**
 * Opens, or makes, the database of a folder. Everything acknowledged before a crash or a loss of power is there.
 * @throws {StoreFailure} `unavailable`: the folder cannot be written, or is on a full disk.
 */
export async function openLmdbKeyValueStore(options: LmdbKeyValueStoreOptions): Promise<KeyValueStore> {
  const directory = resolve(options.directory);
  let database: RootDatabase<Buffer, Uint8Array>;
  try {
    mkdirSync(directory, { recursive: true });
    prepareFolder(directory);
    database = open(lmdbSettings(directory));
    // LMDB syncs its files but not their names.
    await syncPath(nodeFileSystem, directory);
  } catch (error) {
    throw openFailure(error);
  }
  // Flags meant for the main script (`--input-type`, `--inspect-brk`) would break the thread.
  const doorbell = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const workerData: WriteThreadData = { directory, doorbell };
  const worker = new Worker(WRITE_THREAD, { workerData, name: 'annals-lmdb-writer', execArgv: [] });
  try {
    // Its first message says that it has opened the folder too.
    await once(worker, 'message');
  } catch (error) {
    await database.close();
    throw openFailure(error);
  }
  return new LmdbKeyValueStore(database, worker, new Int32Array(doorbell), directory, options.observeBatch);
}

class LmdbKeyValueStore implements KeyValueStore {
  readonly #database: RootDatabase<Buffer, Uint8Array>;
  readonly #worker: Worker;
  readonly #doorbell: Int32Array;
  readonly #directory: string;
  readonly #observeBatch: CommitObserver | undefined;
  readonly #watchers = new KeyWatchers();
  /** Not sent yet, in order. */
  #queued: PendingCommit[] = [];
  /** Sent and not answered, in order; `#sentHead` counts the answered ones at its front. */
  #sent: PendingCommit[] = [];
  #sentHead = 0;
  #commitCount = 0;
  #batchCount = 0;
  #isClosing = false;
  #closed: Promise<void> | undefined;
  #workerFailure: Error | undefined;
  #drained: (() => void) | undefined;
  readonly #workerExited: Promise<void>;

  constructor(
    database: RootDatabase<Buffer, Uint8Array>,
    worker: Worker,
    doorbell: Int32Array,
    directory: string,
    observeBatch: CommitObserver | undefined,
  ) {
    this.#database = database;
    this.#worker = worker;
    this.#doorbell = doorbell;
    this.#directory = directory;
    this.#observeBatch = observeBatch;
    worker.unref();
    worker.on('message', (answer: WriteThreadAnswer) => this.#settle(answer));
    worker.on('error', (error) => this.#loseWorker(error));
    this.#workerExited = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#loseWorker(new Error('The write thread ended'));
        resolve();
      });
    });
  }

  async get(key: Uint8Array): Promise<KeyValueEntry | undefined> {
    this.#assertOpen();
    assertKey(key);
    this.#refreshSnapshot();
    const stored = this.#database.getBinary(key);
    return stored && toEntry(copyBytes(key), stored);
  }

  async list(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    this.#assertOpen();
    if (range.limit <= 0 || Buffer.compare(range.start, range.end) >= 0) return [];
    this.#refreshSnapshot();
    const entries: KeyValueEntry[] = [];
    // In reverse the binding begins at `start` and goes down, so the open end of the range becomes its start.
    const rows = this.#database.getRange(
      range.reverse
        ? {
            start: range.end,
            end: range.start,
            reverse: true,
            limit: range.limit,
            exclusiveStart: true,
            inclusiveEnd: true,
          }
        : { start: range.start, end: range.end, limit: range.limit },
    );
    // Without an await in between, so that all rows come from one transaction.
    for (const { key, value } of rows) entries.push(toEntry(key, value));
    return entries;
  }

  commit(commit: KeyValueCommit): Promise<KeyValueCommitOutcome> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      assertCommit(commit);
      if (this.#workerFailure !== undefined) {
        throw new StoreFailure({ kind: 'unavailable', because: 'poisoned' }, this.#workerFailure);
      }
      const isAlone = this.#pendingCount === 0;
      if (this.#queued.push({ commit, resolve, reject }) > 1) return;
      if (isAlone) {
        this.#worker.ref();
        this.#send();
      } else {
        // While others are being written: one message per turn of the event loop, however many commits the turn brings.
        setImmediate(() => this.#send());
      }
    });
  }

  watch(key: Uint8Array, listener: () => void): () => void {
    this.#assertOpen();
    assertKey(key);
    return this.#watchers.add(key, listener);
  }

  statistics(): KeyValueStatistics {
    this.#assertOpen();
    const sizeBytes = statSync(join(this.#directory, 'data.mdb')).blocks * 512;
    return { commitCount: this.#commitCount, batchCount: this.#batchCount, sizeBytes };
  }

  close(): Promise<void> {
    this.#isClosing = true;
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#pendingCount > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    this.#worker.ref();
    this.#request('close');
    await this.#workerExited;
    this.#watchers.clear();
    await this.#database.close();
  }

  get #pendingCount(): number {
    return this.#queued.length + this.#sent.length - this.#sentHead;
  }

  #send(): void {
    const queued = this.#queued;
    if (queued.length === 0) return;
    this.#queued = [];
    let lengthBytes = 0;
    for (const { commit } of queued) lengthBytes += encodedLength(commit);
    const batch = encodeBatch(
      queued.map(({ commit }) => commit),
      lengthBytes,
    );
    for (const pending of queued) this.#sent.push(pending);
    this.#request(batch, [batch.buffer as ArrayBuffer]);
  }

  #request(request: WriteThreadRequest, transferred: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transferred);
    Atomics.add(this.#doorbell, 0, 1);
    Atomics.notify(this.#doorbell, 0);
  }

  #settle(answer: WriteThreadAnswer): void {
    const { outcomes, cause, durationMs } = answer;
    // Whoever goes on after its commit must read what it wrote.
    this.#database.resetReadTxn();
    let committedCount = 0;
    for (const outcome of outcomes) {
      const pending = this.#sent[this.#sentHead] as PendingCommit;
      this.#sentHead += 1;
      if (outcome > OUTCOME_CHECK_FAILED) {
        committedCount += 1;
        this.#notify(pending.commit);
        pending.resolve({ committed: true, version: outcome });
      } else if (outcome === OUTCOME_CHECK_FAILED) pending.resolve(NOT_COMMITTED);
      else pending.reject(toError(outcome, cause));
    }
    if (this.#sentHead === this.#sent.length) {
      this.#sent = [];
      this.#sentHead = 0;
    } else if (this.#sentHead > 4096) {
      this.#sent = this.#sent.slice(this.#sentHead);
      this.#sentHead = 0;
    }
    if (committedCount > 0) {
      this.#commitCount += committedCount;
      this.#batchCount += 1;
      this.#observeBatch?.({ commitCount: committedCount, durationMs });
    }
    this.#afterSettling();
  }

  #notify(commit: KeyValueCommit): void {
    if (this.#watchers.isEmpty) return;
    for (const { key } of commit.puts ?? []) this.#watchers.notify(key);
    for (const { key } of commit.sums ?? []) this.#watchers.notify(key);
    for (const key of commit.deletes ?? []) this.#watchers.notify(key);
  }

  #loseWorker(error: Error): void {
    this.#workerFailure ??= error;
    const lost = [...this.#sent.slice(this.#sentHead), ...this.#queued];
    this.#sent = [];
    this.#sentHead = 0;
    this.#queued = [];
    for (const pending of lost) {
      pending.reject(new StoreFailure({ kind: 'unavailable', because: 'poisoned' }, this.#workerFailure));
    }
    this.#afterSettling();
  }

  #afterSettling(): void {
    if (this.#pendingCount > 0) return;
    if (!this.#isClosing) this.#worker.unref();
    this.#drained?.();
  }

  /** The binding keeps a snapshot for a turn of the event loop and more; another process may have committed since. */
  #refreshSnapshot(): void {
    this.#database.resetReadTxn();
  }

  #assertOpen(): void {
    if (this.#isClosing) throw new StoreFailure({ kind: 'unavailable', because: 'closed' });
  }
}

/** `stored` belongs to nobody else: the binding copied it out of the map. */
function toEntry(key: Uint8Array, stored: Uint8Array): KeyValueEntry {
  return { key, value: stored.subarray(VERSION_LENGTH_BYTES), version: readVersion(stored) };
}

function copyBytes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes);
}

function toError(outcome: number, cause: string | undefined): Error {
  const error = cause === undefined ? undefined : new Error(cause);
  switch (outcome) {
    case OUTCOME_NOT_A_COUNTER:
      return new RangeError('Cannot add to a value that is no counter: a counter has 8 bytes');
    case OUTCOME_DISK_FULL:
      return new StoreFailure({ kind: 'unavailable', because: 'disk-full' }, error);
    case OUTCOME_READ_ONLY:
      return new StoreFailure({ kind: 'unavailable', because: 'read-only' }, error);
    case OUTCOME_INPUT_OUTPUT:
      return new StoreFailure({ kind: 'unavailable', because: 'input-output' }, error);
    default:
      return new StoreFailure({ kind: 'unavailable', because: 'poisoned' }, error);
  }
}

const ERRNO_NO_SPACE = 28;
const ERRNO_READ_ONLY = 30;

function openFailure(error: unknown): StoreFailure {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  if (code === 'EROFS' || code === ERRNO_READ_ONLY) {
    return new StoreFailure({ kind: 'unavailable', because: 'read-only' }, error);
  }
  if (code === 'ENOSPC' || code === ERRNO_NO_SPACE) {
    return new StoreFailure({ kind: 'unavailable', because: 'disk-full' }, error);
  }
  return new StoreFailure({ kind: 'unavailable', because: 'input-output' }, error);
}
