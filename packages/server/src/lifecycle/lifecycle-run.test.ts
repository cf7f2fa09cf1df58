import { parseLifecycleConfiguration } from '@annals/protocol';
import {
  type ObjectStore,
  openMemoryBlobStore,
  openMemoryKeyValueStore,
  openObjectStore,
  RETENTION_CONFIGURATION,
} from '@annals/store';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LifecycleAction, runLifecycle } from './lifecycle-run.js';
import { LifecycleWorker, nextRunAtMs } from './lifecycle-worker.js';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);
const BUCKET = 'aging';

let store: ObjectStore;
let nowMs: number;

beforeEach(async () => {
  nowMs = START_MS;
  store = await openObjectStore({
    keyValues: openMemoryKeyValueStore(),
    blobs: openMemoryBlobStore(),
    clock: { nowMs: () => nowMs },
  });
  await store.createBucket({
    name: BUCKET,
    ownerId: '1',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
});

afterEach(() => store.close());

async function setRules(...contents: string[]): Promise<void> {
  const rules = contents.map((content, index) => `<Rule><ID>r${index}</ID><Status>Enabled</Status>${content}</Rule>`);
  const lifecycle = parseLifecycleConfiguration(`<LifecycleConfiguration>${rules.join('')}</LifecycleConfiguration>`);
  await store.updateBucket(BUCKET, { configurations: { lifecycle } });
}

function attributesOf(tags: Record<string, string> = {}) {
  return { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags } as const;
}

async function put(key: string, tags: Record<string, string> = {}): Promise<void> {
  const body = {
    length: 1,
    async *open() {
      yield Buffer.from('x');
    },
  };
  await store.putObject(
    {
      bucket: BUCKET,
      key,
      ownerId: '1',
      attributes: attributesOf(tags),
      forbidOverwrite: false,
      expected: {},
      lengthMax: 10,
    },
    body,
  );
}

function run(change: { isStopped?: () => boolean; onAction?: (action: LifecycleAction) => void } = {}) {
  return runLifecycle({
    store,
    nowMs,
    onFailure: (error) => {
      throw error;
    },
    ...change,
  });
}

async function keysLeft(): Promise<string[]> {
  const { objects } = await store.listObjects({ bucket: BUCKET, prefix: '', delimiter: '', after: '', limit: 10_000 });
  return objects.map(({ key }) => key);
}

test('a simulated month over thousands of objects: each expires on its day, a repeated run finds nothing', async () => {
  await setRules('<Prefix>tmp/</Prefix><Expiration><Days>7</Days></Expiration>');
  const bornOn = new Map<string, number>();
  for (let day = 0; day < 30; day++) {
    nowMs = START_MS + day * DAY_MS + 1000;
    for (let index = 0; index < 100; index++) {
      const key = `${index % 4 === 0 ? 'keep' : 'tmp'}/${day}-${index}`;
      bornOn.set(key, day);
      await put(key);
    }
    // An object from 00:00:01 of day 0 is 7 days old on day 7 at 00:00:01, and due at the midnight after.
    nowMs = START_MS + (day + 1) * DAY_MS;
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
  nowMs += DAY_MS;
  let pageCount = 0;
  const first = await run({ isStopped: () => ++pageCount > 3 });
  expect(first.expiredCount).toBeGreaterThan(0);
  expect(first.expiredCount).toBeLessThan(1200);
  const second = await run();
  expect(first.expiredCount + second.expiredCount).toBe(1200);
  expect(await keysLeft()).toEqual([]);
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
    nowMs = START_MS + days * DAY_MS;
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
  nowMs += DAY_MS;
  await put('v');
  const versions = async () => {
    const input = { bucket: BUCKET, prefix: '', delimiter: '', after: undefined, limit: 100 };
    return (await store.listObjectVersions(input)).versions.map(({ kind }) => kind);
  };
  expect(await versions()).toEqual(['object', 'object']);
  nowMs = START_MS + 3 * DAY_MS;
  expect(await run()).toMatchObject({ expiredCount: 1 });
  expect(await versions()).toEqual(['object']);
  nowMs = START_MS + 6 * DAY_MS;
  expect(await run()).toMatchObject({ expiredCount: 1, removedMarkerCount: 0 });
  expect(await versions()).toEqual(['delete-marker', 'object']);
  nowMs = START_MS + 8 * DAY_MS;
  expect(await run()).toMatchObject({ expiredCount: 1 });
  expect(await versions()).toEqual(['delete-marker']);
  nowMs = START_MS + 11 * DAY_MS;
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
  nowMs += 2 * DAY_MS;
  expect(await run()).toMatchObject({ expiredCount: 1650, failedCount: 0 });
  expect((await store.bucketStatistics(BUCKET)).objectCount).toBe(1);
});

test('unfinished uploads are aborted, retained objects left, and every action is told', async () => {
  await setRules('<Expiration><Days>1</Days></Expiration><AbortMultipartUpload><Days>1</Days></AbortMultipartUpload>');
  const target = { bucket: BUCKET, key: 'up', ownerId: '1', attributes: attributesOf(), forbidOverwrite: false };
  const { uploadId } = await store.initiateUpload(target);
  await put('kept');
  const policy = { id: 'w', isLocked: true, retentionDays: 3, createdAtMs: nowMs, append: 'deny' };
  await store.updateBucket(BUCKET, { configurations: { [RETENTION_CONFIGURATION]: policy } });
  nowMs += DAY_MS;
  const actions: LifecycleAction[] = [];
  const report = await run({ onAction: (action) => actions.push(action) });
  expect(report).toMatchObject({ abortedUploadCount: 1, retainedCount: 1, expiredCount: 0, failedCount: 0 });
  expect(actions).toEqual([{ kind: 'abort-upload', bucket: BUCKET, key: 'up', ruleId: 'r0' }]);
  await expect(store.abortUpload({ bucket: BUCKET, key: 'up', uploadId })).rejects.toThrow('no-such-upload');
  nowMs += 2 * DAY_MS;
  expect(await run()).toMatchObject({ expiredCount: 1, retainedCount: 0 });
});

test('what is written between judgement and commit stays', async () => {
  await put('k', { keep: 'no' });
  nowMs += DAY_MS;
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

test('nextRunAtMs is the hour of the day, or so many intervals from it', () => {
  const daily = { hour: 3, intervalMs: DAY_MS };
  expect(nextRunAtMs(START_MS, daily)).toBe(START_MS + 3 * 3_600_000);
  expect(nextRunAtMs(START_MS + 3 * 3_600_000, daily)).toBe(START_MS + DAY_MS + 3 * 3_600_000);
  expect(nextRunAtMs(START_MS + 1, { hour: 3, intervalMs: 3_600_000 })).toBe(START_MS + 3_600_000);
});

test('LifecycleWorker runs when the hour comes and not again before the next', async () => {
  await setRules('<Expiration><Days>1</Days></Expiration>');
  await put('k');
  const waiting: (() => void)[] = [];
  const reports: unknown[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void reports.push(JSON.parse(line)) });
  const worker = new LifecycleWorker({
    store,
    settings: { hour: 1, intervalMs: DAY_MS },
    clock: () => nowMs,
    log,
    timer: (callback) => {
      waiting.push(callback);
      return () => undefined;
    },
  });
  worker.start();
  const wake = async () => {
    const count = waiting.length;
    waiting.shift()?.();
    await expect.poll(() => waiting.length).toBe(count);
  };
  await wake();
  expect(reports).toEqual([]);
  nowMs = START_MS + DAY_MS + 3_600_000;
  await wake();
  expect(await keysLeft()).toEqual([]);
  expect(reports).toMatchObject([
    { msg: 'lifecycle action', kind: 'expire', key: 'k' },
    { msg: 'lifecycle run', expiredCount: 1 },
  ]);
  await wake();
  expect(reports).toHaveLength(2);
  await worker.stop();
});
