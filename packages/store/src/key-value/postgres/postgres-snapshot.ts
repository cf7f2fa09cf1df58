/**
 * One moment of the database: a transaction that only reads, on a connection of its own, from its opening until it is
 * closed. Leaves out how many there may be.
 */
import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueEntry, KeyValueRange, KeyValueSnapshot } from '../../contract/key-value-store.js';
import { assertKey } from '../commit-rules.js';
import type { ConnectionPool } from './connection-pool.js';
import type { DatabaseConnection, Statement, StatementRow } from './database-connection.js';
import { ConnectionLost, toFailure } from './database-failure.js';
import { entryOf, getStatement, listStatement } from './row-statements.js';

const BEGIN = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/** What snapshots are opened with. */
export interface SnapshotOptions {
  readonly schema: string;
  readonly pool: ConnectionPool;
  readonly patienceMs: number;
  /** Called when it is closed. */
  readonly closed: (snapshot: PostgresSnapshot) => void;
}

/** An open one, or one that was closed. */
export class PostgresSnapshot implements KeyValueSnapshot {
  readonly #options: SnapshotOptions;
  #connection: DatabaseConnection | undefined;
  /** Statements run one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: SnapshotOptions, connection: DatabaseConnection) {
    this.#options = options;
    this.#connection = connection;
  }

  /** @throws {EngineFailure} `unavailable`. */
  static async open(options: SnapshotOptions): Promise<PostgresSnapshot> {
    const { pool, patienceMs } = options;
    const endMs = performance.now() + patienceMs;
    for (;;) {
      let connection: DatabaseConnection | undefined;
      try {
        connection = await pool.acquire(patienceMs);
        // The moment is fixed by the first statement, not by BEGIN.
        await connection.run({ text: `${BEGIN}; SELECT pg_current_snapshot()`, values: [] });
        return new PostgresSnapshot(options, connection);
      } catch (error) {
        if (connection !== undefined) {
          connection.drop();
          pool.release(connection);
        }
        if (!(error instanceof ConnectionLost) || performance.now() >= endMs) throw toFailure(error);
      }
    }
  }

  async get(key: Uint8Array): Promise<KeyValueEntry | undefined> {
    assertKey(key);
    const [row] = await this.#run(getStatement(this.#options.schema, [key]));
    return row === undefined ? undefined : entryOf(row);
  }

  async list(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    return (await this.#run(listStatement(this.#options.schema, range))).map(entryOf);
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    this.#options.closed(this);
    await this.#last;
    try {
      await connection.run({ text: 'ROLLBACK', values: [] });
    } catch {
      connection.drop();
    }
    this.#options.pool.release(connection);
  }

  async #run(statement: Statement): Promise<readonly StatementRow[]> {
    const connection = this.#connection;
    if (connection === undefined) throw new EngineFailure({ kind: 'unavailable', because: 'closed' });
    const answer = this.#last.then(() => connection.run(statement));
    this.#last = answer.catch(() => undefined);
    try {
      return await answer;
    } catch (error) {
      throw toFailure(error);
    }
  }
}
