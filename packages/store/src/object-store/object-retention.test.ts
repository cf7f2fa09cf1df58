import { expect, test } from 'vitest';
import { openMemoryBlobStore } from '../blob/memory/open.js';
import { bodyOf } from '../conformance/object-store-bodies.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { OBJECT_WORM_CONFIGURATION, type ObjectWorm } from './object-retention.js';
import { DAY_MS, kindOf, plain, RetentionTestBench } from './retention-test-bench.js';
import type { ObjectHead, ObjectRetention } from './types.js';

const START_MS = Date.UTC(2024, 1, 29);

/** A bucket that keeps versions, with object WORM. */
function openBench(objectWorm: ObjectWorm = {}): Promise<RetentionTestBench> {
  const engines = { keyValues: openMemoryKeyValueStore(), blobs: openMemoryBlobStore() };
  return RetentionTestBench.open(engines, START_MS, {
    versioning: 'enabled',
    configurations: { [OBJECT_WORM_CONFIGURATION]: objectWorm },
  });
}

function remove(
  { store }: RetentionTestBench,
  { key, versionId }: ObjectHead,
  bypassesGovernance?: boolean,
): Promise<string> {
  return kindOf(
    store.deleteObject({
      bucket: 'bucket',
      key,
      ...(versionId !== undefined && { versionId }),
      ...(bypassesGovernance !== undefined && { bypassesGovernance }),
    }),
  );
}

function retain(
  bench: RetentionTestBench,
  key: string,
  retention: ObjectRetention,
  bypassesGovernance = false,
): Promise<string> {
  return kindOf(bench.store.setObjectRetention({ bucket: 'bucket', key, retention, bypassesGovernance }));
}

test('a retained version cannot be destroyed until its time, only hidden', async () => {
  const bench = await openBench();
  const retention = { mode: 'COMPLIANCE', untilMs: START_MS + DAY_MS } as const;
  const first = await bench.put('a', { retention });
  expect(first.retention).toEqual(retention);
  const second = await bench.put('a');
  expect(second.retention).toBeUndefined();
  expect(await kindOf(bench.store.deleteObject({ bucket: 'bucket', key: 'a' }))).toBe('done');
  expect(await remove(bench, first)).toBe('immutable');
  expect(await remove(bench, first, true)).toBe('immutable');
  expect(await remove(bench, second)).toBe('done');
  const outcomes = await bench.store.deleteObjects('bucket', [
    { key: 'a', ...(first.versionId !== undefined && { versionId: first.versionId }) },
    { key: 'other' },
  ]);
  expect(outcomes.map(({ failure }) => failure?.reason.kind)).toEqual(['immutable', undefined]);
  bench.nowMs += DAY_MS - 1;
  expect(await remove(bench, first)).toBe('immutable');
  bench.nowMs += 1;
  expect(await remove(bench, first)).toBe('done');
});

test('governance gives way to whoever may bypass it, a legal hold to nobody', async () => {
  const bench = await openBench();
  const retention = { mode: 'GOVERNANCE', untilMs: START_MS + DAY_MS } as const;
  const held = await bench.put('a', { retention, legalHold: true });
  expect(await remove(bench, held, true)).toBe('immutable');
  await bench.store.setLegalHold({ bucket: 'bucket', key: 'a', legalHold: false });
  expect(await remove(bench, held)).toBe('immutable');
  expect(await remove(bench, held, true)).toBe('done');
  const lone = await bench.put('b', { legalHold: true });
  bench.nowMs += 1000 * DAY_MS;
  expect(await remove(bench, lone)).toBe('immutable');
});

test('a retention that holds can be extended, and shortened only where it gives way; its mode stays', async () => {
  const bench = await openBench();
  await bench.put('strict', { retention: { mode: 'COMPLIANCE', untilMs: START_MS + 10 } });
  expect(await retain(bench, 'strict', { mode: 'COMPLIANCE', untilMs: START_MS + 9 }, true)).toBe('immutable');
  expect(await retain(bench, 'strict', { mode: 'GOVERNANCE', untilMs: START_MS + 20 }, true)).toBe('immutable');
  expect(await retain(bench, 'strict', { mode: 'COMPLIANCE', untilMs: START_MS + 10 })).toBe('done');
  expect(await retain(bench, 'strict', { mode: 'COMPLIANCE', untilMs: START_MS + 20 })).toBe('done');
  await bench.put('mild', { retention: { mode: 'GOVERNANCE', untilMs: START_MS + 10 } });
  expect(await retain(bench, 'mild', { mode: 'GOVERNANCE', untilMs: START_MS + 9 })).toBe('immutable');
  expect(await retain(bench, 'mild', { mode: 'COMPLIANCE', untilMs: START_MS + 20 }, true)).toBe('immutable');
  expect(await retain(bench, 'mild', { mode: 'GOVERNANCE', untilMs: START_MS + 9 }, true)).toBe('done');
  bench.nowMs += 9;
  expect(await retain(bench, 'mild', { mode: 'COMPLIANCE', untilMs: bench.nowMs + 1 })).toBe('done');
  expect((await bench.store.headObject({ bucket: 'bucket', key: 'mild' })).retention).toEqual({
    mode: 'COMPLIANCE',
    untilMs: bench.nowMs + 1,
  });
});

