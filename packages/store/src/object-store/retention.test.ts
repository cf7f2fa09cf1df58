import { expect, test } from 'vitest';
import { openMemoryBlobStore } from '../blob/memory/open.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { RETENTION_CONFIGURATION, type RetentionPolicy } from './retention.js';
import { DAY_MS, kindOf, plain, RetentionTestBench } from './retention-test-bench.js';

const START_MS = Date.UTC(2026, 0, 1);

function openBench(): Promise<RetentionTestBench> {
  return RetentionTestBench.open({ keyValues: openMemoryKeyValueStore(), blobs: openMemoryBlobStore() }, START_MS);
}

function policy({ store, nowMs }: RetentionTestBench, change: Partial<RetentionPolicy>): Promise<unknown> {
  const kept: RetentionPolicy = {
    id: 'w',
    isLocked: true,
    retentionDays: 2,
    createdAtMs: nowMs,
    append: 'deny',
    ...change,
  };
  return store.updateBucket('bucket', { configurations: { [RETENTION_CONFIGURATION]: kept } });
}

test('retention refuses to replace, delete and append until the period is over, and nothing else', async () => {
  const bench = await openBench();
  await bench.put('a');
  await bench.append('log', 0);
  await policy(bench, {});
  expect(await kindOf(bench.put('a'))).toBe('immutable');
  expect(await kindOf(bench.append('log', 3))).toBe('immutable');
  expect(await kindOf(bench.append('log', 3, ''))).toBe('done');
  expect(await kindOf(bench.store.deleteObject({ bucket: 'bucket', key: 'a' }))).toBe('immutable');
  expect(await kindOf(bench.put('new'))).toBe('done');
  expect(await kindOf(bench.store.deleteObject({ bucket: 'bucket', key: 'missing' }))).toBe('done');
  bench.nowMs += 2 * DAY_MS - 1;
  expect(await kindOf(bench.put('a'))).toBe('immutable');
  bench.nowMs += 1;
  expect(await kindOf(bench.put('a'))).toBe('done');
  expect(await kindOf(bench.append('log', 3))).toBe('done');
});

test('retention that allows appends keeps the bytes that are there', async () => {
  const bench = await openBench();
  await bench.append('log', 0);
  await policy(bench, { append: 'allow' });
  expect(await kindOf(bench.append('log', 3))).toBe('done');
  expect(await kindOf(bench.store.deleteObject({ bucket: 'bucket', key: 'log' }))).toBe('immutable');
});

test('retention that is not locked within a day is void', async () => {
  const bench = await openBench();
  await bench.put('a');
  await policy(bench, { isLocked: false });
  bench.nowMs += DAY_MS - 1;
  expect(await kindOf(bench.put('a'))).toBe('immutable');
  bench.nowMs += 1;
  expect(await kindOf(bench.put('a'))).toBe('done');
});

test('retention of one object of a batch leaves the others to be deleted', async () => {
  const bench = await openBench();
  await bench.put('old');
  bench.nowMs += 3 * DAY_MS;
  await bench.put('young');
  await policy(bench, {});
  const outcomes = await bench.store.deleteObjects('bucket', [{ key: 'old' }, { key: 'young' }]);
  expect(outcomes.map(({ failure }) => failure?.reason.kind)).toEqual([undefined, 'immutable']);
});

test('retention that begins while a body is under way is kept', async () => {
  const bench = await openBench();
  await bench.put('a');
  await bench.append('log', 0);
  const during = {
    length: 3,
    async *open() {
      yield Buffer.from('la');
      await policy(bench, {});
      yield Buffer.from('t');
    },
  };
  const input = { bucket: 'bucket', ownerId: '1', callerId: '1', attributes: plain, expected: {} };
  expect(await kindOf(bench.store.appendObject({ ...input, key: 'log', position: 3 }, during))).toBe('immutable');
  await policy(bench, { retentionDays: 0 });
  const putting = bench.store.putObject({ ...input, key: 'a', forbidOverwrite: false, lengthMax: 9 }, during);
  expect(await kindOf(putting)).toBe('immutable');
  expect((await bench.store.headObject({ bucket: 'bucket', key: 'a' })).lastModifiedAtMs).toBe(START_MS);
});
