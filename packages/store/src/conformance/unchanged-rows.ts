/**
 * Stands between the object store and an engine and watches that the store keeps to the contract's rule that nobody
 * changes bytes of rows that were handed over, in either direction: engines hand the same bytes to many readers.
 */
import { crc32 } from 'node:zlib';
import type { KeyValueStore } from '../contract/key-value-store.js';
import { interceptKeyValues } from './object-store-interception.js';

/** Arrays watched at the same time; each is looked at when so many others have come after it. */
const WATCHED_COUNT_MAX = 4096;

/** An engine whose rows are watched. */
export interface WatchedRows {
  readonly keyValues: KeyValueStore;
  /** @throws {Error} Bytes of a row were changed. */
  assertUnchanged(): void;
}

/** The same engine; `assertUnchanged` may be called at any time. */
export function watchRows(engine: KeyValueStore): WatchedRows {
  const watched: { readonly bytes: Uint8Array; readonly checksum: number }[] = [];
  let changed: string | undefined;
  const look = (count: number): void => {
    for (const { bytes, checksum } of watched.splice(0, count)) {
      if (crc32(bytes) !== checksum) changed ??= Buffer.from(bytes).toString('latin1').slice(0, 100);
    }
  };
  const watch = (...rows: readonly Uint8Array[]): void => {
    for (const bytes of rows) watched.push({ bytes, checksum: crc32(bytes) });
    if (watched.length > WATCHED_COUNT_MAX) look(watched.length - WATCHED_COUNT_MAX);
  };
  const keyValues = interceptKeyValues(engine, {
    async get(_, pass) {
      const entry = await pass();
      if (entry !== undefined) watch(entry.key, entry.value);
      return entry;
    },
    async list(_, pass) {
      const entries = await pass();
      for (const { key, value } of entries) watch(key, value);
      return entries;
    },
    commit({ puts = [], deletes = [], sums = [] }, pass) {
      for (const { key, value } of puts) watch(key, value);
      for (const key of deletes) watch(key);
      for (const { key } of sums) watch(key);
      return pass();
    },
  });
  return {
    keyValues,
    assertUnchanged() {
      look(watched.length);
      if (changed !== undefined) throw new Error(`Bytes of a row were changed, and are now ${JSON.stringify(changed)}`);
    },
  };
}
