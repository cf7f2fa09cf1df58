import { expect, test } from 'vitest';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import { patternBytes } from '../../conformance/object-store-bodies.js';
import { interceptBlobs, interceptKeyValues } from '../../conformance/object-store-interception.js';
import { BUCKET, collect, openTestStore, readFrom, type TestStore } from '../../conformance/object-store-test-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { encodeSliceExtent } from '../records/extent-record.js';
import { extentKey, objectKey, referenceKey } from '../records/key-space.js';
import { decodeObjectRecord, encodeObjectRecord } from '../records/object-record.js';
import { readVersionNames } from '../records/version-names.js';

const ALL = { rowCountMax: 1_000_000 };

async function familiesLeft({ rows }: TestStore): Promise<string> {
  let families = '';
  for (const family of 'BCEFGIJOR') {
    families += (await rows(family)).length > 0 ? family : '';
  }
  return families;
}

/** A second version that refers to the content of the first: what a copy without moving bytes is. */
async function shareContent({ keyValues }: TestStore, from: string, to: string, length: number): Promise<void> {
  const source = await keyValues.get(objectKey(BUCKET, from));
  const record = decodeObjectRecord(
    { bucket: BUCKET, key: to, versionIdDefault: undefined },
    source?.value ?? new Uint8Array(),
  );
  const copy = { ...record, head: { ...record.head, type: 'normal', length } as const, referenceId: 'ab'.repeat(16) };
  await keyValues.commit({
    checks: [{ key: objectKey(BUCKET, from), version: source?.version }],
    puts: [
      { key: objectKey(BUCKET, to), value: encodeObjectRecord(copy) },
      { key: referenceKey(record.contentId, copy.referenceId), value: new Uint8Array() },
    ],
  });
}

test('deleted and replaced content goes without a trace: rows, blobs and jobs', async () => {
  const test = await openTestStore({ settings: { inlineLengthMax: 50, compaction: { extentCountMin: 3 } } });
  let position = 0;
  for (const length of [10, 60, 20, 30, 40, 70, 50]) {
    position = (await test.append('log', position, patternBytes(length))).length;
  }
  await test.store.maintenance.compactContent({ jobCountMax: 1 });
  await test.put('plain', patternBytes(500));
  await test.put('plain', patternBytes(40));
  for (const key of ['log', 'plain']) {
    await test.store.deleteObject({ bucket: BUCKET, key });
  }
  expect(await test.rows('O')).toHaveLength(0);
  expect((await test.rows('E')).length).toBeGreaterThan(3);
  expect(await test.store.maintenance.sweepGarbage(ALL)).toMatchObject({ contentCount: 3, hasMore: false });
  expect(await familiesLeft(test)).toBe('BCF');
  expect(await test.blobIds()).toEqual([]);
});

test('a deletion costs one commit of constantly many rows, whatever the number of extents', async () => {
  const rowCounts: number[] = [];
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    commit(commit, pass) {
      rowCounts.push((commit.puts ?? []).length + (commit.deletes ?? []).length + (commit.sums ?? []).length);
      return pass();
    },
  });
  const test = await openTestStore({ keyValues });
  for (let position = 0; position < 500; position++) {
    await test.append('long', position, 'x');
  }
  await test.append('short', 0, 'x');
  rowCounts.length = 0;
  await test.store.deleteObject({ bucket: BUCKET, key: 'long' });
  await test.store.deleteObject({ bucket: BUCKET, key: 'short' });
  expect(rowCounts).toEqual([5, 5]);
});

