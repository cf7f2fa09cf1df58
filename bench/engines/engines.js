/**
 * The engines that are compared, by name. Each is loaded only when it is asked for: `node:sqlite` is not in every Node.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** @typedef {import('@annals/store').KeyValueStore} KeyValueStore */
/** @typedef {{ description: string, open: (directory: string) => Promise<KeyValueStore> }} Engine */

/** @type {Readonly<Record<string, () => Promise<Engine>>>} */
export const ENGINES = {
  'journaled-lmdb': async () => {
    const { openJournaledLmdbKeyValueStore } = await import('@annals/store');
    return {
      description: 'the engine of this project',
      open: (directory) => openJournaledLmdbKeyValueStore({ directory }),
    };
  },
  'classic-level': async () => {
    const { openClassicLevelKeyValueStore } = await import('./classic-level-key-value-store.js');
    return {
      description: `classic-level ${versionOf('classic-level')}, sync: true`,
      open: (directory) => openClassicLevelKeyValueStore({ directory }),
    };
  },
  'better-sqlite3': async () => {
    const { openSqliteKeyValueStore } = await import('./sqlite-key-value-store.js');
    const { default: Database } = await import('better-sqlite3');
    const memory = new Database(':memory:');
    const { version } = /** @type {{ version: string }} */ (memory.prepare('SELECT sqlite_version() AS version').get());
    memory.close();
    return {
      description: `better-sqlite3 ${versionOf('better-sqlite3')}, SQLite ${version}, WAL, synchronous FULL`,
      open: (directory) => openSqliteKeyValueStore({ directory, openDatabase: (path) => new Database(path) }),
    };
  },
  'node-sqlite': async () => {
    const { openSqliteKeyValueStore } = await import('./sqlite-key-value-store.js');
    const { DatabaseSync } = await import('node:sqlite');
    return {
      description: `node:sqlite, SQLite ${process.versions.sqlite}, WAL, synchronous FULL`,
      open: (directory) => openSqliteKeyValueStore({ directory, openDatabase: (path) => new DatabaseSync(path) }),
    };
  },
};

/** @param {string} name of an installed package */
function versionOf(name) {
  const path = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return JSON.parse(readFileSync(path, 'utf8')).version;
}
