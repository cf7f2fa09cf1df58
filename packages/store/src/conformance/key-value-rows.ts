/** Rows that the cases of key-value engines write and look at. */
import assert from 'node:assert/strict';
import type { KeyValueCommit, KeyValueEntry, KeyValueStore } from '../contract/key-value-store.js';

/** Bytes of a key or value. */
export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** A text as a key or value. */
export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** What a counter stands at. */
export const counter = (value: Uint8Array): bigint =>
  new DataView(value.buffer, value.byteOffset, value.byteLength).getBigInt64(0, true);

/** A range of all keys that cases use. */
export const ALL = { start: bytes(1), end: bytes(255, 255, 255), limit: 10_000 };

/** The version of a key that must be there. */
export async function versionOf(store: KeyValueStore, key: Uint8Array): Promise<number> {
  const entry = await store.get(key);
  assert.ok(entry, 'the key is there');
  return entry.version;
}

/** Makes a commit that must go through. @returns Its version. */
export async function commitOrThrow(store: KeyValueStore, commit: KeyValueCommit): Promise<number> {
  const outcome = await store.commit(commit);
  assert.ok(outcome.committed, 'the commit went through');
  return outcome.version;
}

/** The keys of entries, to compare them. */
export const hexKeys = (entries: readonly KeyValueEntry[]): string[] =>
  entries.map(({ key }) => Buffer.from(key).toString('hex'));

/** Keys, to compare them. */
export const hex = (keys: readonly Uint8Array[]): string[] => keys.map((key) => Buffer.from(key).toString('hex'));