test('a reader keeps content alive that was deleted, until it lets go', async () => {
  const test = await openTestStore({ settings: { inlineLengthMax: 50 } });
  const bytes = Buffer.from(patternBytes(240));
  let position = 0;
  for (const length of [30, 100, 40, 70]) {
    await test.append('log', position, bytes.subarray(position, position + length));
    position += length;
  }
  const opened = await test.store.openObject({ bucket: BUCKET, key: 'log' });
  await test.store.deleteObject({ bucket: BUCKET, key: 'log' });
  expect(await test.store.maintenance.sweepGarbage(ALL)).toMatchObject({ contentCount: 0, extentCount: 0 });
  expect(Buffer.from(await collect(opened.read({ start: 0, end: 240 }))).equals(bytes)).toBe(true);
  opened.release();
  opened.release();
  expect(await test.store.maintenance.sweepGarbage(ALL)).toMatchObject({ contentCount: 1, extentCount: 4 });
  expect(await test.blobIds()).toEqual([]);
});

test('openObject does not pin what the sweeper has begun to remove', async () => {
  let hook: (() => Promise<void>) | undefined;
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    async get(key, pass) {
      const entry = await pass();
      // Between reading the head and pinning its content.
      if (key[0] === 'O'.charCodeAt(0) && hook !== undefined) {
        const run = hook;
        hook = undefined;
        await run();
      }
      return entry;
    },
  });
  const test = await openTestStore({ keyValues });
  await test.put('plain', 'old');
  hook = async () => {
    await test.put('plain', 'new');
    await test.store.maintenance.sweepGarbage(ALL);
  };
  expect(Buffer.from(await test.read('plain')).toString()).toBe('new');
});

test('content that a second version needs stays until both are gone', async () => {
  const test = await openTestStore();
  await test.append('log', 0, 'shared');
  await shareContent(test, 'log', 'copy', 6);
  await test.append('log', 6, ' and more');
  await test.store.deleteObject({ bucket: BUCKET, key: 'log' });
  await test.store.maintenance.sweepGarbage(ALL);
  expect(await test.rows('G')).toHaveLength(0);
  expect(Buffer.from(await test.read('copy')).toString()).toBe('shared');
  await test.store.deleteObject({ bucket: BUCKET, key: 'copy' });
  await test.store.maintenance.sweepGarbage(ALL);
  expect(await test.rows('E')).toHaveLength(0);
});

test('content that goes lets go of the contents it has slices of', async () => {
  const test = await openTestStore();
  await test.put('child', 'child bytes');
  await test.put('parent', 'parent');
  const contentIds = (await test.rows('O')).map(({ key, value }) => readVersionNames(key, value).contentId ?? '');
  const [child = '', parent = ''] = contentIds;
  await test.keyValues.commit({
    puts: [
      { key: extentKey(parent, 0), value: encodeSliceExtent({ contentId: child, start: 0, length: 6, crc64: 0n }) },
      { key: referenceKey(child, parent), value: new Uint8Array() },
    ],
  });
  await test.store.deleteObject({ bucket: BUCKET, key: 'child' });
  await test.store.maintenance.sweepGarbage(ALL);
  expect(Buffer.from(await test.read('parent')).toString()).toBe('child ');
  await test.store.deleteObject({ bucket: BUCKET, key: 'parent' });
  await test.store.maintenance.sweepGarbage(ALL);
  await test.store.maintenance.sweepGarbage(ALL);
  expect(await familiesLeft(test)).toBe('BCF');
});

test('a sweep killed at any commit or blob is finished by the next process', async () => {
  // As many as an undisturbed sweep takes, and some more: those kill nothing.
  const stepCount = 5;
  for (let steps = 0; steps < stepCount + 4; steps++) {
    const state = { stepsLeft: Number.POSITIVE_INFINITY };
    const step = async <Result>(pass: () => Promise<Result>): Promise<Result> => {
      if (state.stepsLeft-- <= 0) {
        throw new Error('Killed');
      }
      return pass();
    };
    const keyValues = interceptKeyValues(openMemoryKeyValueStore(), { commit: (_commit, pass) => step(pass) });
    const blobs = interceptBlobs(openMemoryBlobStore(), { delete: () => step(async () => undefined) });
    const test = await openTestStore({
      keyValues,
      blobs,
      settings: { inlineLengthMax: 5, compaction: { extentCountMin: 10 } },
    });
    let position = 0;
    for (let count = 0; count < 150; count++) {
      position = (await test.append('log', position, count % 50 === 0 ? 'a blob' : 'row')).length;
    }
    await test.store.deleteObject({ bucket: BUCKET, key: 'log' });
    state.stepsLeft = steps;
    const killed = await test.store.maintenance.sweepGarbage(ALL).then(
      () => false,
      () => true,
    );
    state.stepsLeft = Number.POSITIVE_INFINITY;
    await (await test.reopen()).maintenance.sweepGarbage(ALL);
    expect(await familiesLeft(test)).toBe('BCF');
    expect(await test.blobIds()).toEqual([]);
    expect([steps, killed]).toEqual([steps, steps < stepCount]);
  }
});

