/**
 * The contract of key-value engines over LevelDB by `classic-level`, with `sync: true` for every batch. LevelDB has no
 * conditions: the engine decides commits by what is stored and by what the batch holds so far, which is right because
 * one process alone has the folder.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EngineFailure } from '@annals/store';
import { ClassicLevel } from 'classic-level';
import { addToCounter, assertCommit, assertKey, keyToText } from '../../packages/store/dist/key-value/commit-rules.js';
import { KeyWatchers } from '../../packages/store/dist/key-value/key-watchers.js';
import { WaitingCommits } from './waiting-commits.js';

const VERSION_LENGTH_BYTES = 8;
/** Stands before all rows. */
const versionKey = Buffer.of(0);
const closed = () => new EngineFailure({ kind: 'unavailable', because: 'closed' });

/** @param {Uint8Array} key @returns {Buffer} as it is stored */
const rowKey = (key) => Buffer.concat([Buffer.of(1), key]);

/**
 * @param {{ directory: string }} options
 * @returns {Promise<import('@annals/store').KeyValueStore>}
 */
export async function openClassicLevelKeyValueStore({ directory }) {
  const database = new ClassicLevel(directory, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  await database.open();
  const stored = await database.get(versionKey);
  return new ClassicLevelKeyValueStore(database, directory, stored === undefined ? 0 : stored.readDoubleLE(0));
}

class ClassicLevelKeyValueStore {
  #database;
  #directory;
  #versionLast;
  #watchers = new KeyWatchers();
  #waiting = new WaitingCommits((batch) => this.#writeBatch(batch));
  #isClosed = false;
  /** @type {Set<() => Promise<void>>} */
  #snapshots = new Set();
  /** @type {Promise<void> | undefined} */
  #closing;
  #commitCount = 0;
  #batchCount = 0;

  /**
   * @param {ClassicLevel<Buffer, Buffer>} database
   * @param {string} directory
   * @param {number} versionLast
   */
  constructor(database, directory, versionLast) {
    this.#database = database;
    this.#directory = directory;
    this.#versionLast = versionLast;
  }

  /** @param {Uint8Array} key */
  async get(key) {
    this.#assertOpen();
    assertKey(key);
    return this.#read(key, {});
  }

  /** @param {import('@annals/store').KeyValueRange} range */
  async list(range) {
    this.#assertOpen();
    return this.#readRange(range, {});
  }

  /** @param {import('@annals/store').KeyValueCommit} commit */
  async commit(commit) {
    this.#assertOpen();
    return this.#waiting.add(commit, assertCommit(commit));
  }

  async snapshot() {
    this.#assertOpen();
    const snapshot = this.#database.snapshot();
    let isOpen = true;
    const assertOpen = () => {
      if (!isOpen) throw closed();
    };
    const close = async () => {
      isOpen = false;
      this.#snapshots.delete(close);
      await snapshot.close();
    };
    this.#snapshots.add(close);
    return {
      get: async (/** @type {Uint8Array} */ key) => {
        assertOpen();
        assertKey(key);
        return this.#read(key, { snapshot });
      },
      list: async (/** @type {import('@annals/store').KeyValueRange} */ range) => {
        assertOpen();
        return this.#readRange(range, { snapshot });
      },
      close,
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
    const sizes = readdirSync(this.#directory).map(
      (name) => statSync(join(this.#directory, name), { throwIfNoEntry: false })?.size ?? 0,
    );
    const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
    return { commitCount: this.#commitCount, batchCount: this.#batchCount, sizeBytes };
  }

  close() {
    this.#isClosed = true;
    this.#closing ??= (async () => {
      await this.#waiting.settle();
      for (const close of [...this.#snapshots]) await close();
      this.#watchers.clear();
      await this.#database.close();
    })();
    return this.#closing;
  }

  /** @param {Uint8Array} key @param {object} options */
  async #read(key, options) {
    const stored = await this.#database.get(rowKey(key), options);
    return stored === undefined ? undefined : entryOf(key, stored);
  }

  /** @param {import('@annals/store').KeyValueRange} range @param {object} options */
  async #readRange({ start, end, limit, reverse = false }, options) {
    if (limit <= 0) return [];
    const rows = await this.#database
      .iterator({ gte: rowKey(start), lt: rowKey(end), limit, reverse, ...options })
      .all();
    return rows.map(([key, stored]) => entryOf(key.subarray(1), stored));
  }

  /** @param {readonly import('./waiting-commits.js').Waiting[]} batch */
  async #writeBatch(batch) {
    /**
     * Rows as they will be when the batch is durable; `undefined` is a deleted one.
     * @type {Map<string, Buffer | undefined>}
     */
    const changed = new Map();
    /** @type {(() => void)[]} */
    const answers = [];
    const versionBefore = this.#versionLast;
    for (const waiting of batch) answers.push(this.#apply(waiting, changed));
    if (changed.size > 0) {
      const version = Buffer.alloc(VERSION_LENGTH_BYTES);
      version.writeDoubleLE(this.#versionLast);
      /** @type {import('classic-level').BatchOperation<ClassicLevel<Buffer, Buffer>, Buffer, Buffer>[]} */
      const operations = [{ type: 'put', key: versionKey, value: version }];
      for (const [text, value] of changed) {
        const key = rowKey(Buffer.from(text, 'latin1'));
        operations.push(value === undefined ? { type: 'del', key } : { type: 'put', key, value });
      }
      try {
        await this.#database.batch(operations, { sync: true });
      } catch (error) {
        this.#versionLast = versionBefore;
        throw error;
      }
    }
    this.#batchCount += 1;
    for (const answer of answers) answer();
  }

  /**
   * @param {import('./waiting-commits.js').Waiting} waiting
   * @param {Map<string, Buffer | undefined>} changed
   * @returns {() => void} what to say once it is durable
   */
  #apply({ commit: { checks = [], puts = [], deletes = [], sums = [] }, written, resolve, reject }, changed) {
    const stored = (/** @type {Uint8Array} */ key) => {
      const text = keyToText(key);
      return changed.has(text) ? changed.get(text) : this.#database.getSync(rowKey(key));
    };
    if (!checks.every(({ key, version }) => stored(key)?.readDoubleLE(0) === version)) {
      return () => resolve({ committed: false });
    }
    /** @type {{ key: Uint8Array, value: Uint8Array }[]} */
    let summed;
    try {
      summed = sums.map(({ key, delta }) => ({
        key,
        value: addToCounter(stored(key)?.subarray(VERSION_LENGTH_BYTES), delta),
      }));
    } catch (error) {
      return () => reject(error);
    }
    this.#versionLast += 1;
    const version = this.#versionLast;
    const versionBytes = Buffer.alloc(VERSION_LENGTH_BYTES);
    versionBytes.writeDoubleLE(version);
    for (const { key, value } of [...puts, ...summed])
      changed.set(keyToText(key), Buffer.concat([versionBytes, value]));
    for (const key of deletes) changed.set(keyToText(key), undefined);
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

/** @param {Uint8Array} key @param {Buffer} stored */
function entryOf(key, stored) {
  return { key, value: stored.subarray(VERSION_LENGTH_BYTES), version: stored.readDoubleLE(0) };
}
