import { afterEach, beforeEach, expect, it } from 'vitest';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { openObjectStore } from '../object-store.js';
import { findLiveGateways } from './find-live-gateways.js';

let keyValues: KeyValueStore;

beforeEach(async () => {
  keyValues = await openMemoryKeyValueStore();
});

afterEach(() => keyValues.close());

it('findLiveGateways tells one that gives signs of life from one that was killed', async () => {
  expect(await findLiveGateways(keyValues)).toBe(0);
  let beat = (): void => undefined;
  const timer = (callback: () => void): (() => void) => {
    beat = callback;
    return () => undefined;
  };
  const shared = { ...keyValues, close: async () => undefined } as KeyValueStore;
  for (const name of ['get', 'list', 'commit', 'snapshot', 'watch', 'statistics'] as const) {
    Object.assign(shared, { [name]: keyValues[name].bind(keyValues) });
  }
  const store = await openObjectStore({ keyValues: shared, blobs: await openMemoryBlobStore(), gateways: { timer } });
  const waited: number[] = [];
  const look = { goneAfterMs: 300, pollMs: 5, onWait: (count: number) => void waited.push(count) };
  // No sign of life: as one that was killed.
  expect(await findLiveGateways(keyValues, look)).toBe(0);
  const found = findLiveGateways(keyValues, { ...look, goneAfterMs: 60_000 });
  const beating = setInterval(() => beat(), 20);
  expect(await found).toBe(1);
  clearInterval(beating);
  expect(waited).toEqual([1, 1]);
  await store.maintenance.close();
  expect(await findLiveGateways(keyValues)).toBe(0);
});
