/**
 * Walks the operations with their largest inputs, and bounds what each holds the others up with: rows of one commit,
 * and rows read in one turn of the event loop. Counted, not timed. A new operation that goes through many rows belongs
 * into the table.
 */
import { describe, expect, test } from 'vitest';
import { bodyOf } from '../conformance/object-store-bodies.js';
import {
  BUCKET,
  collect,
  openTestStore,
  plainAttributes,
  type TestStore,
} from '../conformance/object-store-test-store.js';
import type { KeyValueStore } from '../contract/key-value-store.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { SHORT_ROW_COUNT_MAX, TURN_ROW_COUNT_MAX } from './context/paced-reads.js';
import { nextTurn } from './context/turn-budget.js';
import type { UploadTarget } from './multipart-types.js';

/** The largest commit is that of a compaction: so many extents, and a few rows besides. */
const COMMIT_ROW_COUNT_MAX = 2048 + 16;
const COMMIT_LENGTH_BYTES_MAX = 4 * 1024 * 1024;
/**
 * What a turn reads, what one list may bring above that, and the turn after, which begins before this test sees that it
 * does.
 */
const ROW_COUNT_MAX = 2 * (TURN_ROW_COUNT_MAX + SHORT_ROW_COUNT_MAX + 1024);

/** What was seen since the last reset. */
interface Held {
  commitRowCount: number;
  commitLengthBytes: number;
  turnRowCount: number;
}

function observe(engine: KeyValueStore): { readonly keyValues: KeyValueStore; readonly held: Held } {
  const held: Held = { commitRowCount: 0, commitLengthBytes: 0, turnRowCount: 0 };
  let rowCount = 0;
  let isScheduled = false;
  const count = (lengths: readonly number[]): void => {
    if (!isScheduled) {
      isScheduled = true;
      setImmediate(() => {
        isScheduled = false;
        rowCount = 0;
      });
    }
    for (const length of lengths) rowCount += 1 + Math.floor(length / 2048);
    held.turnRowCount = Math.max(held.turnRowCount, rowCount);
  };
  return {
    held,
    keyValues: {
      async get(key) {
        const entry = await engine.get(key);
        count([entry?.value.length ?? 0]);
        return entry;
      },
      async list(range) {
        const entries = await engine.list(range);
        count(entries.map(({ value }) => value.length));
        return entries;
      },
      commit(commit) {
        const { puts = [], deletes = [], sums = [] } = commit;
        held.commitRowCount = Math.max(held.commitRowCount, puts.length + deletes.length + sums.length);
        const lengthBytes = puts.reduce((sum, { value }) => sum + value.length, 0);
        held.commitLengthBytes = Math.max(held.commitLengthBytes, lengthBytes);
        return engine.commit(commit);
      },
      snapshot: () => engine.snapshot(),
      watch: (key, listener) => engine.watch(key, listener),
      statistics: () => engine.statistics(),
      close: () => engine.close(),
    },
  };
}

const PART_COUNT = 10_000;
const PAGE = { bucket: BUCKET, prefix: '', delimiter: '', after: '', limit: 1000 };

async function uploadParts({ store }: TestStore, key: string): Promise<UploadTarget> {
  const input = { bucket: BUCKET, key, ownerId: 'owner', attributes: plainAttributes, forbidOverwrite: false };
  const { uploadId } = await store.initiateUpload(input);
  const target = { bucket: BUCKET, key, uploadId };
  for (let partNumber = 1; partNumber <= PART_COUNT; partNumber++) {
    await store.uploadPart({ ...target, partNumber, expected: {}, lengthMax: 100 }, bodyOf('x'));
  }
  return target;
}

/** The longest user metadata that the protocol takes. */
const LONG = { ...plainAttributes, user: { long: 'x'.repeat(8 * 1024 - 4) } };

async function putMany({ store }: TestStore, keys: readonly string[], attributes = plainAttributes): Promise<void> {
  const base = { bucket: BUCKET, ownerId: 'owner', attributes, expected: {}, forbidOverwrite: false, lengthMax: 100 };
  for (const key of keys) await store.putObject({ ...base, key }, bodyOf('x'));
}

