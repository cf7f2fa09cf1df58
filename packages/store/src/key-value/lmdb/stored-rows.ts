/** Reads of LMDB as the contract wants them: bytes that belong to their reader, versions split off, reverse ranges half-open at the right end. */
import type { RootDatabase, Transaction } from 'lmdb';
import type { KeyValueEntry, KeyValueRange } from '../../contract/key-value-store.js';
import { readVersion, VERSION_LENGTH_BYTES } from './stored-value.js';

/** @param transaction Default: the newest. */
export function storedRow(
  database: RootDatabase<Buffer, Uint8Array>,
  key: Uint8Array,
  transaction?: Transaction,
): KeyValueEntry | undefined {
  const stored = transaction === undefined ? database.getBinary(key) : readAt(database, key, transaction);
  return stored === undefined ? undefined : toEntry(copyBytes(key), stored);
}

/** What the types of the binding leave out: `getBinary` takes a transaction as `get` does. */
function readAt(
  database: RootDatabase<Buffer, Uint8Array>,
  key: Uint8Array,
  transaction: Transaction,
): Uint8Array | undefined {
  const binding = database as unknown as {
    getBinary(key: Uint8Array, options: { readonly transaction: Transaction }): Uint8Array | undefined;
  };
  return binding.getBinary(key, { transaction });
}

/** In the binding's own memory until they are copied here; a long walk is paid for as far as it goes. */
export function* storedRows(
  database: RootDatabase<Buffer, Uint8Array>,
  range: KeyValueRange,
  options: { readonly limit?: number; readonly transaction?: Transaction } = {},
): Generator<KeyValueEntry, void> {
  // In reverse the binding begins at `start` and goes down, so the open end of the range becomes its start.
  const rows = database.getRange(
    range.reverse
      ? { ...options, start: range.end, end: range.start, reverse: true, exclusiveStart: true, inclusiveEnd: true }
      : { ...options, start: range.start, end: range.end },
  );
  for (const { key, value } of rows) yield toEntry(key, value);
}

/** `stored` belongs to nobody else: the binding copied it out of the map. */
function toEntry(key: Uint8Array, stored: Uint8Array): KeyValueEntry {
  return { key, value: stored.subarray(VERSION_LENGTH_BYTES), version: readVersion(stored) };
}

function copyBytes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes);
}