test.each([
  [{ mode: 'COMPLIANCE', unit: 'days', count: 3 }, START_MS + 3 * DAY_MS],
  // A leap day has no namesake in the next year.
  [{ mode: 'GOVERNANCE', unit: 'years', count: 1 }, Date.UTC(2025, 2, 1)],
] as const)(
  'the default %j counts from the birth of a version, whatever made it',
  async (defaultRetention, untilMs) => {
    const bench = await openBench({ defaultRetention });
    const { store } = bench;
    const born = { mode: defaultRetention.mode, untilMs };
    expect((await bench.put('put')).retention).toEqual(born);
    const own = { mode: 'COMPLIANCE', untilMs: START_MS + 1 } as const;
    expect((await bench.put('own', { retention: own })).retention).toEqual(own);
    const target = { bucket: 'bucket', key: 'copy', forbidOverwrite: false };
    const copied = await store.copyObject({ ...target, source: { bucket: 'bucket', key: 'own' }, plan: () => plain });
    expect(copied.head.retention).toEqual(born);
    const linked = await store.putSymlink({
      bucket: 'bucket',
      key: 'link',
      ownerId: '1',
      attributes: plain,
      forbidOverwrite: false,
      symlinkTarget: 'put',
    });
    expect(linked.retention).toEqual(born);
    const upload = await store.initiateUpload({
      bucket: 'bucket',
      key: 'parts',
      ownerId: '1',
      attributes: plain,
      forbidOverwrite: false,
    });
    const { uploadId } = upload;
    const inUpload = { bucket: 'bucket', key: 'parts', uploadId };
    await store.uploadPart({ ...inUpload, partNumber: 1, expected: {}, lengthMax: 100 }, bodyOf('part'));
    const completed = await store.completeUpload({ ...inUpload, parts: 'all', forbidOverwrite: false });
    expect(completed.retention).toEqual(born);
  },
);

test('appends and object WORM exclude each other', async () => {
  const bench = await openBench();
  const { store } = bench;
  expect(await kindOf(bench.append('log', 0))).toBe('object-worm');
  await bench.makeBucket('late');
  await bench.append('log', 0, 'add', 'late');
  const log = { bucket: 'late', key: 'log' };
  const retention = { mode: 'COMPLIANCE', untilMs: START_MS + DAY_MS } as const;
  expect(await kindOf(store.setObjectRetention({ ...log, retention }))).toBe('object-worm');
  expect(await kindOf(store.setLegalHold({ ...log, legalHold: true }))).toBe('object-worm');
  await store.updateBucket('late', { versioning: 'enabled', configurations: { [OBJECT_WORM_CONFIGURATION]: {} } });
  expect(await kindOf(store.setObjectRetention({ ...log, retention }))).toBe('object-worm');
  expect(await kindOf(bench.append('log', 3, 'add', 'late'))).toBe('object-worm');
  expect(await kindOf(store.setLegalHold({ ...log, legalHold: true }))).toBe('done');
  expect(await kindOf(store.deleteObject({ ...log, versionId: 'null' }))).toBe('immutable');
});

test('what does not destroy a protected version is allowed and leaves the protection', async () => {
  const bench = await openBench();
  const retention = { mode: 'COMPLIANCE', untilMs: START_MS + DAY_MS } as const;
  await bench.put('a', { retention, legalHold: true });
  await bench.store.setObjectTags({ bucket: 'bucket', key: 'a' }, { kept: 'yes' });
  await bench.store.setObjectAcl({ bucket: 'bucket', key: 'a' }, 'public-read');
  const moved = await bench.store.transitionVersion({ bucket: 'bucket', key: 'a' }, 'IA', () => true);
  expect(moved).toBe(true);
  expect(await kindOf(bench.store.expireVersion({ bucket: 'bucket', key: 'a', versionId: 'null' }, () => true))).toBe(
    'done',
  );
  const head = await bench.store.headObject({ bucket: 'bucket', key: 'a' });
  expect(head).toMatchObject({ retention, legalHold: true, storageClass: 'IA', tags: { kept: 'yes' } });
  const expiry = bench.store.expireVersion(
    { bucket: 'bucket', key: 'a', ...(head.versionId !== undefined && { versionId: head.versionId }) },
    () => true,
  );
  expect(await kindOf(expiry)).toBe('immutable');
});
