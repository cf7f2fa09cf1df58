import { checks, type OpenedStore, RETENTION_CONFIGURATION } from '@annals/store';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LifecycleAction } from './lifecycle-run.js';
import {
  AgingStore,
  after,
  attributesOf,
  AGING_BUCKET as BUCKET,
  AGING_START_MS as START_MS,
} from './testing/aging-store.js';

const DAY_MS = 86_400_000;

let aging: AgingStore;
let store: OpenedStore;

beforeEach(async () => {
  aging = await AgingStore.open();
  ({ store } = aging);
});

afterEach(() => store.maintenance.close());

const makeBucket = (name: string) => aging.makeBucket(name);
const setRules = (...contents: string[]) => aging.setRules(...contents);
const put: AgingStore['put'] = (...target) => aging.put(...target);
const run: AgingStore['run'] = (change) => aging.run(change);
const keysLeft = async () => [...(await aging.keysLeft())];

test('a simulated month over thousands of objects: each expires on its day, a repeated run finds nothing', async () => {
  await setRules('<Prefix>tmp/</Prefix><Expiration><Days>7</Days></Expiration>');
  const bornOn = new Map<string, number>();
  for (let day = 0; day < 30; day++) {
    aging.nowMs = START_MS + day * DAY_MS + 1000;
    for (let index = 0; index < 100; index++) {
      const key = `${index % 4 === 0 ? 'keep' : 'tmp'}/${day}-${index}`;
      bornOn.set(key, day);
      await put(key);
    }
    // An object from 00:00:01 of day 0 is 7 days old on day 7 at 00:00:01, and due at the midnight after.
    aging.nowMs = START_MS + (day + 1) * DAY_MS;
    const report = await run();
    const expired = day + 1 - 8 >= 0 ? 75 : 0;
    expect([report.expiredCount, report.failedCount, report.bucketCount]).toEqual([expired, 0, 1]);
  }
  const expected = [...bornOn].filter(([key, day]) => key.startsWith('keep') || day > 30 - 8).map(([key]) => key);
  expect((await keysLeft()).sort()).toEqual(expected.sort());
  const again = await run();
  expect([again.expiredCount, again.rowCount]).toEqual([0, 7 * 75]);
  expect((await store.bucketStatistics(BUCKET)).objectCount).toBe(expected.length);
});

test('a run that is broken off is finished by the next', async () => {
  await setRules('<Expiration><Days>1</Days></Expiration>');
  for (let index = 0; index < 1200; index++) await put(`k${String(index).padStart(4, '0')}`);
  aging.nowMs += DAY_MS;
  let pageCount = 0;
  const first = await run({ isStopped: () => ++pageCount > 3 });
  expect(first.expiredCount).toBeGreaterThan(0);
  expect(first.expiredCount).toBeLessThan(1200);
  const second = await run();
  expect(first.expiredCount + second.expiredCount).toBe(1200);
  expect(await keysLeft()).toEqual([]);
});

/** Where the broken-off run stands. */
const cursor = () => store.serviceConfiguration('lifecycleRun', checks.anything);

test('a run that is broken off after any page is taken up there: nothing is walked twice, nothing left out', async () => {
  const other = 'later';
  await makeBucket(other);
  await makeBucket('no-rules');
  await setRules(
    '<Prefix>a</Prefix><Expiration><Days>1</Days></Expiration>',
    '<Prefix>b/</Prefix><Expiration><Days>1</Days></Expiration><AbortMultipartUpload><Days>1</Days></AbortMultipartUpload>',
  );
  const { lifecycle } = (await store.getBucket(BUCKET)).configurations;
  await store.updateBucket(other, { configurations: { lifecycle } });
  const rowCount = 4 * 600 + 2 * 510;
  for (const bucket of [BUCKET, other]) {
    for (let index = 0; index < 600; index++) {
      // Every third is young, and is walked all the same.
      for (const prefix of ['a', 'b/', 'elsewhere/']) await put(`${prefix}${index}`, {}, bucket);
    }
    const upload = { bucket, ownerId: '1', attributes: attributesOf(), forbidOverwrite: false };
    for (let index = 0; index < 510; index++) await store.initiateUpload({ ...upload, key: `b/${index % 7}` });
  }
  expect((await run()).rowCount).toBe(rowCount);
  expect(await cursor()).toBeUndefined();
  for (const pageCount of [2, 3, 4, 5, 7]) {
    const walked = [];
    for (let isFinished = false; !isFinished; ) {
      const report = await run(after(pageCount));
      isFinished = report.isFinished;
      expect([report.startedAtMs, report.isResumed]).toEqual([aging.nowMs, walked.length > 0]);
      expect((await cursor()) === undefined).toBe(isFinished);
      walked.push(report.rowCount);
    }
    expect([pageCount, walked.reduce((sum, count) => sum + count)]).toEqual([pageCount, rowCount]);
    expect(walked.length).toBeGreaterThan(1);
  }
  aging.nowMs += DAY_MS;
  let [expiredCount, abortedUploadCount] = [0, 0];
  for (let isFinished = false; !isFinished; ) {
    const report = await run(after(3));
    ({ isFinished } = report);
    expiredCount += report.expiredCount;
    abortedUploadCount += report.abortedUploadCount;
  }
  expect([expiredCount, abortedUploadCount]).toEqual([4 * 600, 2 * 510]);
});

