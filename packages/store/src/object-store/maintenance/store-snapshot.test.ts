import { expect, test } from 'vitest';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import { seededRandom } from '../../conformance/seeded-random.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { SnapshotHold } from '../context/snapshot-hold.js';
import { openObjectStore } from '../object-store.js';
import type { StoreSnapshot } from './store-snapshot.js';

const BUCKET = {
  name: 'bucket',
  ownerId: 'o',
  acl: 'private',
  storageClass: 'Standard',
  dataRedundancyType: 'LRS',
} as const;

async function open() {
  const now = { ms: 1_000_000 };
  const blobs = openMemoryBlobStore();
  const store = await openObjectStore({
    keyValues: openMemoryKeyValueStore(),
    blobs,
    settings: { inlineLengthMax: 10, garbageGraceMs: 0 },
    clock: { nowMs: () => now.ms },
  });
  await store.createBucket(BUCKET);
  const put = (key: string, text: string) =>
    store.putObject(
      {
        bucket: 'bucket',
        key,
        ownerId: 'o',
        attributes: { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} },
        forbidOverwrite: false,
        expected: {},
        lengthMax: 1000,
      },
      { length: undefined, open: () => oneChunk(text) },
    );
  const sweep = async () => {
    now.ms += 1_000_000;
    for (let round = 0; round < 10; round += 1) await store.maintenance.sweepGarbage({ rowCountMax: 1000 });
  };
  const blobCount = async () => {
    let count = 0;
    for await (const _ of blobs.list()) count += 1;
    return count;
  };
  return { store, put, sweep, blobCount };
}

async function* oneChunk(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function listAll(snapshot: StoreSnapshot): Promise<{ readonly blobId: string; readonly length: number }[]> {
  const all: { readonly blobId: string; readonly length: number }[] = [];
  let after: string | undefined;
  do {
    const page = await snapshot.listBlobs(after);
    all.push(...page.blobs);
    after = page.next;
  } while (after !== undefined);
  return all;
}

async function readText(snapshot: StoreSnapshot, blobId: string, length: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of snapshot.readBlob(blobId, { start: 0, end: length })) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('StoreMaintenance.snapshot: what it refers to is not swept before it is closed, in either part', async () => {
  const { store, put, sweep, blobCount } = await open();
  await put('a', 'long enough for a blob: a');
  await put('b', 'long enough for a blob: b');
  const snapshot = await store.maintenance.snapshot();
  await store.deleteObject({ bucket: 'bucket', key: 'a' });
  await sweep();
  const blobs = await listAll(snapshot);
  expect(blobs).toHaveLength(2);
  await snapshot.releaseRows();
  await store.deleteObject({ bucket: 'bucket', key: 'b' });
  await put('c', 'came later, and goes while the snapshot is open');
  await store.deleteObject({ bucket: 'bucket', key: 'c' });
  await sweep();
  const texts = await Promise.all(blobs.map(({ blobId, length }) => readText(snapshot, blobId, length)));
  expect(texts.sort()).toEqual(['long enough for a blob: a', 'long enough for a blob: b']);
  // What the snapshot does not need is swept as ever.
  expect(await blobCount()).toBe(2);
  await snapshot.close();
  await sweep();
  expect(await blobCount()).toBe(0);
  await store.maintenance.close();
});

test('StoreMaintenance.snapshot: garbage of before the moment is not in it', async () => {
  const { store, put } = await open();
  await put('a', 'long enough for a blob: a');
  await store.deleteObject({ bucket: 'bucket', key: 'a' });
  const snapshot = await store.maintenance.snapshot();
  expect(await listAll(snapshot)).toEqual([]);
  await snapshot.close();
  await store.maintenance.close();
});

test('SnapshotHold: never one too few, and hardly one too many', () => {
  const random = seededRandom(1);
  const ids = Array.from({ length: 40_000 }, () => Buffer.from(random.bytes(16)).toString('hex'));
  const hold = new SnapshotHold();
  for (const id of ids.slice(0, 20_000)) hold.add(id);
  expect(hold.holds('ff'.repeat(16))).toBe(true);
  hold.narrow();
  expect(ids.slice(0, 20_000).every((id) => hold.holds(id))).toBe(true);
  expect(ids.slice(20_000).filter((id) => hold.holds(id)).length).toBeLessThan(100);
});