const keysOf = (count: number, name = 'key'): string[] =>
  Array.from({ length: count }, (_, index) => `${name} ${String(index).padStart(6, '0')}`);

async function appendMany({ store }: TestStore, key: string, count: number): Promise<void> {
  const base = { bucket: BUCKET, key, ownerId: 'owner', callerId: 'caller', attributes: plainAttributes, expected: {} };
  for (let position = 0; position < count; position++) await store.appendObject({ ...base, position }, bodyOf('x'));
}

async function sweepAll({ store }: TestStore): Promise<void> {
  while ((await store.maintenance.sweepGarbage({ rowCountMax: 8192 })).hasMore);
}

interface Walk<Prepared = unknown> {
  readonly name: string;
  prepare(testStore: TestStore): Promise<Prepared>;
  run(testStore: TestStore, prepared: Prepared): Promise<unknown>;
}

function walk<Prepared>(
  name: string,
  prepare: (testStore: TestStore) => Promise<Prepared>,
  run: (testStore: TestStore, prepared: Prepared) => Promise<unknown>,
): Walk {
  return { name, prepare, run: (testStore, prepared) => run(testStore, prepared as Prepared) };
}

const WALKS: readonly Walk[] = [
  walk(
    'completing an upload of 10,000 parts, listing them, and what the sweep does afterwards',
    (testStore) => uploadParts(testStore, 'many'),
    async (testStore, target) => {
      await testStore.store.listParts({ ...target, after: 0, limit: 1000 });
      await testStore.store.completeUpload({ ...target, parts: 'all', forbidOverwrite: false });
      await sweepAll(testStore);
      await testStore.store.deleteObject({ bucket: BUCKET, key: 'many' });
      await sweepAll(testStore);
    },
  ),
  walk(
    'aborting an upload of 10,000 parts',
    (testStore) => uploadParts(testStore, 'many'),
    async (testStore, target) => {
      await testStore.store.abortUpload(target);
      await sweepAll(testStore);
    },
  ),
  walk(
    'eight batch deletions of 1,000 keys at once, counting and sweeping',
    (testStore) => putMany(testStore, keysOf(8000)),
    async (testStore) => {
      const keys = keysOf(8000).map((key) => ({ key }));
      const batches = Array.from({ length: 8 }, (_, index) => keys.slice(index * 1000, (index + 1) * 1000));
      await Promise.all(batches.map((batch) => testStore.store.deleteObjects(BUCKET, batch)));
      await testStore.store.maintenance.countGarbage();
      await testStore.store.maintenance.measureDebt();
      await sweepAll(testStore);
    },
  ),
  walk(
    'a batch deletion in a versioned bucket, and one of its versions',
    async (testStore) => {
      await testStore.store.updateBucket(BUCKET, { versioning: 'enabled' });
      await putMany(testStore, keysOf(1000));
    },
    async (testStore) => {
      const { store } = testStore;
      await store.deleteObjects(
        BUCKET,
        keysOf(1000).map((key) => ({ key })),
      );
      const { versions } = await store.listObjectVersions({ ...PAGE, after: undefined });
      const targets = versions.map((entry) =>
        entry.kind === 'object'
          ? { key: entry.head.key, versionId: entry.head.versionId ?? '' }
          : { key: entry.marker.key, versionId: entry.marker.versionId ?? '' },
      );
      await store.deleteObjects(BUCKET, targets);
      await sweepAll(testStore);
    },
  ),
  walk(
    'listing 1,000 objects with the longest metadata, and 1,000 common prefixes',
    async (testStore) => {
      await putMany(testStore, keysOf(1100), LONG);
      await putMany(
        testStore,
        keysOf(1100, 'folder').flatMap((key) => [`${key}/a`, `${key}/b`]),
      );
    },
    async ({ store }) => {
      await store.listObjects(PAGE);
      await store.listObjects({ ...PAGE, prefix: 'folder', delimiter: '/' });
      await store.listObjectVersions({ ...PAGE, after: undefined });
      await store.listObjectVersions({ ...PAGE, prefix: 'folder', delimiter: '/', after: undefined });
      await Promise.all(Array.from({ length: 8 }, () => store.listObjects(PAGE)));
    },
  ),
  walk(
    'listing the versions of a key that has 3,000 with the longest metadata',
    async (testStore) => {
      await testStore.store.updateBucket(BUCKET, { versioning: 'enabled' });
      await putMany(testStore, Array<string>(3000).fill('key'), LONG);
    },
    async ({ store }) => {
      const { versions } = await store.listObjectVersions({ ...PAGE, after: undefined });
      expect(versions).toHaveLength(1000);
    },
  ),
  walk(
    'reading, copying a part of, compacting and sweeping an object of 20,000 extents',
    (testStore) => appendMany(testStore, 'log', 20_000),
    async (testStore) => {
      const { store } = testStore;
      const opened = await store.openObject({ bucket: BUCKET, key: 'log' });
      expect((await collect(opened.read({ start: 0, end: 20_000 }))).length).toBe(20_000);
      opened.release();
      await store.updateBucket(BUCKET, { appendable: { overwrite: 'allow', copy: 'allow' } });
      const { uploadId } = await store.initiateUpload({
        bucket: BUCKET,
        key: 'copy',
        ownerId: 'owner',
        attributes: plainAttributes,
        forbidOverwrite: false,
      });
      await store.copyPart({
        bucket: BUCKET,
        key: 'copy',
        uploadId,
        partNumber: 1,
        source: { bucket: BUCKET, key: 'log' },
        lengthMax: 1e9,
        select: () => ({ start: 1, end: 19_999 }),
      });
      await store.maintenance.compactContent({ jobCountMax: 8 });
      await store.abortUpload({ bucket: BUCKET, key: 'copy', uploadId });
      await store.deleteObject({ bucket: BUCKET, key: 'log' });
      await sweepAll(testStore);
    },
  ),
  walk(
    'listing 1,000 buckets and deleting one',
    async ({ store }) => {
      for (let index = 0; index < 1100; index++) {
        const name = `bucket-${index}`;
        await store.createBucket({
          name,
          ownerId: 'owner',
          acl: 'private',
          storageClass: 'Standard',
          dataRedundancyType: 'LRS',
        });
        await store.updateBucket(name, { configurations: { lifecycle: 'x'.repeat(16 * 1024) } });
      }
    },
    async ({ store }) => {
      expect((await store.listBuckets({ prefix: '', after: '', limit: 1000 })).buckets).toHaveLength(1000);
      await store.maintenance.measureDebt();
      await store.deleteBucket('bucket-1');
    },
  ),
  walk(
    'a hundred inline bodies of the longest kind at once',
    async () => undefined,
    async (testStore) => {
      const body = new Uint8Array(128 * 1024);
      await Promise.all(keysOf(100).map((key) => testStore.put(key, body)));
      await Promise.all(keysOf(100).map((key) => testStore.read(key)));
      await testStore.store.deleteObjects(
        BUCKET,
        keysOf(100).map((key) => ({ key })),
      );
      await sweepAll(testStore);
    },
  ),
];

describe('no operation holds the others up', () => {
  test.each(WALKS)(
    '$name',
    async ({ prepare, run }) => {
      const { keyValues, held } = observe(openMemoryKeyValueStore());
      const testStore = await openTestStore({ keyValues, settings: { multipart: { partLengthMin: 0 } } });
      const prepared = await prepare(testStore);
      for (let turn = 0; turn < 3; turn++) await nextTurn();
      Object.assign(held, { commitRowCount: 0, commitLengthBytes: 0, turnRowCount: 0 } satisfies Held);
      await run(testStore, prepared);
      expect(held.turnRowCount).toBeGreaterThan(0);
      expect(held.commitRowCount).toBeLessThanOrEqual(COMMIT_ROW_COUNT_MAX);
      expect(held.commitLengthBytes).toBeLessThanOrEqual(COMMIT_LENGTH_BYTES_MAX);
      expect(held.turnRowCount).toBeLessThanOrEqual(ROW_COUNT_MAX);
    },
    600_000,
  );
});
