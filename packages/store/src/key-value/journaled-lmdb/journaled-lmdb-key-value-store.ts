/**
 * The open store of the engine, on the thread of its caller: sends commits to the write thread and settles them when it
 * answers, passes checkpoints on, and reads from the recent rows and the pages of the tree. Leaves out opening
 * (`open.ts`).
 */
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { EngineFailure } from '../../contract/engine-failure.js';
import type {
  CommitObserver,
  KeyValueCommit,
  KeyValueCommitOutcome,
  KeyValueEntry,
  KeyValueRange,
  KeyValueSnapshot,
  KeyValueStatistics,
  KeyValueStore,
} from '../../contract/key-value-store.js';
import type { BlockingFile } from '../../file-system/file-system.js';
import { nodeBlockingFileSystem } from '../../file-system/node-blocking-file-system.js';
import { assertCommit, assertKey } from '../commit-rules.js';
import { KeyWatchers } from '../key-watchers.js';
import { encodeBatch, encodedLength } from './batch-encoding.js';
import { type CommittedRow, committedRows } from './committed-rows.js';
import { DATABASE_FILE_NAME } from './database-file.js';
import type { DataFolderLock } from './folder-lock/data-folder-lock.js';
import { SEGMENT_NAMES } from './open-journal.js';
import { OUTCOME_CHECK_FAILED, outcomeToError } from './outcomes.js';
import { ReadRows } from './read-rows.js';
import { type RecentLayer, RecentRows } from './recent-rows.js';
import { RowSnapshot } from './row-snapshot.js';
import { RowView } from './row-view.js';
import {
  type CheckpointTask,
  type CheckpointThreadMessage,
  type CheckpointThreadRequest,
  ringDoorbell,
  setCheckpointState,
  type WriteThreadAnswer,
  type WriteThreadMessage,
  type WriteThreadRequest,
} from './threads.js';
import { readHead, TreeReader } from './tree/tree-reader.js';

interface PendingCommit {
  readonly commit: KeyValueCommit;
  /** The keys it writes, as `assertCommit` gives them. */
  readonly written: readonly string[];
  readonly resolve: (outcome: KeyValueCommitOutcome) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One that is being written and one that is ready when it is done. More would only wake a thread more often for smaller
 * batches.
 */
const MESSAGES_UNDER_WAY_MAX = 2;

/** Behind a batch of so many more are on their way: a commit that comes alone then waits for those of its turn. */
const BUSY_BATCH_COUNT_MIN = 3;

/** Pages of the database that are kept in memory for reads. */
const CACHE_LENGTH_BYTES_MAX = 32 * 1024 * 1024;

const COPIED_LENGTH_BYTES_MAX = 16 * 1024;

const NOT_COMMITTED: KeyValueCommitOutcome = { committed: false };

/** What an open store is made of. */
export interface StoreParts {
  readonly file: BlockingFile;
  readonly writer: Worker;
  readonly checkpointer: Worker;
  readonly cells: Int32Array;
  readonly lock: DataFolderLock;
}

/** Is told of everything that mirrors of the rows have to know, in order, within the turn in which it happens. */
export interface RowFollower {
  /** Rows that are durable, before anybody learns of the outcome of their commits. */
  committed(rows: readonly CommittedRow[]): void;
  /** What was told up to now belongs to this generation of the journal, or an earlier one. */
  generationClosed(generation: number): void;
  /** The tree has this generation (`undefined`: it was moved only), as of a transaction. */
  checkpointed(generation: number | undefined, transaction: number): void;
  /** No mirror reads an older state of the tree. */
  oldestTransaction(): number;
}

/** One open store. Made by `openJournaledLmdbKeyValueStore`. */
export class JournaledLmdbKeyValueStore implements KeyValueStore {
  readonly #directory: string;
  readonly #file: BlockingFile;
  readonly #reader: TreeReader;
  readonly #writer: Worker;
  readonly #checkpointer: Worker;
  readonly #cells: Int32Array;
  readonly #lock: DataFolderLock;
  readonly #observeBatch: CommitObserver | undefined;
  readonly #watchers = new KeyWatchers();
  readonly #recent = new RecentRows();
  /** What is read: the recent rows in front of the tree. */
  readonly #view: RowView;
  readonly #read = new ReadRows();
  readonly #snapshots = new Set<RowSnapshot>();
  /** Not sent yet, in order. */
  #queued: PendingCommit[] = [];
  /** Sent and not answered, in order; `#sentHead` counts the answered ones at its front. */
  #sent: PendingCommit[] = [];
  #sentHead = 0;
  /** Of each message under way, how many of its commits are not answered. */
  #sentCounts: number[] = [];
  #lastBatchCount = 0;
  #commitCount = 0;
  #batchCount = 0;
  #isClosing = false;
  #closed: Promise<void> | undefined;
  #threadFailure: Error | undefined;
  #drained: (() => void) | undefined;
  #follower: RowFollower | undefined;
  readonly #writerExited: Promise<void>;
  readonly #checkpointerExited: Promise<void>;

