/**
 * Makes some commits in one transaction, however often that must be tried, and settles their callers. When the
 * connection breaks it finds out what became of them, by the mark of the transaction. Leaves out which commits share a
 * transaction (`commit-queue.ts`).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { CommitObserver, KeyValueVersion } from '../../contract/key-value-store.js';
import { commitStatement, outcomesOf } from './commit-statement.js';
import type { ConnectionPool } from './connection-pool.js';
import type { DatabaseConnection } from './database-connection.js';
import { becauseOf, CannotConnect, meaningOf, toFailure } from './database-failure.js';
import type { LockNumbers } from './lock-number.js';
import { newMarkId } from './mark-id.js';
import type { PendingCommit } from './pending-commit.js';
import { OUTCOME_NEEDS_EXCLUSIVE, OUTCOME_NO_COUNTER, OUTCOME_NOT_COMMITTED } from './schema-statements.js';

/** What transactions are made with. Times in ms. */
export interface CommitterOptions {
  readonly schema: string;
  readonly locks: LockNumbers;
  /** Connections of transactions. */
  readonly commits: ConnectionPool;
  /** Connections for finding out what became of one. */
  readonly care: ConnectionPool;
  /** How long transactions are tried that certainly had no effect. */
  readonly patienceMs: number;
  /** How long it is tried to find out about one. */
  readonly resolveTimeoutMs: number;
  /** Called before the caller of a commit is told. */
  readonly committed: (commit: PendingCommit, version: KeyValueVersion) => void;
  readonly observeBatch: CommitObserver | undefined;
}

/** How one try ended. */
type Attempt =
  | { readonly kind: 'done'; readonly outcomes: readonly number[] }
  | { readonly kind: 'not-done'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly mark: string; readonly error: unknown };

const RETRY_DELAY_MS_MAX = 500;

/** Makes transactions; any number may be under way. */
export class Committer {
  readonly #options: CommitterOptions;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** Settles every commit, with its outcome or a failure. Never rejects. */
  async make(commits: readonly PendingCommit[]): Promise<void> {
    try {
      await this.#make(commits);
    } catch (error) {
      rejectAll(commits, toFailure(error));
    }
  }

  async #make(commits: readonly PendingCommit[]): Promise<void> {
    const startedMs = performance.now();
    for (let attempt = 0; ; attempt += 1) {
      const tried = await this.#attempt(commits);
      if (tried.kind === 'done') {
        if (this.#settle(commits, tried.outcomes, performance.now() - startedMs)) return;
        continue;
      }
      let { error } = tried;
      if (tried.kind === 'unknown') {
        const resolved = await this.#resolve(tried.mark);
        if (resolved === undefined) {
          rejectAll(commits, new EngineFailure({ kind: 'unavailable', because: 'outcome-unknown' }, error));
          return;
        }
        if (resolved.length > 0) {
          this.#settle(commits, resolved, performance.now() - startedMs);
          return;
        }
        error = tried.error;
      } else if (error instanceof CannotConnect || meaningOf(error) === 'refused') {
        await this.#refuse(commits, error);
        return;
      }
      if (performance.now() - startedMs >= this.#options.patienceMs) {
        rejectAll(commits, toFailure(error));
        return;
      }
      await delay(Math.min(RETRY_DELAY_MS_MAX, 2 ** attempt * (0.5 + Math.random())));
    }
  }

  async #attempt(commits: readonly PendingCommit[]): Promise<Attempt> {
    const { schema, locks } = this.#options;
    let connection: DatabaseConnection;
    try {
      connection = await this.#options.commits.acquire();
    } catch (error) {
      return { kind: 'not-done', error };
    }
    const mark = newMarkId(connection.nowMs());
    try {
      connection.takeDoubt();
      const [row] = await connection.run(commitStatement({ schema, locks, mark, commits }));
      const outcomes = outcomesOf(row);
      if (!connection.takeDoubt()) return { kind: 'done', outcomes };
      return { kind: 'unknown', mark, error: new Error('The server did not wait for its standby') };
    } catch (error) {
      const meaning = meaningOf(error);
      if (meaning === 'lost') return { kind: 'unknown', mark, error };
      // Another session finds another host, or has a clock that was read again.
      if (meaning !== 'refused') connection.drop();
      return { kind: 'not-done', error };
    } finally {
      this.#options.commits.release(connection);
    }
  }

  /** @returns Whether all are settled; otherwise some need other locks, and nothing was done. */
  #settle(commits: readonly PendingCommit[], outcomes: readonly number[], durationMs: number): boolean {
    if (outcomes.length !== commits.length) {
      throw new Error(`The database answered ${outcomes.length} outcomes to ${commits.length} commits`);
    }
    if (outcomes.includes(OUTCOME_NEEDS_EXCLUSIVE)) {
      for (const [index, commit] of commits.entries()) {
        if (outcomes[index] === OUTCOME_NEEDS_EXCLUSIVE) commit.needsExclusive = true;
      }
      return false;
    }
    let commitCount = 0;
    for (const [index, commit] of commits.entries()) {
      const outcome = outcomes[index] ?? OUTCOME_NOT_COMMITTED;
      if (outcome === OUTCOME_NO_COUNTER) {
        commit.reject(new RangeError('Cannot add to a value that is no counter: a counter has 8 bytes'));
      } else if (outcome === OUTCOME_NOT_COMMITTED) commit.resolve({ committed: false });
      else {
        commitCount += 1;
        this.#options.committed(commit, outcome);
        commit.resolve({ committed: true, version: outcome });
      }
    }
    if (commitCount > 0) this.#options.observeBatch?.({ commitCount, durationMs });
    return true;
  }

  /** The transaction was refused: one of its commits may be the reason, so each is tried alone. */
  async #refuse(commits: readonly PendingCommit[], error: unknown): Promise<void> {
    if (commits.length === 1 || error instanceof CannotConnect || becauseOf(error) === 'unreachable') {
      rejectAll(commits, toFailure(error));
      return;
    }
    for (const commit of commits) await this.make([commit]);
  }

  /**
   * @returns The outcomes of a transaction; none when it had no effect and cannot have one any more; `undefined` when
   *   that cannot be found out in time.
   */
  async #resolve(mark: string): Promise<readonly number[] | undefined> {
    const { schema, care, resolveTimeoutMs } = this.#options;
    const endMs = performance.now() + resolveTimeoutMs;
    const statement = { text: `SELECT ${schema}.resolve_v1($1::uuid)`, values: [mark] };
    for (let attempt = 0; ; attempt += 1) {
      try {
        const row = await care.use(async (connection) => {
          connection.takeDoubt();
          const [first] = await connection.run(statement);
          if (connection.takeDoubt()) throw new Error('The server did not wait for its standby');
          return first;
        });
        // NULL: too long ago.
        return row?.[0] === null ? undefined : outcomesOf(row);
      } catch {
        if (performance.now() >= endMs) return undefined;
      }
      await delay(Math.min(RETRY_DELAY_MS_MAX, 2 ** attempt * (10 + Math.random() * 10)));
    }
  }
}

function rejectAll(commits: readonly PendingCommit[], failure: Error): void {
  for (const commit of commits) commit.reject(failure);
}
