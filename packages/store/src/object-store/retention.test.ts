import { expect, test } from 'vitest';
import { openMemoryBlobStore } from '../blob/memory/open.js';
import type { StoreFailure } from '../contract/store-failure.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { type ObjectStore, openObjectStore } from './object-store.js';
import { RETENTION_CONFIGURATION, type RetentionPolicy } from './retention.js';
import type { ObjectAttributes } from './types.js';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);
const attributes: ObjectAttributes = { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} };

interface Bench {
  readonly store: ObjectStore;
  nowMs: number;
}

async function openBench(): Promise<Bench> {
  const bench = { nowMs: START_MS } as { store: ObjectStore; nowMs: number };
  bench.store = await openObjectStore({
    keyValues: openMemoryKeyValueStore(),
    blobs: openMemoryBlobStore(),
    clock: { nowMs: () => bench.nowMs },
  });
  await bench.store.createBucket({
    name: 'bucket',
    ownerId: '1',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
  return bench;
}

function policy(bench: Bench, change: Partial<RetentionPolicy>): Promise<unknown> {
  const kept: RetentionPolicy = {
    id: 'w',
    isLocked: true,
    retentionDays: 2,
    createdAtMs: bench.nowMs,
    append: 'deny',
    ...change,
  };
  return bench.store.updateBucket('bucket', { configurations: { [RETENTION_CONFIGURATION]: kept } });
}

function bodyOf(text: string) {
  const bytes = Buffer.from(text);
  return {
    length: bytes.length,
    async *open() {
      yield bytes;
    },
  };
}

function put({ store }: Bench, key: string): Promise<unknown> {
  const input = { bucket: 'bucket', key, ownerId: '1', attributes, forbidOverwrite: false, expected: {} };
  return store.putObject({ ...input, lengthMax: 100 }, bodyOf('put'));
}

function append({ store }: Bench, key: string, position: number, text = 'add'): Promise<unknown> {
  const input = { bucket: 'bucket', key, ownerId: '1', callerId: '1', attributes, expected: {}, position };
  return store.appendObject(input, bodyOf(text));
}

async function kindOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: StoreFailure) => error.reason.kind,
  );
}

test('retention refuses to replace, delete and append until the period is over, and nothing else', async () => {
  const bench = await openBench();
  await put(bench, 'a');
  await append(bench, 'log', 0);
  await policy(bench, {});
  expect(await kindOf(put(bench, 'a'))).toBe('immutable');
  expect(await kindOf(append(bench, 'log', 3))).toBe('immutable');
  expect(await kindOf(append(bench, 'log', 3, ''))).toBe('done');
  expect(await kindOf(bench.store.deleteObject({ bucket: 'bucket', key: 'a' }))).toBe('immutable');
  expect(await kindOf(put(bench, 'new'))).toBe('done');
  expect(await kindOf(bench.store.deleteObject({ bucket: 'bucket', key: 'missing' }))).toBe('done');
  bench.nowMs += 2 * DAY_MS - 1;
  expect(await kindOf(put(bench, 'a'))).toBe('immutable');
  bench.nowMs += 1;
  expect(await kindOf(put(bench, 'a'))).toBe('done');
  expect(await kindOf(append(bench, 'log', 3))).toBe('done');
});

test('retention that allows appends keeps the bytes that are there', async () => {
  const bench = await openBench();
  await append(bench, 'log', 0);
  await policy(bench, { append: 'allow' });
  expect(await kindOf(append(bench, 'log', 3))).toBe('done');
  expect(await kindOf(bench.store.deleteObject({ bucket: 'bucket', key: 'log' }))).toBe('immutable');
});

test('retention that is not locked within a day is void', async () => {
  const bench = await openBench();
  await put(bench, 'a');
  await policy(bench, { isLocked: false });
  bench.nowMs += DAY_MS - 1;
  expect(await kindOf(put(bench, 'a'))).toBe('immutable');
  bench.nowMs += 1;
  expect(await kindOf(put(bench, 'a'))).toBe('done');
});

test('retention of one object of a batch leaves the others to be deleted', async () => {
  const bench = await openBench();
  await put(bench, 'old');
  bench.nowMs += 3 * DAY_MS;
  await put(bench, 'young');
  await policy(bench, {});
  const outcomes = await bench.store.deleteObjects('bucket', [{ key: 'old' }, { key: 'young' }]);
  expect(outcomes.map(({ failure }) => failure?.kind)).toEqual([undefined, 'immutable']);
});

test('retention that begins while a body is under way is kept', async () => {
  const bench = await openBench();
  await put(bench, 'a');
  await append(bench, 'log', 0);
  const during = {
    length: 3,
    async *open() {
      yield Buffer.from('la');
      await policy(bench, {});
      yield Buffer.from('t');
    },
  };
  const input = { bucket: 'bucket', ownerId: '1', callerId: '1', attributes, expected: {} };
  expect(await kindOf(bench.store.appendObject({ ...input, key: 'log', position: 3 }, during))).toBe('immutable');
  await policy(bench, { retentionDays: 0 });
  const putting = bench.store.putObject({ ...input, key: 'a', forbidOverwrite: false, lengthMax: 9 }, during);
  expect(await kindOf(putting)).toBe('immutable');
  expect((await bench.store.headObject({ bucket: 'bucket', key: 'a' })).lastModifiedAtMs).toBe(START_MS);
});