  constructor(directory: string, parts: StoreParts, observeBatch: CommitObserver | undefined) {
    this.#directory = directory;
    this.#file = parts.file;
    this.#reader = new TreeReader(parts.file, readHead(parts.file), CACHE_LENGTH_BYTES_MAX);
    this.#view = new RowView(this.#recent, this.#reader);
    this.#writer = parts.writer;
    this.#checkpointer = parts.checkpointer;
    this.#cells = parts.cells;
    this.#lock = parts.lock;
    this.#observeBatch = observeBatch;
    this.#writerExited = this.#watchThread(parts.writer, (message: WriteThreadMessage) => {
      if (message === 'maintain') this.#askCheckpointer(undefined);
      else if ('checkpoint' in message) {
        this.#recent.closeGeneration(message.checkpoint.generation);
        this.#follower?.generationClosed(message.checkpoint.generation);
        this.#askCheckpointer(message.checkpoint);
      } else this.#settle(message);
    });
    this.#checkpointerExited = this.#watchThread(parts.checkpointer, (message: CheckpointThreadMessage) => {
      if ('failure' in message) {
        this.#loseThread(new Error(message.failure));
        return;
      }
      // Perhaps a newer state than the one that was told: rows that it has are among the recent ones too.
      this.#reader.moveTo(readHead(this.#file));
      if (message.checkpointed !== undefined) this.#recent.forget(message.checkpointed);
      this.#follower?.checkpointed(message.checkpointed, this.#reader.head.transaction);
    });
  }

  async get(key: Uint8Array): Promise<KeyValueEntry | undefined> {
    this.#assertOpen();
    const text = assertKey(key);
    const recent = this.#recent.find(text);
    if (recent !== undefined) return recent.row;
    const known = this.#read.find(text);
    if (known !== undefined) return known;
    const entry = this.#view.stored(key);
    if (entry === undefined) return undefined;
    this.#read.keep(text, entry);
    return entry;
  }

  async list(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    this.#assertOpen();
    return this.#view.list(range);
  }

  commit(commit: KeyValueCommit): Promise<KeyValueCommitOutcome> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      const written = assertCommit(commit);
      if (this.#threadFailure !== undefined) {
        throw new EngineFailure({ kind: 'unavailable', because: 'poisoned' }, this.#threadFailure);
      }
      const isAlone = this.#pendingCount === 0;
      if (isAlone) this.#writer.ref();
      if (this.#queued.push({ commit, written, resolve, reject }) > 1) return;
      if (isAlone && this.#lastBatchCount < BUSY_BATCH_COUNT_MIN) this.#send();
      // Where others are on their way: one message per turn of the event loop, however many commits the turn brings.
      else if (this.#sentCounts.length < MESSAGES_UNDER_WAY_MAX) setImmediate(() => this.#send());
    });
  }

  async snapshot(): Promise<KeyValueSnapshot> {
    this.#assertOpen();
    const snapshot = new RowSnapshot(this.#view, (closed) => this.#snapshots.delete(closed));
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  watch(key: Uint8Array, listener: () => void): () => void {
    this.#assertOpen();
    return this.#watchers.add(assertKey(key), listener);
  }

  /** One follower at a time. @returns A function that ends it. */
  follow(follower: RowFollower): () => void {
    this.#follower = follower;
    return () => {
      this.#follower = undefined;
    };
  }

  /** What a mirror begins with that is told of everything from now on; to be read at once. */
  mirrored(): { readonly layers: readonly RecentLayer[]; readonly transaction: number } {
    return { layers: this.#recent.layers(), transaction: this.#reader.head.transaction };
  }

  statistics(): KeyValueStatistics {
    this.#assertOpen();
    const sizeBytes = [DATABASE_FILE_NAME, ...SEGMENT_NAMES].reduce(
      (size, name) => size + nodeBlockingFileSystem.allocatedBytes(join(this.#directory, name)),
      0,
    );
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
    this.#writer.ref();
    this.#checkpointer.ref();
    this.#request('close');
    await this.#writerExited;
    this.#checkpointer.postMessage('close' satisfies CheckpointThreadRequest);
    await this.#checkpointerExited;
    this.#watchers.clear();
    for (const snapshot of [...this.#snapshots]) await snapshot.close();
    this.#file.close();
    await this.#lock.release();
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
    this.#sentCounts.push(queued.length);
    // Handing memory over costs more than copying a little of it.
    this.#request(batch, batch.length > COPIED_LENGTH_BYTES_MAX ? [batch.buffer as ArrayBuffer] : []);
  }

  #request(request: WriteThreadRequest, transferred: readonly ArrayBuffer[] = []): void {
    this.#writer.postMessage(request, transferred);
    ringDoorbell(this.#cells);
  }

  /** @param task `undefined`: make the file shorter. */
  #askCheckpointer(task: CheckpointTask | undefined): void {
    const held = [...this.#snapshots].map(({ transaction }) => transaction);
    const mirrored = this.#follower?.oldestTransaction() ?? Number.POSITIVE_INFINITY;
    const oldestTransaction = Math.min(this.#reader.head.transaction, mirrored, ...held);
    this.#checkpointer.postMessage({ task, oldestTransaction } satisfies CheckpointThreadRequest);
  }

  /** @returns Resolves when the thread has ended. */
  #watchThread<Message>(thread: Worker, receive: (message: Message) => void): Promise<void> {
    thread.unref();
    thread.on('message', receive);
    thread.on('error', (error) => this.#loseThread(error));
    return new Promise((resolve) => {
      thread.on('exit', () => {
        this.#loseThread(new Error('A thread of the engine ended'));
        resolve();
      });
    });
  }

  #settle({ outcomes, counters, cause, keyRange, durationMs }: WriteThreadAnswer): void {
    // Rejected already: what they were is not known.
    if (this.#threadFailure !== undefined) return;
    let committedCount = 0;
    let counterIndex = 0;
    const told: CommittedRow[] = [];
    for (const outcome of outcomes) {
      const pending = this.#sent[this.#sentHead] as PendingCommit;
      this.#sentHead += 1;
      const { sums = [] } = pending.commit;
      if (outcome > OUTCOME_CHECK_FAILED) {
        committedCount += 1;
        // A caller that continues after its commit must read what it wrote.
        const rows = this.#remember(pending, outcome, counters.slice(counterIndex, counterIndex + sums.length));
        if (this.#follower !== undefined) told.push(...rows);
        for (const text of pending.written) this.#watchers.notify(text);
        pending.resolve({ committed: true, version: outcome });
      } else if (outcome === OUTCOME_CHECK_FAILED) pending.resolve(NOT_COMMITTED);
      else pending.reject(outcomeToError(outcome, cause === undefined ? undefined : new Error(cause), keyRange));
      counterIndex += sums.length;
    }
    // Callers go on when this turn is over.
    this.#follower?.committed(told);
    this.#countAnswered(outcomes.length);
    if (this.#sentHead === this.#sent.length) {
      this.#sent = [];
      this.#sentHead = 0;
    } else if (this.#sentHead > 4096) {
      this.#sent = this.#sent.slice(this.#sentHead);
      this.#sentHead = 0;
    }
    this.#lastBatchCount = outcomes.length;
    if (committedCount > 0) {
      this.#commitCount += committedCount;
      this.#batchCount += 1;
      this.#observeBatch?.({ commitCount: committedCount, durationMs });
    }
    this.#afterSettling();
  }

  /** Commits that waited for an answered message go with the next one. */
  #countAnswered(count: number): void {
    let left = count;
    while (left > 0) {
      const first = this.#sentCounts[0] ?? left;
      if (first > left) this.#sentCounts[0] = first - left;
      else this.#sentCounts.shift();
      left -= first;
    }
    if (this.#sentCounts.length < MESSAGES_UNDER_WAY_MAX) this.#send();
  }

  #remember({ commit, written }: PendingCommit, version: number, counters: readonly bigint[]): readonly CommittedRow[] {
    const rows = committedRows(commit, { written, version, counters });
    for (const [text, row] of rows) {
      this.#recent.set(text, row);
      this.#read.forget(text);
    }
    return rows;
  }

  /** Idempotent: the end of a thread is told after its error, and also when it ends as it should. */
  #loseThread(error: Error): void {
    this.#threadFailure ??= error;
    // The write thread may be waiting for a checkpoint that never comes.
    setCheckpointState(this.#cells, 'failed');
    const lost = [...this.#sent.slice(this.#sentHead), ...this.#queued];
    this.#sent = [];
    this.#sentHead = 0;
    this.#sentCounts = [];
    this.#queued = [];
    for (const pending of lost) {
      pending.reject(new EngineFailure({ kind: 'unavailable', because: 'poisoned' }, this.#threadFailure));
    }
    this.#afterSettling();
  }

  #afterSettling(): void {
    if (this.#pendingCount > 0) return;
    if (!this.#isClosing) this.#writer.unref();
    this.#drained?.();
  }

  #assertOpen(): void {
    if (this.#isClosing) throw new EngineFailure({ kind: 'unavailable', because: 'closed' });
  }
}
