/**
 * The journal engine in one thread, over a simulated disk: its own journal, segments, checkpoints, tree of rows,
 * recovery and recent rows, as the product has them. What other threads do (writing batches, bringing generations into
 * the tree, telling each other) happens when a scheduler says so, step by step. Leaves out threads themselves.
 */
import { join } from 'node:path';
import { EngineFailure } from '../contract/engine-failure.js';
import type {
  KeyValueCommit,
  KeyValueCommitOutcome,
  KeyValueEntry,
  KeyValueRange,
  KeyValueSnapshot,
  KeyValueStatistics,
  KeyValueStore,
} from '../contract/key-value-store.js';
import type { BlockingFile } from '../file-system/file-system.js';
import { assertCommit, assertKey } from '../key-value/commit-rules.js';
import { decodeBatch, encodeBatch, encodedLength } from '../key-value/journaled-lmdb/batch-encoding.js';
import type { CheckpointPoint } from '../key-value/journaled-lmdb/checkpoint-segment.js';
import {
  type BatchResult,
  type Checkpointer,
  CommitJournal,
  type RoomKeeper,
} from '../key-value/journaled-lmdb/commit-journal.js';
import { committedRows } from '../key-value/journaled-lmdb/committed-rows.js';
import {
  DATABASE_FILE_NAME,
  openDatabaseFile,
  prepareDatabaseFile,
} from '../key-value/journaled-lmdb/database-file.js';
import { openJournal } from '../key-value/journaled-lmdb/open-journal.js';
import { OUTCOME_CHECK_FAILED, outcomeToError } from '../key-value/journaled-lmdb/outcomes.js';
import { RecentRows } from '../key-value/journaled-lmdb/recent-rows.js';
import { RowSnapshot } from '../key-value/journaled-lmdb/row-snapshot.js';
import { RowView } from '../key-value/journaled-lmdb/row-view.js';
import { type ReserveSizes, SpaceReserve } from '../key-value/journaled-lmdb/space-reserve.js';
import { readHead, TreeReader } from '../key-value/journaled-lmdb/tree/tree-reader.js';
import { CheckpointDatabase, TreeDatabase } from '../key-value/journaled-lmdb/tree-database.js';
import { KeyWatchers } from '../key-value/key-watchers.js';
import { SimulatedCheckpointer, type SimulatedCheckpointerOptions } from './simulated-checkpointer.js';

/** Where the store lies, an existing folder, and who decides. */
export interface SimulatedKeyValueStoreOptions extends SimulatedCheckpointerOptions {
  readonly drawSalt: () => Uint8Array;
  /** Whether a checkpoint is due, asked after each batch. Default: never before one is needed. */
  readonly isCheckpointDue?: () => boolean;
  /** Wraps what keeps that room: where faults are planted. */
  readonly wrapReserve?: (reserve: RoomKeeper) => RoomKeeper;
}

/** Small, so that room is made, used up and given back in short lives. */
const RESERVE_SIZES: ReserveSizes = {
  reserveLengthBytes: 256 * 1024,
  growthLengthBytes: 32 * 1024,
  surplusLengthBytes: 64 * 1024,
};

/** Small, so that reading them at each recovery costs little; they grow by themselves. */
const SEGMENT_LENGTH_BYTES = 128 * 1024;

/** Of pages in memory; states are small here. */
const CACHE_LENGTH_BYTES_MAX = 1024 * 1024;

interface PendingCommit {
  readonly commit: KeyValueCommit;
  readonly written: readonly string[];
  readonly resolve: (outcome: KeyValueCommitOutcome) => void;
  readonly reject: (error: Error) => void;
}

/** What the write thread tells, in order. */
type Message =
  | { readonly result: BatchResult; readonly pending: readonly PendingCommit[] }
  | { readonly checkpoint: CheckpointPoint }
  | 'maintain';

/**
 * Recovers what the disk holds, or makes a new store.
 * @throws What the recovery throws: `JournalDamage`, damage of the database, errors of the disk.
 */
export function openSimulatedKeyValueStore(options: SimulatedKeyValueStoreOptions): SimulatedKeyValueStore {
  return new SimulatedKeyValueStore(options);
}

/** Use {@link openSimulatedKeyValueStore}. */
export class SimulatedKeyValueStore implements KeyValueStore {
  readonly #options: SimulatedKeyValueStoreOptions;
  readonly #file: BlockingFile;
  readonly #reader: TreeReader;
  readonly #view: RowView;
  readonly #snapshots = new Set<RowSnapshot>();
  readonly #journal: CommitJournal;
  readonly #checkpointer: SimulatedCheckpointer;
  readonly #recent = new RecentRows();
  readonly #watchers = new KeyWatchers();
  #queued: PendingCommit[] = [];
  #messages: Message[] = [];
  #isWriting = false;
  #isTelling = false;
  #isClosed = false;
  #commitCount = 0;
  #batchCount = 0;

