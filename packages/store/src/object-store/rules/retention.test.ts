import { expect, test } from 'vitest';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { RETENTION_CONFIGURATION } from '../records/bucket-rules.js';
import type { RetentionPolicy } from '../types.js';
import { DAY_MS, kindOf, plain, RetentionFixture } from './retention-fixture.js';

const START_MS = Date.UTC(2026, 0, 1);

function openFixture(): Promise<RetentionFixture> {
  return RetentionFixture.open({ keyValues: openMemoryKeyValueStore(), blobs: openMemoryBlobStore() }, START_MS);
}

function policy({ store, nowMs }: RetentionFixture, change: Partial<RetentionPolicy>): Promise<unknown> {
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
  const fixture = await openFixture();
  await fixture.put('a');
  await fixture.append('log', 0);
  await policy(fixture, {});
  expect(await kindOf(fixture.put('a'))).toBe('immutable');
  expect(await kindOf(fixture.append('log', 3))).toBe('immutable');
  expect(await kindOf(fixture.append('log', 3, ''))).toBe('done');
  expect(await kindOf(fixture.store.deleteObject({ bucket: 'bucket', key: 'a' }))).toBe('immutable');
  expect(await kindOf(fixture.put('new'))).toBe('done');
  expect(await kindOf(fixture.store.deleteObject({ bucket: 'bucket', key: 'missing' }))).toBe('done');
  fixture.nowMs += 2 * DAY_MS - 1;
  expect(await kindOf(fixture.put('a'))).toBe('immutable');
  fixture.nowMs += 1;
  expect(await kindOf(fixture.put('a'))).toBe('done');
  expect(await kindOf(fixture.append('log', 3))).toBe('done');
});

test('retention that allows appends keeps the bytes that are there', async () => {
  const fixture = await openFixture();
  await fixture.append('log', 0);
  await policy(fixture, { append: 'allow' });
  expect(await kindOf(fixture.append('log', 3))).toBe('done');
  expect(await kindOf(fixture.store.deleteObject({ bucket: 'bucket', key: 'log' }))).toBe('immutable');
});

test('retention that is not locked within a day is void', async () => {
  const fixture = await openFixture();
  await fixture.put('a');
  await policy(fixture, { isLocked: false });
  fixture.nowMs += DAY_MS - 1;
  expect(await kindOf(fixture.put('a'))).toBe('immutable');
  fixture.nowMs += 1;
  expect(await kindOf(fixture.put('a'))).toBe('done');
});

test('retention of one object of a batch leaves the others to be deleted', async () => {
  const fixture = await openFixture();
  await fixture.put('old');
  fixture.nowMs += 3 * DAY_MS;
  await fixture.put('young');
  await policy(fixture, {});
  const outcomes = await fixture.store.deleteObjects('bucket', [{ key: 'old' }, { key: 'young' }]);
  expect(outcomes.map(({ failure }) => failure?.reason.kind)).toEqual([undefined, 'immutable']);
});

test('retention that begins while a body is under way is kept', async () => {
  const fixture = await openFixture();
  await fixture.put('a');
  await fixture.append('log', 0);
  const during = {
    length: 3,
    async *open() {
      yield Buffer.from('la');
      await policy(fixture, {});
      yield Buffer.from('t');
    },
  };
  const input = { bucket: 'bucket', ownerId: '1', callerId: '1', attributes: plain, expected: {} };
  expect(await kindOf(fixture.store.appendObject({ ...input, key: 'log', position: 3 }, during))).toBe('immutable');
  await policy(fixture, { retentionDays: 0 });
  const putting = fixture.store.putObject({ ...input, key: 'a', forbidOverwrite: false, lengthMax: 9 }, during);
  expect(await kindOf(putting)).toBe('immutable');
  expect((await fixture.store.headObject({ bucket: 'bucket', key: 'a' })).lastModifiedAtMs).toBe(START_MS);
});
