import { expect, test } from 'vitest';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import { patternBytes } from '../../conformance/object-store-bodies.js';
import { interceptBlobs, interceptKeyValues } from '../../conformance/object-store-interception.js';
import { BUCKET, openTestStore, readFrom, type TestStore } from '../../conformance/object-store-test-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';

const failsWith = (kind: string) => expect.objectContaining({ reason: expect.objectContaining({ kind }) });

/** Appends pieces of these lengths. @returns All bytes. */
async function appendPieces({ append }: TestStore, key: string, lengths: readonly number[]): Promise<Buffer> {
  const bytes = Buffer.from(
    patternBytes(
      lengths.reduce((sum, length) => sum + length, 0),
      key.length,
    ),
  );
  let position = 0;
  for (const length of lengths) {
    await append(key, position, bytes.subarray(position, position + length));
    position += length;
  }
  return bytes;
}

const times = (count: number, length: number): number[] => Array.from({ length: count }, () => length);

test('appends leave a job when enough inline extents or bytes are waiting, also across blobs', async () => {
  const byCount = await openTestStore({ settings: { compaction: { extentCountMin: 4 } } });
  await appendPieces(byCount, 'log', times(3, 10));
  expect(await byCount.rows('J')).toHaveLength(0);
  await byCount.append('log', 30, 'x');
  expect(await byCount.rows('J')).toHaveLength(1);

  const byLength = await openTestStore({ settings: { inlineLengthMax: 100, compaction: { lengthMin: 150 } } });
  await appendPieces(byLength, 'log', [100, 101, 49]);
  expect(await byLength.rows('J')).toHaveLength(0);
  await byLength.append('log', 250, 'x');
  expect(await byLength.rows('J')).toHaveLength(1);
});

test('compactContent merges the inline extents of a job into blobs and leaves bytes and head as they are', async () => {
  const test = await openTestStore({ settings: { inlineLengthMax: 50, compaction: { extentCountMin: 6 } } });
  const { store, rows, read, blobIds } = test;
  const bytes = await appendPieces(test, 'log', [10, 20, 30, 60, 40, 50, 70, 1, 2]);
  const headRows = await rows('O');
  expect(await rows('J')).toHaveLength(1);
  expect(await store.maintenance.compactContent({ jobCountMax: 10 })).toBe(1);
  expect(await rows('J')).toHaveLength(0);
  // [10 20 30] 60 [40 50] 70 [1] 2: the job ended with the 1.
  expect((await rows('E')).map(({ value }) => value[0])).toEqual([2, 2, 2, 2, 2, 1]);
  expect(await rows('I')).toHaveLength(5);
  expect(await blobIds()).toHaveLength(5);
  expect(await rows('O')).toEqual(headRows);
  for (const start of [0, 5, 59, 60, 100, 119, 120, 209, 281]) {
    expect(Buffer.from(await read('log', { start, end: bytes.length })).equals(bytes.subarray(start))).toBe(true);
  }
  expect(await store.maintenance.compactContent({ jobCountMax: 10 })).toBe(0);
});

test('an append during a compaction conflicts with nothing', async () => {
  const test = await openTestStore({ settings: { compaction: { extentCountMin: 5 } } });
  const bytes = await appendPieces(test, 'log', times(5, 100));
  const [head] = await Promise.all([
    test.append('log', 500, 'tail'),
    test.store.maintenance.compactContent({ jobCountMax: 1 }),
  ]);
  expect(head.length).toBe(504);
  expect(await test.rows('E')).toHaveLength(2);
  expect(Buffer.from(await test.read('log')).equals(Buffer.concat([bytes, Buffer.from('tail')]))).toBe(true);
});

test('of two compactors with one job one wins and the other leaves nothing', async () => {
  const test = await openTestStore({ settings: { compaction: { extentCountMin: 20 } } });
  const bytes = await appendPieces(test, 'log', times(20, 1000));
  const other = await test.reopen();
  await Promise.all([
    test.store.maintenance.compactContent({ jobCountMax: 1 }),
    other.maintenance.compactContent({ jobCountMax: 1 }),
  ]);
  expect(await test.rows('E')).toHaveLength(1);
  expect(await test.blobIds()).toHaveLength(1);
  expect(Buffer.from(await test.read('log')).equals(bytes)).toBe(true);
});