  constructor(options: SimulatedKeyValueStoreOptions) {
    this.#options = options;
    const { fileSystem, directory, drawSalt } = options;
    prepareDatabaseFile(directory, undefined, fileSystem);
    const recovered = new CheckpointDatabase(openDatabaseFile(directory, fileSystem));
    const { segments, sequence } = openJournal(directory, recovered, drawSalt, {
      fileSystem,
      segmentLengthBytes: SEGMENT_LENGTH_BYTES,
    });
    this.#file = openDatabaseFile(directory, fileSystem);
    this.#reader = new TreeReader(this.#file, readHead(this.#file), CACHE_LENGTH_BYTES_MAX);
    this.#view = new RowView(this.#recent, this.#reader);
    // As the product does: names above the files are not synced by those who make the files.
    fileSystem.syncDirectory(directory);
    this.#checkpointer = new SimulatedCheckpointer(options, (generation) => {
      this.#reader.moveTo(readHead(this.#file));
      if (generation !== undefined) this.#recent.forget(generation);
    });
    const reserve = new SpaceReserve(join(directory, DATABASE_FILE_NAME), fileSystem, RESERVE_SIZES);
    this.#journal = new CommitJournal({
      database: new TreeDatabase(this.#file),
      reserve: options.wrapReserve?.(reserve) ?? reserve,
      checkpointer: {
        start: (task) => {
          this.#checkpointer.begin();
          this.#tell({ checkpoint: task });
        },
        startMaintenance: () => {
          this.#checkpointer.begin();
          this.#tell('maintain');
        },
        wantsMaintenance: () => this.#checkpointer.wantsMaintenance,
        state: () => this.#checkpointer.state,
        wait: () => {
          // The caller of wait has sent all its messages before: they are delivered first, as the checkpoint begins
          // there.
          this.#deliverAll();
          this.#checkpointer.finish();
        },
      } satisfies Checkpointer,
      segments,
      sequence,
      drawSalt,
    });
  }

  async get(key: Uint8Array): Promise<KeyValueEntry | undefined> {
    this.#assertOpen();
    assertKey(key);
    await this.#pause('get');
    return this.#view.get(key);
  }

  async list(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    this.#assertOpen();
    await this.#pause('list');
    return this.#view.list(range);
  }

  async snapshot(): Promise<KeyValueSnapshot> {
    this.#assertOpen();
    const snapshot = new RowSnapshot(this.#view, (closed) => this.#snapshots.delete(closed));
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  commit(commit: KeyValueCommit): Promise<KeyValueCommitOutcome> {
    return new Promise((resolve, reject) => {
      this.#assertOpen();
      const written = assertCommit(commit);
      this.#queued.push({ commit, written, resolve, reject });
      if (this.#options.run === undefined) this.#writeQueued();
      else if (!this.#isWriting) {
        this.#isWriting = true;
        void this.#options.run('write batch', () => {
          this.#isWriting = false;
          this.#writeQueued();
        });
      }
    });
  }

  /** @returns A text that is the same for the same rows in the same pages: right after opening, all rows there are. */
  contentDigest(): string {
    const { root, rowCount } = this.#reader.head;
    return `${rowCount} ${root?.pageNumber} ${root?.crc} ${root?.birth}`;
  }

  watch(key: Uint8Array, listener: () => void): () => void {
    return this.#watchers.add(assertKey(key), listener);
  }

  statistics(): KeyValueStatistics {
    return { commitCount: this.#commitCount, batchCount: this.#batchCount, sizeBytes: 0 };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watchers.clear();
  }

  async #pause(label: string): Promise<void> {
    if (this.#options.run !== undefined) await this.#options.run(label, () => {});
  }

  /** One turn of the write thread. */
  #writeQueued(): void {
    const queued = this.#queued;
    this.#queued = [];
    if (queued.length === 0) return;
    const commits = queued.map(({ commit }) => commit);
    const batch = encodeBatch(
      commits,
      commits.reduce((sum, commit) => sum + encodedLength(commit), 0),
    );
    let told = 0;
    for (const result of this.#journal.write(decodeBatch(batch))) {
      const pending = queued.slice(told, told + result.outcomes.length);
      told += pending.length;
      this.#tell({ result, pending });
    }
    this.#journal.checkpoint(this.#options.isCheckpointDue?.() ?? false);
    this.#journal.maintain();
  }

  #tell(message: Message): void {
    this.#messages.push(message);
    if (this.#options.run === undefined) this.#deliverAll();
    else if (!this.#isTelling) {
      this.#isTelling = true;
      void this.#options.run('hear write thread', () => {
        this.#isTelling = false;
        this.#deliverAll();
      });
    }
  }

  #deliverAll(): void {
    const messages = this.#messages;
    this.#messages = [];
    for (const message of messages) {
      if (message === 'maintain') this.#checkpointer.start(undefined, this.#oldestTransaction());
      else if ('checkpoint' in message) {
        this.#recent.closeGeneration(message.checkpoint.generation);
        this.#checkpointer.start(message.checkpoint, this.#oldestTransaction());
      } else this.#settle(message.result, message.pending);
    }
  }

  #settle({ outcomes, counters, cause }: BatchResult, pending: readonly PendingCommit[]): void {
    let counterIndex = 0;
    this.#batchCount += 1;
    for (const [index, { commit, written, resolve, reject }] of pending.entries()) {
      const outcome = outcomes[index] as number;
      const sums = commit.sums ?? [];
      if (outcome > OUTCOME_CHECK_FAILED) {
        this.#commitCount += 1;
        const counted = counters.slice(counterIndex, counterIndex + sums.length);
        for (const [text, row] of committedRows(commit, { written, version: outcome, counters: counted }))
          this.#recent.set(text, row);
        for (const text of written) this.#watchers.notify(text);
        resolve({ committed: true, version: outcome });
      } else if (outcome === OUTCOME_CHECK_FAILED) resolve({ committed: false });
      else reject(outcomeToError(outcome, cause === undefined ? undefined : new Error(cause)));
      counterIndex += sums.length;
    }
  }

  #oldestTransaction(): number {
    return Math.min(this.#reader.head.transaction, ...[...this.#snapshots].map(({ transaction }) => transaction));
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new EngineFailure({ kind: 'unavailable', because: 'closed' });
  }
}
