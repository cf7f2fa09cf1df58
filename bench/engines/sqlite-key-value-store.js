/**
 * The contract of key-value engines over SQLite: write-ahead log, `synchronous = FULL`, so that a transaction is synced
 * when it has committed. Works with `better-sqlite3` and with `node:sqlite`, whose calls have the same form and are
 * synchronous: a sync holds up the event loop.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EngineFailure } from '@annals/store';
import { addToCounter, assertCommit, assertKey } from '../../packages/store/dist/key-value/commit-rules.js';
import { KeyWatchers } from '../../packages/store/dist/key-value/key-watchers.js';
import { WaitingCommits } from './waiting-commits.js';

/**
 * What both libraries have.
 * @typedef {object} Statement
 * @property {(...values: unknown[]) => any} get
 * @property {(...values: unknown[]) => any[]} all
 * @property {(...values: unknown[]) => unknown} run
 */
/** @typedef {{ exec(text: string): unknown, prepare(text: string): Statement, close(): unknown }} Database */

const closed = () => new EngineFailure({ kind: 'unavailable', because: 'closed' });

/**
 * @param {{ directory: string, openDatabase: (path: string) => Database }} options
 * @returns {Promise<import('@annals/store').KeyValueStore>}
 */
export async function openSqliteKeyValueStore({ directory, openDatabase }) {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'rows.sqlite');
  const database = openDatabase(path);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  // With a number of its own for each row: without one, a row of 1 KiB and more takes a page for itself.
  database.exec(
    'CREATE TABLE IF NOT EXISTS rows (key BLOB NOT NULL UNIQUE, version INTEGER NOT NULL, value BLOB NOT NULL)',
  );
  database.exec('CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID');
  return new SqliteKeyValueStore(database, path, openDatabase);
}

/** Reads of one connection: of its transaction's moment, when it is in one. */
class Reader {
  #get;
  #forwards;
  #backwards;

  /** @param {Database} database */
  constructor(database) {
    this.#get = database.prepare('SELECT key, value, version FROM rows WHERE key = ?');
    const range = 'SELECT key, value, version FROM rows WHERE key >= ? AND key < ? ORDER BY key';
    this.#forwards = database.prepare(`${range} LIMIT ?`);
    this.#backwards = database.prepare(`${range} DESC LIMIT ?`);
  }

  /** @param {Uint8Array} key */
  get(key) {
    return this.#get.get(key);
  }

  /** @param {import('@annals/store').KeyValueRange} range */
  list({ start, end, limit, reverse }) {
    return (reverse ? this.#backwards : this.#forwards).all(start, end, Math.max(0, limit));
  }
}

class SqliteKeyValueStore {
  #database;
  #path;
  #openDatabase;
  #reader;
  #put;
  #delete;
  #keepVersion;
  #versionLast;
  #watchers = new KeyWatchers();
  #waiting = new WaitingCommits((batch) => this.#writeBatch(batch));
  /** @type {Set<() => void>} */
  #snapshots = new Set();
  #isClosed = false;
  /** @type {Promise<void> | undefined} */
  #closing;
  #commitCount = 0;
  #batchCount = 0;

  /**
   * @param {Database} database
   * @param {string} path
   * @param {(path: string) => Database} openDatabase
   */
  constructor(database, path, openDatabase) {
    this.#database = database;
    this.#path = path;
    this.#openDatabase = openDatabase;
    this.#reader = new Reader(database);
    this.#put = database.prepare(
      `INSERT INTO rows (key, version, value) VALUES (?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET version = excluded.version, value = excluded.value`,
    );
    this.#delete = database.prepare('DELETE FROM rows WHERE key = ?');
    this.#keepVersion = database.prepare("INSERT OR REPLACE INTO state (name, value) VALUES ('version', ?)");
    this.#versionLast = database.prepare("SELECT value FROM state WHERE name = 'version'").get()?.value ?? 0;
  }

  /** @param {Uint8Array} key */
  async get(key) {
    this.#assertOpen();
    assertKey(key);
    return this.#reader.get(key);
  }

  /** @param {import('@annals/store').KeyValueRange} range */
  async list(range) {
    this.#assertOpen();
    return this.#reader.list(range);
  }

  /** @param {import('@annals/store').KeyValueCommit} commit */
  async commit(commit) {
    this.#assertOpen();
    return this.#waiting.add(commit, assertCommit(commit));
  }

  async snapshot() {
    this.#assertOpen();
    const database = this.#openDatabase(this.#path);
    database.exec('BEGIN');
    // The moment is that of the first read.
    const reader = new Reader(database);
    reader.get(Uint8Array.of(0));
    /** @type {Reader | undefined} */
    let open = reader;
    const opened = () => {
      if (open === undefined) throw closed();
      return open;
    };
    const close = () => {
      if (open === undefined) return;
      open = undefined;
      this.#snapshots.delete(close);
      database.exec('COMMIT');
      database.close();
    };
    this.#snapshots.add(close);
    return {
      get: async (/** @type {Uint8Array} */ key) => {
        assertKey(key);
        return opened().get(key);
      },
      list: async (/** @type {import('@annals/store').KeyValueRange} */ range) => opened().list(range),
      close: async () => close(),
    };
  }

  /**
   * @param {Uint8Array} key
   * @param {() => void} listener
   */
  watch(key, listener) {
    this.#assertOpen();
    return this.#watchers.add(assertKey(key), listener);
  }

  statistics() {
    this.#assertOpen();
    const sizeBytes = ['', '-wal'].reduce(
      (sum, suffix) => sum + (statSync(this.#path + suffix, { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
    return { commitCount: this.#commitCount, batchCount: this.#batchCount, sizeBytes };
  }

  close() {
    this.#isClosed = true;
    this.#closing ??= (async () => {
      await this.#waiting.settle();
      for (const close of [...this.#snapshots]) close();
      this.#watchers.clear();
      this.#database.close();
    })();
    return this.#closing;
  }

  /** @param {readonly import('./waiting-commits.js').Waiting[]} batch */
  #writeBatch(batch) {
    /** @type {(() => void)[]} */
    const answers = [];
    const versionBefore = this.#versionLast;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const waiting of batch) answers.push(this.#apply(waiting));
      this.#keepVersion.run(this.#versionLast);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#versionLast = versionBefore;
      try {
        this.#database.exec('ROLLBACK');
      } catch {
        // SQLite has rolled back by itself.
      }
      throw error;
    }
    this.#batchCount += 1;
    for (const answer of answers) answer();
  }

  /** @param {import('./waiting-commits.js').Waiting} waiting @returns {() => void} what to say once it is durable */
  #apply({ commit: { checks = [], puts = [], deletes = [], sums = [] }, written, resolve, reject }) {
    if (!checks.every(({ key, version }) => this.#reader.get(key)?.version === version)) {
      return () => resolve({ committed: false });
    }
    /** @type {{ key: Uint8Array, value: Uint8Array }[]} */
    let summed;
    try {
      summed = sums.map(({ key, delta }) => ({ key, value: addToCounter(this.#reader.get(key)?.value, delta) }));
    } catch (error) {
      return () => reject(error);
    }
    this.#versionLast += 1;
    const version = this.#versionLast;
    for (const { key, value } of [...puts, ...summed]) this.#put.run(key, version, value);
    for (const key of deletes) this.#delete.run(key);
    return () => {
      this.#commitCount += 1;
      for (const text of written) this.#watchers.notify(text);
      resolve({ committed: true, version });
    };
  }

  #assertOpen() {
    if (this.#isClosed) throw closed();
  }
}