test('a compaction killed before its commit is done again, and its blob swept', async () => {
  const state = { isKilled: false };
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    // The process dies here: its promise never settles.
    commit: (_commit, pass) => (state.isKilled ? new Promise(() => undefined) : pass()),
  });
  const sealed: (() => void)[] = [];
  const clock = { atMs: 0 };
  const blobs = interceptBlobs(openMemoryBlobStore({ now: () => clock.atMs }), {
    async seal() {
      sealed.forEach((call) => {
        call();
      });
    },
  });
  const test = await openTestStore({ keyValues, blobs, settings: { compaction: { extentCountMin: 5 } } });
  const bytes = await appendPieces(test, 'log', times(5, 100));
  const reached = new Promise<void>((resolve) => {
    sealed.push(resolve);
  });
  state.isKilled = true;
  void test.store.maintenance.compactContent({ jobCountMax: 1 });
  await reached;
  await new Promise(setImmediate);
  state.isKilled = false;

  const next = await test.reopen();
  expect(await test.blobIds()).toHaveLength(1);
  expect(Buffer.from(await readFrom(next, 'log')).equals(bytes)).toBe(true);
  expect(await next.maintenance.compactContent({ jobCountMax: 1 })).toBe(1);
  expect(await test.blobIds()).toHaveLength(2);
  expect(await next.maintenance.sweepOrphanBlobs()).toMatchObject({ blobCount: 2, removedCount: 1 });
  expect(Buffer.from(await readFrom(next, 'log')).equals(bytes)).toBe(true);
});

test('a compaction whose blob cannot be written changes nothing and is done later', async () => {
  const state = { isFull: false };
  const blobs = interceptBlobs(openMemoryBlobStore(), {
    async write() {
      if (state.isFull) {
        throw new EngineFailure({ kind: 'unavailable', because: 'disk-full' });
      }
    },
  });
  const test = await openTestStore({ blobs, settings: { compaction: { extentCountMin: 5 } } });
  const bytes = await appendPieces(test, 'log', times(5, 100));
  state.isFull = true;
  await expect(test.store.maintenance.compactContent({ jobCountMax: 1 })).rejects.toEqual(failsWith('unavailable'));
  expect(await test.blobIds()).toHaveLength(0);
  state.isFull = false;
  await test.store.maintenance.compactContent({ jobCountMax: 1 });
  expect(Buffer.from(await test.read('log')).equals(bytes)).toBe(true);
  expect(await test.rows('E')).toHaveLength(1);
});

test('a compaction whose commit is refused removes its blob, one whose commit may have happened keeps it', async () => {
  const faults: { because?: 'disk-full' | 'input-output' } = {};
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    async commit(_commit, pass) {
      if (faults.because === undefined) {
        return pass();
      }
      if (faults.because === 'input-output') {
        await pass();
      }
      throw new EngineFailure({ kind: 'unavailable', because: faults.because });
    },
  });
  const test = await openTestStore({ keyValues, settings: { orphanGraceMs: 0, compaction: { extentCountMin: 5 } } });
  const bytes = await appendPieces(test, 'log', times(5, 100));
  faults.because = 'disk-full';
  await expect(test.store.maintenance.compactContent({ jobCountMax: 1 })).rejects.toEqual(failsWith('unavailable'));
  expect(await test.blobIds()).toHaveLength(0);
  faults.because = 'input-output';
  await expect(test.store.maintenance.compactContent({ jobCountMax: 1 })).rejects.toEqual(failsWith('unavailable'));
  delete faults.because;
  test.clock.atMs += 1;
  await test.store.maintenance.sweepOrphanBlobs();
  await (await test.reopen()).maintenance.sweepOrphanBlobs();
  expect(await test.rows('E')).toHaveLength(1);
  expect(Buffer.from(await test.read('log')).equals(bytes)).toBe(true);
});

test('compactContent gives a job over damaged bytes up and says so; the damage stays visible', async () => {
  const test = await openTestStore({ settings: { compaction: { extentCountMin: 3 } } });
  await appendPieces(test, 'log', [4, 4, 4]);
  const middle = (await test.rows('E'))[1];
  const value = Uint8Array.from(middle?.value ?? []);
  value[value.length - 1] = (value[value.length - 1] ?? 0) ^ 1;
  await test.keyValues.commit({ puts: [{ key: middle?.key ?? value, value }] });
  await expect(test.store.maintenance.compactContent({ jobCountMax: 1 })).rejects.toEqual(failsWith('corrupt'));
  expect(await test.rows('J')).toHaveLength(0);
  expect(await test.blobIds()).toHaveLength(0);
  await expect(test.read('log')).rejects.toEqual(failsWith('corrupt'));
});

test('a sealed object is compacted to its end', async () => {
  const test = await openTestStore();
  const bytes = await appendPieces(test, 'log', [100, 200, 300]);
  await test.store.sealObject({ bucket: BUCKET, key: 'log', position: 600 });
  expect(await test.store.maintenance.compactContent({ jobCountMax: 1 })).toBe(1);
  expect(await test.rows('E')).toHaveLength(1);
  expect(Buffer.from(await test.read('log')).equals(bytes)).toBe(true);
});

test('compactContent works on one content when asked to', async () => {
  const test = await openTestStore({ settings: { compaction: { extentCountMin: 2 } } });
  await appendPieces(test, 'a', [1, 1]);
  await appendPieces(test, 'b', [1, 1]);
  const jobs = await test.rows('J');
  const contentId = Buffer.from(jobs[1]?.key ?? []).toString('hex', 1, 17);
  expect(await test.store.maintenance.compactContent({ contentId, jobCountMax: 10 })).toBe(1);
  expect(await test.rows('J')).toEqual([jobs[0]]);
});
