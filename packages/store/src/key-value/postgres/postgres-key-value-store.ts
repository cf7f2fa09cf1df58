/** The open store of the engine: its calls, and what they share. Leaves out opening (`open.ts`). */
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
import { assertKey } from '../commit-rules.js';
import { KeyWatchers } from '../key-watchers.js';
import { CommitQueue, TRANSACTION_COUNT_MAX } from './commit-queue.js';
import { Committer } from './commit-transaction.js';
import { ConnectionPool, type DatabaseAccess } from './connection-pool.js';
import type { DatabaseClock } from './database-clock.js';
import { Housekeeping } from './housekeeping.js';
import { KeyPoll } from './key-poll.js';
import { LockNumbers } from './lock-number.js';
import { PendingCommit } from './pending-commit.js';
import { PostgresSnapshot } from './postgres-snapshot.js';
import { RowReader } from './row-reader.js';
import { stateStatement } from './row-statements.js';

/** What an open store is made of. Times in ms. */
export interface PostgresStoreParts {
  readonly schema: string;
  readonly access: DatabaseAccess;
  readonly clock: DatabaseClock;
  readonly patienceMs: number;
  readonly resolveTimeoutMs: number;
  readonly watchIntervalMs: number;
  readonly snapshotCountMax: number;
  readonly readingCountMax: number;
  readonly observeBatch: CommitObserver | undefined;
}

/** For background work and for finding out about transactions. */
const CARE_COUNT_MAX = 2;

/** One open store. Made by `openPostgresKeyValueStore`. */
export class PostgresKeyValueStore implements KeyValueStore {
  readonly #parts: PostgresStoreParts;
  readonly #commits: ConnectionPool;
  readonly #reads: ConnectionPool;
  readonly #care: ConnectionPool;
  readonly #snapshotPool: ConnectionPool;
  readonly #snapshots = new Set<PostgresSnapshot>();
  readonly #watchers = new KeyWatchers();
  readonly #queue: CommitQueue;
  readonly #reader: RowReader;
  readonly #poll: KeyPoll;
  readonly #housekeeping: Housekeeping;
  #commitCount = 0;
  #batchCount = 0;
  #isClosing = false;
  #closed: Promise<void> | undefined;

  constructor(parts: PostgresStoreParts) {
    this.#parts = parts;
    const { schema, access, patienceMs } = parts;
    const locks = new LockNumbers(schema);
    this.#commits = new ConnectionPool(access, TRANSACTION_COUNT_MAX);
    this.#reads = new ConnectionPool(access, parts.readingCountMax);
    this.#care = new ConnectionPool(access, CARE_COUNT_MAX);
    this.#snapshotPool = new ConnectionPool(access, parts.snapshotCountMax);
    this.#housekeeping = new Housekeeping({ schema, locks, pool: this.#care, clock: parts.clock });
    const committer = new Committer({
      schema,
      locks,
      commits: this.#commits,
      care: this.#care,
      patienceMs,
      resolveTimeoutMs: parts.resolveTimeoutMs,
      committed: (commit) => this.#committed(commit),
      observeBatch: (batch) => {
        this.#batchCount += 1;
        parts.observeBatch?.(batch);
      },
    });
    this.#queue = new CommitQueue((commits) => committer.make(commits));
    this.#reader = new RowReader(schema, this.#reads, patienceMs);
    this.#poll = new KeyPoll({
      intervalMs: parts.watchIntervalMs,
      readStates: (keys) => this.#reader.run((connection) => connection.run(stateStatement(schema, keys))),
      changed: (text) => this.#watchers.notify(text),
    });
  }

  /** Begins the work in the background. @throws {EngineFailure} `unavailable`. */
  async start(): Promise<void> {
    await this.#housekeeping.start();
  }

  async get(key: Uint8Array): Promise<KeyValueEntry | undefined> {
    this.#assertUsable();
    assertKey(key);
    return this.#reader.get(key);
  }

  async list(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    this.#assertUsable();
    return this.#reader.list(range);
  }

  async commit(commit: KeyValueCommit): Promise<KeyValueCommitOutcome> {
    this.#assertUsable();
    const pending = new PendingCommit(commit);
    this.#queue.add(pending);
    return pending.outcome;
  }

  async snapshot(): Promise<KeyValueSnapshot> {
    this.#assertUsable();
    const { schema, patienceMs } = this.#parts;
    const snapshot = await PostgresSnapshot.open({
      schema,
      pool: this.#snapshotPool,
      patienceMs,
      closed: (closed) => this.#snapshots.delete(closed),
    });
    if (this.#isClosing) {
      await snapshot.close();
      this.#assertOpen();
    }
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  watch(key: Uint8Array, listener: () => void): () => void {
    this.#assertOpen();
    const endListening = this.#watchers.add(assertKey(key), listener);
    const endPolling = this.#poll.add(key);
    return () => {
      endListening();
      endPolling();
    };
  }

  statistics(): KeyValueStatistics {
    this.#assertOpen();
    return {
      commitCount: this.#commitCount,
      batchCount: this.#batchCount,
      sizeBytes: this.#housekeeping.sizeBytes,
    };
  }

  close(): Promise<void> {
    this.#isClosing = true;
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#poll.close();
    await this.#queue.drain();
    this.#watchers.clear();
    await this.#housekeeping.close();
    for (const snapshot of [...this.#snapshots]) await snapshot.close();
    await this.#parts.access.close();
    const pools = [this.#commits, this.#reads, this.#care, this.#snapshotPool];
    await Promise.all(pools.map((pool) => pool.close()));
  }

  #committed(pending: PendingCommit): void {
    this.#commitCount += 1;
    this.#housekeeping.note(pending.commit);
    for (const text of pending.written) this.#watchers.notify(text);
  }

  #assertUsable(): void {
    this.#assertOpen();
    this.#parts.clock.assertRight();
  }

  #assertOpen(): void {
    if (this.#isClosing) throw new EngineFailure({ kind: 'unavailable', because: 'closed' });
  }
}
