/**
 * Reads for callers: `get`s that wait share a statement, and a read whose connection breaks is made again, for as long
 * as callers wait for a database that is away.
 */
import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueEntry, KeyValueRange } from '../../contract/key-value-store.js';
import { keyToText } from '../commit-rules.js';
import type { ConnectionPool } from './connection-pool.js';
import type { DatabaseConnection, StatementRow } from './database-connection.js';
import { ConnectionLost, meaningOf, toFailure } from './database-failure.js';
import { entryOf, getStatement, listStatement } from './row-statements.js';

/** Keys of one statement: values may be large, and all of them are in memory at once. */
const KEY_COUNT_MAX = 64;

/** Statements for `get`s that are under way at once; the rest of the connections are for lists. */
const GETTING_COUNT_MAX = 2;

interface WaitingGet {
  readonly key: Uint8Array;
  readonly resolve: (entry: KeyValueEntry | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Runs a read again when its connection broke, as long as callers wait. */
async function readAgain<Result>(
  pool: ConnectionPool,
  patienceMs: number,
  read: (connection: DatabaseConnection) => Promise<Result>,
): Promise<Result> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await pool.use(read);
    } catch (error) {
      const isPassing = error instanceof ConnectionLost || meaningOf(error) === 'again';
      if (!isPassing || performance.now() >= endMs) throw toFailure(error);
    }
  }
}

/** The reads of one engine. */
export class RowReader {
  readonly #schema: string;
  readonly #pool: ConnectionPool;
  readonly #patienceMs: number;
  #gets: WaitingGet[] = [];
  #gettingCount = 0;
  #isScheduled = false;

  constructor(schema: string, pool: ConnectionPool, patienceMs: number) {
    this.#schema = schema;
    this.#pool = pool;
    this.#patienceMs = patienceMs;
  }

  /** @throws {EngineFailure} `unavailable`. */
  get(key: Uint8Array): Promise<KeyValueEntry | undefined> {
    return new Promise((resolve, reject) => {
      this.#gets.push({ key, resolve, reject });
      if (this.#isScheduled || this.#gettingCount >= GETTING_COUNT_MAX) return;
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.#start();
      });
    });
  }

  /** @throws {EngineFailure} `unavailable`. */
  async list(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    const rows = await this.run((connection) => connection.run(listStatement(this.#schema, range)));
    return rows.map(entryOf);
  }

  /** Reads with a statement of the caller's. @throws {EngineFailure} `unavailable`. */
  run(read: (connection: DatabaseConnection) => Promise<readonly StatementRow[]>): Promise<readonly StatementRow[]> {
    return readAgain(this.#pool, this.#patienceMs, read);
  }

  #start(): void {
    while (this.#gets.length > 0 && this.#gettingCount < GETTING_COUNT_MAX) {
      void this.#answer(this.#gets.splice(0, KEY_COUNT_MAX));
    }
  }

  async #answer(gets: readonly WaitingGet[]): Promise<void> {
    this.#gettingCount += 1;
    try {
      const keys = new Map(gets.map(({ key }) => [keyToText(key), key]));
      const rows = await this.run((connection) => connection.run(getStatement(this.#schema, [...keys.values()])));
      const entries = new Map<string, KeyValueEntry>();
      for (const row of rows) {
        const entry = entryOf(row);
        entries.set(keyToText(entry.key), entry);
      }
      for (const { key, resolve } of gets) resolve(entries.get(keyToText(key)));
    } catch (error) {
      const failure =
        error instanceof Error ? error : new EngineFailure({ kind: 'unavailable', because: 'input-output' });
      for (const { reject } of gets) reject(failure);
    }
    this.#gettingCount -= 1;
    this.#start();
  }
}