test('a sweep stops at its limit and goes on from there', async () => {
  const test = await openTestStore();
  for (let position = 0; position < 300; position++) {
    await test.append('log', position, 'x');
  }
  await test.store.deleteObject({ bucket: BUCKET, key: 'log' });
  let calls = 0;
  while ((await test.store.maintenance.sweepGarbage({ rowCountMax: 100 })).hasMore) {
    calls++;
  }
  expect(calls).toBeGreaterThan(1);
  expect(await familiesLeft(test)).toBe('BCF');
});

test('content is kept for the grace time', async () => {
  const test = await openTestStore({ settings: { garbageGraceMs: 1000 } });
  await test.put('plain', 'abc');
  await test.store.deleteObject({ bucket: BUCKET, key: 'plain' });
  test.clock.atMs += 999;
  expect(await test.store.maintenance.sweepGarbage(ALL)).toMatchObject({ contentCount: 0 });
  test.clock.atMs += 1;
  expect(await test.store.maintenance.sweepGarbage(ALL)).toMatchObject({ contentCount: 1 });
});

test('a compaction that meets the sweep of its content changes nothing', async () => {
  let hook: (() => Promise<void>) | undefined;
  const blobs = interceptBlobs(openMemoryBlobStore(), {
    async seal() {
      const run = hook;
      hook = undefined;
      await run?.();
    },
  });
  const test = await openTestStore({ blobs, settings: { compaction: { extentCountMin: 3 } } });
  for (let position = 0; position < 3; position++) {
    await test.append('log', position, 'x');
  }
  hook = async () => {
    await test.store.deleteObject({ bucket: BUCKET, key: 'log' });
    await test.store.maintenance.sweepGarbage(ALL);
  };
  await test.store.maintenance.compactContent({ jobCountMax: 1 });
  expect(await familiesLeft(test)).toBe('BCF');
  expect(await test.blobIds()).toEqual([]);
  await expect(readFrom(test.store, 'log')).rejects.toMatchObject({ reason: { kind: 'no-such-key' } });
});

test('content that cannot be removed holds up no other', async () => {
  const stuck = new Set<string>();
  const blobs = interceptBlobs(openMemoryBlobStore(), {
    async delete(blobId) {
      if (stuck.has(blobId)) {
        throw new EngineFailure({ kind: 'unavailable', because: 'input-output' });
      }
    },
  });
  const test = await openTestStore({ blobs, settings: { inlineLengthMax: 5 } });
  await test.put('first', 'a blob that cannot be deleted');
  stuck.add((await test.blobIds())[0] ?? '');
  await test.store.deleteObject({ bucket: BUCKET, key: 'first' });
  test.clock.atMs += 1;
  await test.put('second', 'another blob');
  await test.store.deleteObject({ bucket: BUCKET, key: 'second' });
  await expect(test.store.maintenance.sweepGarbage(ALL)).rejects.toMatchObject({ reason: { kind: 'unavailable' } });
  expect(await test.blobIds()).toEqual([...stuck]);
  stuck.clear();
  await test.store.maintenance.sweepGarbage(ALL);
  expect(await familiesLeft(test)).toBe('BCF');
});