test('a page that was walked before its place was written is walked again, to no effect', async () => {
  await setRules('<Expiration><Days>1</Days></Expiration>');
  for (let index = 0; index < 1700; index++) await put(`k${String(index).padStart(4, '0')}`);
  aging.nowMs += DAY_MS;
  expect((await run(after(2))).expiredCount).toBe(500);
  const earlier = await cursor();
  expect(earlier).toMatchObject({ bucket: BUCKET, place: { kind: 'versions', after: { key: 'k0499' } } });
  expect((await run(after(1))).expiredCount).toBe(500);
  await store.setServiceConfiguration('lifecycleRun', earlier);
  await put('k0001');
  expect(await run()).toMatchObject({ expiredCount: 700, failedCount: 0, isFinished: true });
  expect(await keysLeft()).toEqual(['k0001']);
});

test('a run is taken up between two versions of one key', async () => {
  await store.updateBucket(BUCKET, { versioning: 'enabled' });
  await setRules('<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>');
  for (let index = 0; index < 1200; index++) await put('k');
  aging.nowMs += 2 * DAY_MS;
  const counts = [(await run(after(2))).expiredCount, (await run(after(1))).expiredCount, (await run()).expiredCount];
  // The current version is the first of the first page.
  expect(counts).toEqual([499, 500, 200]);
});

test('a run is taken up although its bucket is gone, or has other rules', async () => {
  await setRules('<Prefix>k</Prefix><Expiration><Days>1</Days></Expiration>');
  await makeBucket('next');
  const { lifecycle } = (await store.getBucket(BUCKET)).configurations;
  await store.updateBucket('next', { configurations: { lifecycle } });
  for (let index = 0; index < 600; index++) await put(`k${index}`);
  await put('k', {}, 'next');
  expect((await run(after(2))).rowCount).toBe(500);
  await setRules('<Prefix>k1</Prefix><Expiration><Days>1</Days></Expiration>');
  expect((await run(after(1))).rowCount).toBe(111);
  await setRules('<Expiration><Days>1</Days></Expiration>');
  expect((await run()).rowCount).toBe(1);
  expect((await run(after(2))).rowCount).toBe(500);
  aging.nowMs += DAY_MS;
  for (const key of await keysLeft()) await store.deleteObject({ bucket: BUCKET, key });
  await store.deleteBucket(BUCKET);
  expect(await run()).toMatchObject({
    isResumed: true,
    isFinished: true,
    rowCount: 1,
    expiredCount: 1,
    failedCount: 0,
  });
});

test('transitions are counted by class, keep the times, and go on to the next class', async () => {
  await setRules(
    '<Transition><Days>1</Days><StorageClass>IA</StorageClass></Transition><Transition><Days>2</Days><StorageClass>Archive</StorageClass></Transition>',
  );
  await put('a');
  for (const [days, storageClass] of [
    [1, 'IA'],
    [2, 'Archive'],
  ] as const) {
    aging.nowMs = START_MS + days * DAY_MS;
    expect((await run()).transitionedCount).toBe(1);
    expect(await store.headObject({ bucket: BUCKET, key: 'a' })).toMatchObject({
      storageClass,
      lastModifiedAtMs: START_MS,
    });
    const { storageClasses } = await store.bucketStatistics(BUCKET);
    expect(storageClasses[storageClass]).toEqual({ objectCount: 1, lengthBytes: 1 });
    expect(storageClasses.Standard).toEqual({ objectCount: 0, lengthBytes: 0 });
  }
  expect((await run()).transitionedCount).toBe(0);
});

