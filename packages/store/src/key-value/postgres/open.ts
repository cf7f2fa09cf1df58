/**
 * The key-value engine `postgres`: metadata in a PostgreSQL database that any number of processes may have open. How it
 * works and what it costs: `docs/decisions/0007-metadata-in-postgresql.md`; what it promises: `docs/engines.md`. Leaves
 * out the store that is opened (`postgres-key-value-store.ts`).
 */
import type { CommitObserver, KeyValueStore } from '../../contract/key-value-store.js';
import { connect } from './connect.js';
import { DatabaseAccess } from './connection-pool.js';
import { connectionSettings, type Environment } from './connection-settings.js';
import { DatabaseClock } from './database-clock.js';
import type { DatabaseConnection } from './database-connection.js';
import { toFailure } from './database-failure.js';
import { MARK_AGE_MS_MAX } from './housekeeping.js';
import { PostgresKeyValueStore } from './postgres-key-value-store.js';
import { prepareSchema } from './prepare-schema.js';

/** Where the database is, and how it is used. Times in ms. */
export interface PostgresKeyValueStoreOptions {
  /**
   * `postgres://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE?sslmode=verify-full`; every part may be missing. The hosts
   * are one cluster: the one that accepts writes is used.
   */
  readonly url: string;
  /** For what the URL leaves out: `PGHOST`, `PGPASSWORD` and so on; those of the process unless given. */
  readonly environment?: Environment;
  /** Where the tables are; small letters, digits and `_`. `annals` unless given. */
  readonly schema?: string;
  /** Of one host; 5,000 unless given. */
  readonly connectTimeoutMs?: number;
  /** How long the server works on a statement, waits for locks included; 30,000 unless given. */
  readonly statementTimeoutMs?: number;
  /** How long calls wait for a database that is away; 15,000 unless given. */
  readonly patienceMs?: number;
  /** How long it is tried to find out about a commit whose connection broke; 60,000 unless given, 300,000 at most. */
  readonly resolveTimeoutMs?: number;
  /** How often commits of other processes are looked for, while there are watches; 50 unless given. */
  readonly watchIntervalMs?: number;
  /** Connections at most, 8 or more; 16 unless given. A third of them is for snapshots. */
  readonly connectionCountMax?: number;
  /** Whether tables are made in a database that has none; unless given they are. */
  readonly makesTables?: boolean;
  /** Also use a server whose settings can lose acknowledged commits (`fsync` and others are off). */
  readonly allowsDataLoss?: boolean;
  readonly observeBatch?: CommitObserver;
  /** The clock of this machine, in ms since 1970; `Date.now` unless given. */
  readonly nowMs?: () => number;
}

const RESOLVE_TIMEOUT_MS_MAX = MARK_AGE_MS_MAX / 3;
const CONNECTION_COUNT_MIN = 8;
/** Beside reads and snapshots: 4 for transactions, 2 for care. */
const OTHER_CONNECTION_COUNT = 6;

/**
 * Opens the database, and makes the tables in one that is new. Everything acknowledged by any process is there.
 * @throws {RangeError} An option or the URL is wrong, or there are no tables and `makesTables` is false; no message
 *   holds a password.
 * @throws {EngineFailure} `unavailable`: no host can be used, or the clock of this machine is wrong; the cause says
 *   why.
 */
export async function openPostgresKeyValueStore(options: PostgresKeyValueStoreOptions): Promise<KeyValueStore> {
  const { schema = 'annals', patienceMs = 15_000, resolveTimeoutMs = 60_000, connectionCountMax = 16 } = options;
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new RangeError(`Cannot use schema "${schema}": wanted small letters, digits and _`);
  }
  if (!(resolveTimeoutMs <= RESOLVE_TIMEOUT_MS_MAX)) {
    throw new RangeError(`Cannot use resolveTimeoutMs ${resolveTimeoutMs}: wanted at most ${RESOLVE_TIMEOUT_MS_MAX}`);
  }
  if (!(connectionCountMax >= CONNECTION_COUNT_MIN)) {
    throw new RangeError(
      `Cannot use connectionCountMax ${connectionCountMax}: wanted at least ${CONNECTION_COUNT_MIN}`,
    );
  }
  const connectOptions = {
    settings: connectionSettings(options.url, options.environment ?? process.env),
    connectTimeoutMs: options.connectTimeoutMs ?? 5000,
    statementTimeoutMs: options.statementTimeoutMs ?? 30_000,
    allowsDataLoss: options.allowsDataLoss ?? false,
  };
  const clock = new DatabaseClock(options.nowMs ?? Date.now);
  const connectOnce = async (): Promise<DatabaseConnection> => {
    const connection = await connect(connectOptions);
    clock.note(connection.nowMs());
    return connection;
  };
  try {
    const first = await connectOnce();
    try {
      clock.assertRight();
      await prepareSchema(first, schema, options.makesTables ?? true);
    } finally {
      await first.close();
    }
  } catch (error) {
    throw error instanceof RangeError ? error : toFailure(error);
  }
  const snapshotCountMax = Math.floor((connectionCountMax - OTHER_CONNECTION_COUNT) / 2);
  const store = new PostgresKeyValueStore({
    schema,
    access: new DatabaseAccess(connectOnce, patienceMs),
    clock,
    patienceMs,
    resolveTimeoutMs,
    watchIntervalMs: options.watchIntervalMs ?? 50,
    snapshotCountMax,
    readingCountMax: connectionCountMax - OTHER_CONNECTION_COUNT - snapshotCountMax,
    observeBatch: options.observeBatch,
  });
  try {
    await store.start();
  } catch (error) {
    await store.close();
    throw toFailure(error);
  }
  return store;
}