test('many small contents go in few commits of bounded size', async () => {
  const rowCounts: number[] = [];
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    commit(commit, pass) {
      rowCounts.push((commit.puts ?? []).length + (commit.deletes ?? []).length + (commit.sums ?? []).length);
      return pass();
    },
  });
  const test = await openTestStore({ keyValues });
  const keys = Array.from({ length: 3000 }, (_, index) => `k${index}`);
  for (const key of keys) await test.put(key, 'x');
  await test.store.deleteObjects(
    BUCKET,
    keys.map((key) => ({ key })),
  );
  rowCounts.length = 0;
  expect(await test.store.maintenance.sweepGarbage(ALL)).toMatchObject({ contentCount: 3000, hasMore: false });
  expect(await familiesLeft(test)).toBe('BCF');
  expect(rowCounts.length).toBeLessThan(30);
  expect(Math.max(...rowCounts)).toBeLessThanOrEqual(600);
});

test('the debt is what the notes say, also when it is counted beside deletions and sweeps, and after a restart', async () => {
  const test = await openTestStore();
  const expectTrue = async (store = test.store) => {
    const notes = await test.rows('G');
    const lengthBytes = notes.reduce((sum, { value }) => sum + Number(Buffer.from(value).readBigUInt64BE()), 0);
    expect(store.maintenance.garbageDebt()).toEqual({ noteCount: notes.length, lengthBytes, isComplete: true });
  };
  for (let index = 0; index < 900; index++) await test.put(`k${index}`, patternBytes(10));
  const drop = (from: number, to: number) =>
    test.store.deleteObjects(
      BUCKET,
      Array.from({ length: to - from }, (_, index) => ({ key: `k${from + index}` })),
    );
  await drop(0, 600);
  expect(test.store.maintenance.garbageDebt()).toEqual({ noteCount: 0, lengthBytes: 0, isComplete: false });
  await Promise.all([
    test.store.maintenance.countGarbage(),
    drop(600, 700),
    test.store.maintenance.sweepGarbage({ rowCountMax: 200 }),
  ]);
  await expectTrue();
  await Promise.all([drop(700, 800), test.store.maintenance.sweepGarbage({ rowCountMax: 200 })]);
  await expectTrue();
  const again = await test.reopen();
  await again.maintenance.countGarbage();
  await expectTrue(again);
  for (let position = 0; position < 700; position++) await test.append('log', position, 'x');
  await test.store.deleteObject({ bucket: BUCKET, key: 'log' });
  await test.store.maintenance.sweepGarbage({ rowCountMax: 1000 });
  await expectTrue();
  while ((await test.store.maintenance.sweepGarbage({ rowCountMax: 300 })).hasMore) await expectTrue();
  expect(test.store.maintenance.garbageDebt()).toEqual({ noteCount: 0, lengthBytes: 0, isComplete: true });
});

test('garbage is swept whatever time it is', async () => {
  const test = await openTestStore();
  await test.put('plain', 'abc');
  test.clock.atMs += 1e9;
  await test.store.deleteObject({ bucket: BUCKET, key: 'plain' });
  test.clock.atMs -= 1e9;
  expect(await test.store.maintenance.sweepGarbage(ALL)).toMatchObject({ contentCount: 1 });
});

test('more contents that cannot be removed than a step looks at do not keep it from the rest', async () => {
  const test = await openTestStore();
  const releases: (() => void)[] = [];
  for (let index = 0; index < 300; index++) {
    await test.put(`read ${index}`, 'x');
    releases.push((await test.store.openObject({ bucket: BUCKET, key: `read ${index}` })).release);
    await test.store.deleteObject({ bucket: BUCKET, key: `read ${index}` });
  }
  test.clock.atMs += 1;
  await test.put('free', 'x');
  await test.store.deleteObject({ bucket: BUCKET, key: 'free' });
  for (let call = 0; call < 10; call++) await test.store.maintenance.sweepGarbage({ rowCountMax: 100 });
  expect(await test.rows('E')).toHaveLength(300);
  for (const release of releases) release();
  while ((await test.store.maintenance.sweepGarbage({ rowCountMax: 100 })).hasMore);
  expect(await familiesLeft(test)).toBe('BCF');
});
