/**
 * What the engine does in the background: folds the deltas of counters, removes old marks, measures how large the
 * tables are, and looks at the clock of the database. Failures are left to the next round: none of it is needed for an
 * answer.
 */
import type { KeyValueCommit } from '../../contract/key-value-store.js';
import { assertKey } from '../commit-rules.js';
import type { ConnectionPool } from './connection-pool.js';
import type { DatabaseClock } from './database-clock.js';
import type { LockNumbers } from './lock-number.js';
import { firstMarkId } from './mark-id.js';
import { bytesOf, foldStatement } from './row-statements.js';

/** What the background work needs. */
export interface HousekeepingOptions {
  readonly schema: string;
  readonly locks: LockNumbers;
  readonly pool: ConnectionPool;
  readonly clock: DatabaseClock;
}

/** How often the counters that this process has added to are folded. */
const FOLD_INTERVAL_MS = 1000;

/** Every so many rounds: counters of gateways that are gone, old marks, the size, the clock. */
const SLOW_ROUND_COUNT = 15;

/** Counters of one transaction. */
const FOLDED_COUNT_MAX = 100;

/** How long marks are kept: far longer than anybody asks for one. */
export const MARK_AGE_MS_MAX = 15 * 60 * 1000;

const REMOVED_COUNT_MAX = 5000;

/** The rounds of one engine. */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  /** Keys of counters that have deltas of this process, by their text. */
  #unfolded = new Map<string, Uint8Array>();
  #timer: NodeJS.Timeout | undefined;
  #roundCount = 0;
  #running: Promise<void> | undefined;
  #isClosed = false;
  #sizeBytes = 0;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  /** Of all tables with their indexes, as last measured. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Measures once, and begins the rounds. */
  async start(): Promise<void> {
    await this.#measure();
    this.#schedule();
  }

  /** Notes the counters of a commit that was made. */
  note({ sums = [] }: KeyValueCommit): void {
    for (const { key } of sums) this.#unfolded.set(assertKey(key), key);
  }

  /** Waits for a round under way, and ends. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Folds now what this process has added. @throws {EngineFailure} `unavailable`. */
  async fold(): Promise<void> {
    const keys = [...this.#unfolded.values()];
    this.#unfolded = new Map();
    for (let index = 0; index < keys.length; index += FOLDED_COUNT_MAX) {
      await this.#fold(keys.slice(index, index + FOLDED_COUNT_MAX));
    }
  }

  #schedule(): void {
    if (this.#isClosed) return;
    // Gateways that were started together must not go on together.
    const delayMs = FOLD_INTERVAL_MS * (0.75 + Math.random() / 2);
    this.#timer = setTimeout(() => {
      this.#running = this.#round().finally(() => this.#schedule());
    }, delayMs);
    this.#timer.unref();
  }

  async #round(): Promise<void> {
    this.#roundCount += 1;
    try {
      // One that is wrong is looked at in each round, so that calls go on soon after it was set.
      if (this.#options.clock.isWrong) await this.#readClock();
      await this.fold();
      if (this.#roundCount % SLOW_ROUND_COUNT !== 0) return;
      await this.#foldOfOthers();
      await this.forget(MARK_AGE_MS_MAX);
      await this.#measure();
      await this.#readClock();
    } catch {
      // The next round tries again; deltas that were not folded are found as those of others.
    }
  }

  async #fold(keys: readonly Uint8Array[]): Promise<void> {
    const { schema, locks, pool } = this.#options;
    const lockIds = keys.map((key) => locks.of(key));
    await pool.use((connection) => connection.run(foldStatement(schema, keys, lockIds)));
  }

  async #foldOfOthers(): Promise<void> {
    const { schema, pool } = this.#options;
    const text =
      `WITH RECURSIVE found AS ((SELECT key, 1 AS place FROM ${schema}.deltas ORDER BY key LIMIT 1) UNION ALL ` +
      `SELECT (SELECT d.key FROM ${schema}.deltas d WHERE d.key > f.key ORDER BY d.key LIMIT 1), f.place + 1 ` +
      `FROM found f WHERE f.key IS NOT NULL AND f.place < ${FOLDED_COUNT_MAX}) ` +
      'SELECT key FROM found WHERE key IS NOT NULL';
    const rows = await pool.use((connection) => connection.run({ text, values: [] }));
    if (rows.length > 0) await this.#fold(rows.map(([key]) => bytesOf(key)));
  }

  /**
   * Removes marks that are older, one gateway at a time.
   * @throws {EngineFailure} `unavailable`.
   */
  async forget(ageMs: number): Promise<void> {
    const { schema, locks, pool } = this.#options;
    const lock = String(locks.ofWork('forget'));
    await pool.use(async (connection) => {
      const boundary = firstMarkId(connection.nowMs() - ageMs);
      const text =
        `SELECT CASE WHEN pg_try_advisory_xact_lock($1::bigint) THEN ${schema}.forget_v1($2::uuid, ` +
        `${REMOVED_COUNT_MAX}) ELSE 0 END`;
      for (;;) {
        const [row] = await connection.run({ text, values: [lock, boundary] });
        if (Number(row?.[0]) < REMOVED_COUNT_MAX) return;
      }
    });
  }

  async #readClock(): Promise<void> {
    const { clock, pool } = this.#options;
    const text = 'SELECT extract(epoch FROM clock_timestamp()) * 1000';
    const [row] = await pool.use((connection) => connection.run({ text, values: [] }));
    clock.note(Number(row?.[0]));
  }

  async #measure(): Promise<void> {
    const { schema, pool } = this.#options;
    const tables = ['rows', 'deltas', 'marks'].map((table) => `pg_total_relation_size('${schema}.${table}')`);
    const text = `SELECT ${tables.join(' + ')}`;
    const [row] = await pool.use((connection) => connection.run({ text, values: [] }));
    this.#sizeBytes = Number(row?.[0] ?? 0);
  }
}
