import { expect, test } from 'vitest';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import { bodyOf } from '../../conformance/object-store-bodies.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { OBJECT_WORM_CONFIGURATION } from '../records/bucket-rules.js';
import type { ObjectHead, ObjectRetention, ObjectWorm } from '../types.js';
import { DAY_MS, kindOf, plain, RetentionFixture } from './retention-fixture.js';

const START_MS = Date.UTC(2024, 1, 29);

/** A bucket that keeps versions, with object WORM. */
function openFixture(objectWorm: ObjectWorm = {}): Promise<RetentionFixture> {
  const engines = { keyValues: openMemoryKeyValueStore(), blobs: openMemoryBlobStore() };
  return RetentionFixture.open(engines, START_MS, {
    versioning: 'enabled',
    configurations: { [OBJECT_WORM_CONFIGURATION]: objectWorm },
  });
}

function remove(
  { store }: RetentionFixture,
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
  fixture: RetentionFixture,
  key: string,
  retention: ObjectRetention,
  bypassesGovernance = false,
): Promise<string> {
  return kindOf(fixture.store.setObjectRetention({ bucket: 'bucket', key, retention, bypassesGovernance }));
}

test('a retained version cannot be destroyed until its time, only hidden', async () => {
  const fixture = await openFixture();
  const retention = { mode: 'COMPLIANCE', untilMs: START_MS + DAY_MS } as const;
  const first = await fixture.put('a', { retention });
  expect(first.retention).toEqual(retention);
  const second = await fixture.put('a');
  expect(second.retention).toBeUndefined();
  expect(await kindOf(fixture.store.deleteObject({ bucket: 'bucket', key: 'a' }))).toBe('done');
  expect(await remove(fixture, first)).toBe('immutable');
  expect(await remove(fixture, first, true)).toBe('immutable');
  expect(await remove(fixture, second)).toBe('done');
  const outcomes = await fixture.store.deleteObjects('bucket', [
    { key: 'a', ...(first.versionId !== undefined && { versionId: first.versionId }) },
    { key: 'other' },
  ]);
  expect(outcomes.map(({ failure }) => failure?.reason.kind)).toEqual(['immutable', undefined]);
  fixture.nowMs += DAY_MS - 1;
  expect(await remove(fixture, first)).toBe('immutable');
  fixture.nowMs += 1;
  expect(await remove(fixture, first)).toBe('done');
});

test('a caller with the right may bypass governance, and no caller may bypass a legal hold', async () => {
  const fixture = await openFixture();
  const retention = { mode: 'GOVERNANCE', untilMs: START_MS + DAY_MS } as const;
  const held = await fixture.put('a', { retention, legalHold: true });
  expect(await remove(fixture, held, true)).toBe('immutable');
  await fixture.store.setLegalHold({ bucket: 'bucket', key: 'a', legalHold: false });
  expect(await remove(fixture, held)).toBe('immutable');
  expect(await remove(fixture, held, true)).toBe('done');
  const lone = await fixture.put('b', { legalHold: true });
  fixture.nowMs += 1000 * DAY_MS;
  expect(await remove(fixture, lone)).toBe('immutable');
});

test('a retention that holds can be extended, and shortened only where it gives way; its mode stays', async () => {
  const fixture = await openFixture();
  await fixture.put('strict', { retention: { mode: 'COMPLIANCE', untilMs: START_MS + 10 } });
  expect(await retain(fixture, 'strict', { mode: 'COMPLIANCE', untilMs: START_MS + 9 }, true)).toBe('immutable');
  expect(await retain(fixture, 'strict', { mode: 'GOVERNANCE', untilMs: START_MS + 20 }, true)).toBe('immutable');
  expect(await retain(fixture, 'strict', { mode: 'COMPLIANCE', untilMs: START_MS + 10 })).toBe('done');
  expect(await retain(fixture, 'strict', { mode: 'COMPLIANCE', untilMs: START_MS + 20 })).toBe('done');
  await fixture.put('mild', { retention: { mode: 'GOVERNANCE', untilMs: START_MS + 10 } });
  expect(await retain(fixture, 'mild', { mode: 'GOVERNANCE', untilMs: START_MS + 9 })).toBe('immutable');
  expect(await retain(fixture, 'mild', { mode: 'COMPLIANCE', untilMs: START_MS + 20 }, true)).toBe('immutable');
  expect(await retain(fixture, 'mild', { mode: 'GOVERNANCE', untilMs: START_MS + 9 }, true)).toBe('done');
  fixture.nowMs += 9;
  expect(await retain(fixture, 'mild', { mode: 'COMPLIANCE', untilMs: fixture.nowMs + 1 })).toBe('done');
  expect((await fixture.store.headObject({ bucket: 'bucket', key: 'mild' })).retention).toEqual({
    mode: 'COMPLIANCE',
    untilMs: fixture.nowMs + 1,
  });
});

