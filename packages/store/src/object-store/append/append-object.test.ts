import { expect, test } from 'vitest';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import { bodyOf, patternBytes } from '../../conformance/object-store-bodies.js';
import { interceptBlobs, interceptKeyValues } from '../../conformance/object-store-interception.js';
import { openTestStore } from '../../conformance/object-store-test-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { decodeExtent } from '../records/extent-record.js';

/** A body that fails the test when it is opened. */
const unreadBody = {
  length: 3,
  open(): AsyncIterable<Uint8Array> {
    throw new Error('The body was opened');
  },
};

const failsWith = (kind: string) => expect.objectContaining({ reason: expect.objectContaining({ kind }) });

test('appendObject costs one commit of constantly many rows and reads, over 10,000 appends', async () => {
  const calls = { gets: 0, lists: 0, commits: 0, rows: 0, bytes: 0 };
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    get(_key, pass) {
      calls.gets++;
      return pass();
    },
    list(_range, pass) {
      calls.lists++;
      return pass();
    },
    commit(commit, pass) {
      calls.commits++;
      calls.rows += (commit.puts ?? []).length + (commit.deletes ?? []).length + (commit.sums ?? []).length;
      calls.bytes += (commit.puts ?? []).reduce((sum, put) => sum + put.key.length + put.value.length, 0);
      return pass();
    },
  });
  const { append, store } = await openTestStore({ keyValues, settings: { compaction: { extentCountMin: 1000 } } });
  await append('log', 0, '0123456789');
  const costs: (typeof calls)[] = [];
  for (let count = 1; count < 10_000; count++) {
    Object.assign(calls, { gets: 0, lists: 0, commits: 0, rows: 0, bytes: 0 });
    await append('log', count * 10, '0123456789');
    costs.push({ ...calls });
  }
  const of = (name: keyof typeof calls) => costs.map((cost) => cost[name]);
  expect(new Set(of('gets'))).toEqual(new Set([2]));
  expect(new Set(of('lists'))).toEqual(new Set([0]));
  expect(new Set(of('commits'))).toEqual(new Set([1]));
  // The head, the extent, the sum of lengths; every 1,000th leaves a job for the compactor.
  expect(of('rows').filter((rows) => rows === 3)).toHaveLength(9_989);
  expect(of('rows').filter((rows) => rows === 4)).toHaveLength(10);
  // Only the decimals of a few numbers grow.
  expect(Math.max(...of('bytes')) - Math.min(...of('bytes'))).toBeLessThan(100);
  expect((await store.headObject({ bucket: 'bucket', key: 'log' })).length).toBe(100_000);
});

test('appendObject leaves the body of an append that cannot win unread', async () => {
  const { append, put, store } = await openTestStore({ settings: { appendable: { lengthMax: 5 } } });
  await append('log', 0, 'abc');
  await put('plain', 'abc');
  await expect(append('log', 2, unreadBody)).rejects.toEqual(failsWith('position-mismatch'));
  await expect(append('plain', 3, unreadBody)).rejects.toEqual(failsWith('not-appendable'));
  await expect(append('log', 3, unreadBody)).rejects.toEqual(failsWith('too-large'));
  await expect(put('log', unreadBody)).rejects.toEqual(failsWith('already-exists'));
  await store.sealObject({ bucket: 'bucket', key: 'log', position: 3 });
  await expect(append('log', 3, unreadBody)).rejects.toEqual(failsWith('sealed'));
});

test('appendObject tells a loser what the last append was', async () => {
  const { append, clock } = await openTestStore();
  await append('log', 0, 'abc');
  const second = await append('log', 3, 'defg');
  await expect(append('log', 3, 'x')).rejects.toEqual(
    expect.objectContaining({
      reason: {
        kind: 'position-mismatch',
        length: 7,
        crc64: second.crc64,
        lastAppend: second.lastAppend,
      },
    }),
  );
  expect(second.lastAppend).toMatchObject({ position: 3, length: 4, atMs: clock.atMs, callerId: 'caller' });
});

