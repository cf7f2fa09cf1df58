import { describe, expect, test } from 'vitest';
import { bodyOf } from '../../conformance/object-store-bodies.js';
import { BUCKET, openTestStore, plainAttributes, type TestStore } from '../../conformance/object-store-test-store.js';
import { availabilityOf } from '../rules/archive-state.js';
import type { StorageClass } from '../types.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const target = { bucket: BUCKET, key: 'film' };

async function putFilm({ store }: TestStore, storageClass: StorageClass): Promise<void> {
  const attributes = { ...plainAttributes, storageClass };
  const input = { ...target, ownerId: 'owner', attributes, forbidOverwrite: false, expected: {}, lengthMax: 100 };
  await store.putObject(input, bodyOf('bytes'));
}

describe('restoreObject', () => {
  test('takes as long as the setting says; asking meanwhile is refused, and the days count from when it is done', async () => {
    const testStore = await openTestStore({ settings: { archive: { restoreDelayMs: 5 * HOUR_MS } } });
    const { store, clock } = testStore;
    await putFilm(testStore, 'ColdArchive');
    const availability = async () => availabilityOf(await store.headObject(target), clock.atMs);
    expect(await availability()).toBe('archived');
    const startMs = clock.atMs;
    const { head, wasRestored } = await store.restoreObject({ ...target, days: 2, tier: 'Bulk' });
    expect([wasRestored, head.restore]).toEqual([
      false,
      { tier: 'Bulk', readyAtMs: startMs + 5 * HOUR_MS, expiresAtMs: startMs + 5 * HOUR_MS + 2 * DAY_MS },
    ]);
    expect(await availability()).toBe('restoring');
    const inProgress = { reason: { kind: 'restore-in-progress' } };
    await expect(store.restoreObject({ ...target, days: 2, tier: 'Bulk' })).rejects.toMatchObject(inProgress);
    await expect(store.cleanRestoredObject(target)).rejects.toMatchObject(inProgress);
    const plan = () => plainAttributes;
    const copy = { bucket: BUCKET, key: 'copy', source: target, forbidOverwrite: false, plan };
    await expect(store.copyObject(copy)).rejects.toMatchObject({ reason: { kind: 'archived' } });
    clock.atMs = startMs + 5 * HOUR_MS;
    expect(await availability()).toBe('restored');
    expect((await store.copyObject(copy)).head.restore).toBeUndefined();
    clock.atMs = startMs + 5 * HOUR_MS + 2 * DAY_MS - 1;
    expect(await availability()).toBe('restored');
    clock.atMs++;
    expect(await availability()).toBe('archived');
  });

  test('survives the process', async () => {
    const testStore = await openTestStore();
    await putFilm(testStore, 'Archive');
    const { head } = await testStore.store.restoreObject({ ...target, days: 1, tier: 'Standard' });
    const reopened = await testStore.reopen();
    expect((await reopened.headObject(target)).restore).toEqual(head.restore);
  });

  test('ends with the class it was asked for in', async () => {
    const testStore = await openTestStore();
    const { store, clock } = testStore;
    await putFilm(testStore, 'Archive');
    await store.restoreObject({ ...target, days: 1, tier: 'Standard' });
    const change = (storageClass: StorageClass) => {
      const plan = () => ({ ...plainAttributes, storageClass });
      return store.copyObject({ ...target, source: target, forbidOverwrite: false, plan });
    };
    expect(availabilityOf((await change('Archive')).head, clock.atMs)).toBe('restored');
    expect(availabilityOf((await change('DeepColdArchive')).head, clock.atMs)).toBe('archived');
  });
});

test('the counters of each storage class follow copies, changes of class, uploads in parts and appends', async () => {
  const { store, append, put } = await openTestStore({ settings: { appendable: { copy: 'allow' } } });
  const copy = (from: string, to: string, storageClass: StorageClass) => {
    const plan = () => ({ ...plainAttributes, storageClass });
    const source = { bucket: BUCKET, key: from };
    return store.copyObject({ bucket: BUCKET, key: to, source, forbidOverwrite: false, plan });
  };
  await put('a', '12345');
  await append('log', 0, '123');
  await copy('a', 'a', 'IA');
  await copy('a', 'b', 'Archive');
  await copy('log', 'log', 'IA');
  await append('log', 3, '4567');
  await copy('log', 'c', 'ColdArchive');
  const attributes = { ...plainAttributes, storageClass: 'DeepColdArchive' } as const;
  const upload = { bucket: BUCKET, key: 'd', ownerId: 'owner', attributes, forbidOverwrite: false };
  const { uploadId } = await store.initiateUpload(upload);
  const part = { bucket: BUCKET, key: 'd', uploadId, partNumber: 1, expected: {}, lengthMax: 100 };
  await store.uploadPart(part, bodyOf('12'));
  expect(await store.bucketStatistics(BUCKET)).toMatchObject({ objectCount: 4, uploadCount: 1, partCount: 1 });
  await store.completeUpload({ ...part, parts: 'all', forbidOverwrite: false });
  expect(await store.bucketStatistics(BUCKET)).toEqual({
    objectCount: 5,
    lengthBytes: 26,
    deleteMarkerCount: 0,
    uploadCount: 0,
    liveChannelCount: 0,
    partCount: 0,
    storageClasses: {
      Standard: { objectCount: 0, lengthBytes: 0 },
      IA: { objectCount: 2, lengthBytes: 12 },
      Archive: { objectCount: 1, lengthBytes: 5 },
      ColdArchive: { objectCount: 1, lengthBytes: 7 },
      DeepColdArchive: { objectCount: 1, lengthBytes: 2 },
    },
  });
});