test('versions: an expiration hides, earlier versions end, the lone marker goes last', async () => {
  await store.updateBucket(BUCKET, { versioning: 'enabled' });
  await setRules(
    '<Prefix>v</Prefix><Expiration><Days>5</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>2</NoncurrentDays></NoncurrentVersionExpiration>',
    '<Prefix>other</Prefix><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>',
  );
  await put('v');
  aging.nowMs += DAY_MS;
  await put('v');
  const versions = async () => {
    const input = { bucket: BUCKET, prefix: '', delimiter: '', after: undefined, limit: 100 };
    return (await store.listObjectVersions(input)).versions.map(({ kind }) => kind);
  };
  expect(await versions()).toEqual(['object', 'object']);
  aging.nowMs = START_MS + 3 * DAY_MS;
  expect(await run()).toMatchObject({ expiredCount: 1 });
  expect(await versions()).toEqual(['object']);
  aging.nowMs = START_MS + 6 * DAY_MS;
  expect(await run()).toMatchObject({ expiredCount: 1, removedMarkerCount: 0 });
  expect(await versions()).toEqual(['delete-marker', 'object']);
  aging.nowMs = START_MS + 8 * DAY_MS;
  expect(await run()).toMatchObject({ expiredCount: 1 });
  expect(await versions()).toEqual(['delete-marker']);
  aging.nowMs = START_MS + 11 * DAY_MS;
  expect(await run()).toMatchObject({ removedMarkerCount: 1 });
  expect(await versions()).toEqual([]);
  await put('other');
  await store.deleteObject({ bucket: BUCKET, key: 'other' });
  // A version lies behind it.
  expect(await run()).toMatchObject({ removedMarkerCount: 0 });
});

test('thousands of earlier versions of one key end in pages, also in a suspended bucket', async () => {
  await store.updateBucket(BUCKET, { versioning: 'enabled' });
  await setRules('<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>');
  for (let index = 0; index < 1100; index++) await put('k');
  await store.updateBucket(BUCKET, { versioning: 'suspended' });
  await put('k');
  await store.updateBucket(BUCKET, { versioning: 'enabled' });
  for (let index = 0; index < 550; index++) await put('k');
  aging.nowMs += 2 * DAY_MS;
  expect(await run()).toMatchObject({ expiredCount: 1650, failedCount: 0 });
  expect((await store.bucketStatistics(BUCKET)).objectCount).toBe(1);
});

test('unfinished uploads are aborted, retained objects left, and every action is reported', async () => {
  await setRules('<Expiration><Days>1</Days></Expiration><AbortMultipartUpload><Days>1</Days></AbortMultipartUpload>');
  const target = { bucket: BUCKET, key: 'up', ownerId: '1', attributes: attributesOf(), forbidOverwrite: false };
  const { uploadId } = await store.initiateUpload(target);
  await put('kept');
  const policy = { id: 'w', isLocked: true, retentionDays: 3, createdAtMs: aging.nowMs, append: 'deny' };
  await store.updateBucket(BUCKET, { configurations: { [RETENTION_CONFIGURATION]: policy } });
  aging.nowMs += DAY_MS;
  const actions: LifecycleAction[] = [];
  const report = await run({ onAction: (action) => actions.push(action) });
  expect(report).toMatchObject({ abortedUploadCount: 1, retainedCount: 1, expiredCount: 0, failedCount: 0 });
  expect(actions).toEqual([{ kind: 'abort-upload', bucket: BUCKET, key: 'up', ruleId: 'r0' }]);
  await expect(store.abortUpload({ bucket: BUCKET, key: 'up', uploadId })).rejects.toThrow('no-such-upload');
  aging.nowMs += 2 * DAY_MS;
  expect(await run()).toMatchObject({ expiredCount: 1, retainedCount: 0 });
});

test('what is written between judgement and commit stays', async () => {
  await put('k', { keep: 'no' });
  aging.nowMs += DAY_MS;
  const judged = await store.expireVersion({ bucket: BUCKET, key: 'k' }, ({ lastModifiedAtMs }) => {
    return lastModifiedAtMs > START_MS;
  });
  expect([judged, await keysLeft()]).toEqual([false, ['k']]);
  await put('k');
  const isOld = ({ lastModifiedAtMs }: { lastModifiedAtMs: number }) => lastModifiedAtMs === START_MS;
  expect(await store.expireVersion({ bucket: BUCKET, key: 'k' }, isOld)).toBe(false);
  expect(await store.transitionVersion({ bucket: BUCKET, key: 'k' }, 'IA', isOld)).toBe(false);
  expect(await store.expireVersion({ bucket: BUCKET, key: 'gone' }, () => true)).toBe(false);
  expect(await keysLeft()).toEqual(['k']);
});