test('appendObject with an empty body changes no time, and no row', async () => {
  const { append, rows, clock } = await openTestStore();
  const created = await append('log', 0, 'abc');
  const before = await rows('O');
  clock.atMs += 5000;
  expect(await append('log', 3, '')).toEqual(created);
  expect(await rows('O')).toEqual(before);
});

test('appendObject removes the blob of an append that lost, was broken off, or failed to be written', async () => {
  const faults = { seal: false };
  const blobs = interceptBlobs(openMemoryBlobStore(), {
    async seal() {
      if (faults.seal) {
        throw new EngineFailure({ kind: 'unavailable', because: 'disk-full' });
      }
    },
  });
  const { append, blobIds } = await openTestStore({ blobs, settings: { inlineLengthMax: 10 } });
  const bytes = patternBytes(3_000_000);
  const outcomes = await Promise.allSettled(
    [1, 2, 3].map(() => append('log', 0, bodyOf(bytes, { chunkLength: 65_536 }))),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await blobIds()).toHaveLength(1);
  faults.seal = true;
  await expect(append('log', bytes.length, bytes)).rejects.toEqual(failsWith('unavailable'));
  expect(await blobIds()).toHaveLength(1);
});

test('appendObject keeps the blob when the outcome of the commit is unknown', async () => {
  const faults: { because?: 'input-output' | 'disk-full' } = {};
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
  const { append, blobIds, reopen, read, store, clock } = await openTestStore({
    keyValues,
    settings: { inlineLengthMax: 10, orphanGraceMs: 0 },
  });
  faults.because = 'disk-full';
  await expect(append('log', 0, patternBytes(100))).rejects.toEqual(failsWith('unavailable'));
  expect(await blobIds()).toHaveLength(0);
  // This failure hides a commit that did take place.
  faults.because = 'input-output';
  await expect(append('log', 0, patternBytes(100))).rejects.toEqual(failsWith('unavailable'));
  delete faults.because;
  clock.atMs += 1;
  await store.maintenance.sweepOrphanBlobs();
  await (await reopen()).maintenance.sweepOrphanBlobs();
  expect(await read('log')).toEqual(Buffer.from(patternBytes(100)));
});

test('appendObject keeps a body in its commit while no other is on its way, and puts it as a blob otherwise', async () => {
  const test = await openTestStore({ settings: { inlineLengthMax: 10, loneInlineLengthMax: 50 } });
  const kinds = async (): Promise<string[]> => (await test.rows('E')).map(({ value }) => decodeExtent(value).kind);
  const bytes = patternBytes(6 * 40 + 51);
  for (let position = 0; position < 240; position += 40) {
    await test.append('lone', position, bytes.subarray(position, position + 40));
  }
  await test.append('lone', 240, bytes.subarray(240));
  expect(await kinds()).toEqual(['blob', 'blob', 'blob', 'blob', 'inline', 'inline', 'blob']);
  // What is put is never merged, so it would stay among the rows.
  await test.put('put', bytes.subarray(0, 40));
  await Promise.all(['one', 'other'].map((key) => test.append(key, 0, bytes.subarray(0, 40))));
  expect((await kinds()).filter((kind) => kind === 'inline')).toHaveLength(2);
  expect(await test.read('lone')).toEqual(Buffer.from(bytes));
});

test('appendObject gives up after too many lost races instead of trying for ever', async () => {
  const state = { isContended: false };
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    commit: async (_commit, pass) => (state.isContended ? { committed: false } : pass()),
  });
  const { append, read } = await openTestStore({ keyValues });
  await append('log', 0, 'abc');
  state.isContended = true;
  await expect(append('log', 3, 'def')).rejects.toEqual(failsWith('contended'));
  state.isContended = false;
  expect(Buffer.from(await read('log')).toString()).toBe('abc');
});