test.each([
  [{ mode: 'COMPLIANCE', unit: 'days', count: 3 }, START_MS + 3 * DAY_MS],
  // A leap day has no namesake in the next year.
  [{ mode: 'GOVERNANCE', unit: 'years', count: 1 }, Date.UTC(2025, 2, 1)],
] as const)(
  'the default %j counts from the birth of a version, whatever made it',
  async (defaultRetention, untilMs) => {
    const fixture = await openFixture({ defaultRetention });
    const { store } = fixture;
    const born = { mode: defaultRetention.mode, untilMs };
    expect((await fixture.put('put')).retention).toEqual(born);
    const own = { mode: 'COMPLIANCE', untilMs: START_MS + 1 } as const;
    expect((await fixture.put('own', { retention: own })).retention).toEqual(own);
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
  const fixture = await openFixture();
  const { store } = fixture;
  expect(await kindOf(fixture.append('log', 0))).toBe('object-worm');
  await fixture.makeBucket('late');
  await fixture.append('log', 0, 'add', 'late');
  const log = { bucket: 'late', key: 'log' };
  const retention = { mode: 'COMPLIANCE', untilMs: START_MS + DAY_MS } as const;
  expect(await kindOf(store.setObjectRetention({ ...log, retention }))).toBe('object-worm');
  expect(await kindOf(store.setLegalHold({ ...log, legalHold: true }))).toBe('object-worm');
  await store.updateBucket('late', { versioning: 'enabled', configurations: { [OBJECT_WORM_CONFIGURATION]: {} } });
  expect(await kindOf(store.setObjectRetention({ ...log, retention }))).toBe('object-worm');
  expect(await kindOf(fixture.append('log', 3, 'add', 'late'))).toBe('object-worm');
  expect(await kindOf(store.setLegalHold({ ...log, legalHold: true }))).toBe('done');
  expect(await kindOf(store.deleteObject({ ...log, versionId: 'null' }))).toBe('immutable');
});

test('what does not destroy a protected version is allowed and leaves the protection', async () => {
  const fixture = await openFixture();
  const retention = { mode: 'COMPLIANCE', untilMs: START_MS + DAY_MS } as const;
  await fixture.put('a', { retention, legalHold: true });
  await fixture.store.setObjectTags({ bucket: 'bucket', key: 'a' }, { kept: 'yes' });
  await fixture.store.setObjectAcl({ bucket: 'bucket', key: 'a' }, 'public-read');
  const moved = await fixture.store.transitionVersion({ bucket: 'bucket', key: 'a' }, 'IA', () => true);
  expect(moved).toBe(true);
  expect(await kindOf(fixture.store.expireVersion({ bucket: 'bucket', key: 'a', versionId: 'null' }, () => true))).toBe(
    'done',
  );
  const head = await fixture.store.headObject({ bucket: 'bucket', key: 'a' });
  expect(head).toMatchObject({ retention, legalHold: true, storageClass: 'IA', tags: { kept: 'yes' } });
  const expiry = fixture.store.expireVersion(
    { bucket: 'bucket', key: 'a', ...(head.versionId !== undefined && { versionId: head.versionId }) },
    () => true,
  );
  expect(await kindOf(expiry)).toBe('immutable');
});
