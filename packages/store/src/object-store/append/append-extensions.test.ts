import { expect, test } from 'vitest';
import { bodyOf, patternBytes } from '../../conformance/object-store-bodies.js';
import { interceptKeyValues } from '../../conformance/object-store-interception.js';
import { BUCKET, openTestStore, plainAttributes } from '../../conformance/object-store-test-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import type { AppendInput, AppendResult } from '../append-types.js';
import type { ObjectStoreSettingsChange } from '../context/settings.js';
import type { OpenedStore } from '../object-store.js';

const failsWith = (kind: string) => expect.objectContaining({ reason: expect.objectContaining({ kind }) });

const base = {
  bucket: BUCKET,
  key: 'log',
  ownerId: 'owner',
  callerId: 'caller',
  attributes: plainAttributes,
  expected: {},
} as const;

/** Appends with what is asked for besides. */
function append(
  store: OpenedStore,
  position: AppendInput['position'],
  body: string | Uint8Array,
  more: Partial<AppendInput> = {},
): Promise<AppendResult> {
  return store.appendObject({ ...base, position, ...more }, bodyOf(body));
}

const textOf = async (read: (key: string) => Promise<Uint8Array>): Promise<string> =>
  Buffer.from(await read('log')).toString('utf8');

test('appendObject without a position lays many bodies with one commit, and no writer tries twice', async () => {
  const calls = { commits: 0, lost: 0 };
  const gate: { open?: () => void; held?: Promise<void> } = {};
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    async commit(_commit, pass) {
      calls.commits += 1;
      await gate.held;
      const outcome = await pass();
      if (!outcome.committed) calls.lost += 1;
      return outcome;
    },
  });
  const { store, read } = await openTestStore({ keyValues });
  await append(store, 0, '');
  Object.assign(calls, { commits: 0, lost: 0 });
  gate.held = new Promise((resolve) => {
    gate.open = resolve;
  });
  const results = Array.from({ length: 64 }, (_, index) => append(store, 'auto', `${index},`));
  // The others arrive while the first is being committed.
  await expect.poll(() => calls.commits).toBe(1);
  gate.open?.();
  const positions = (await Promise.all(results)).map(({ position }) => position);
  expect(calls.lost).toBe(0);
  expect(calls.commits).toBeLessThanOrEqual(4);
  expect(positions).toEqual([...positions].sort((one, other) => one - other));
  expect(await textOf(read)).toBe(Array.from({ length: 64 }, (_, index) => `${index},`).join(''));
});

test('appendObject without a position refuses one body of a batch, and lays the others', async () => {
  const { store, read } = await openTestStore({ settings: { appendable: { lengthMax: 6 } } });
  await append(store, 0, '');
  const outcomes = await Promise.allSettled([
    append(store, 'auto', 'abc'),
    append(store, 'auto', 'defg'),
    append(store, 'auto', 'hij', { objectLengthMax: 5 }),
    append(store, 'auto', 'klm'),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(await textOf(read)).toBe('abcklm');
});

test('appendObject remembers ids over a restart, at a cost that does not grow with their number', async () => {
  const rows = { written: 0, removed: 0 };
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    commit(commit, pass) {
      rows.written = (commit.puts ?? []).length;
      rows.removed = (commit.deletes ?? []).length;
      return pass();
    },
  });
  const settings: ObjectStoreSettingsChange = { appendable: { appendIdCountMax: 10 } };
  const { store, reopen, rows: rowsOf } = await openTestStore({ keyValues, settings });
  const answers: AppendResult[] = [];
  for (let index = 0; index < 40; index++) {
    answers.push(await append(store, index, 'x', { appendId: `id-${index}` }));
    // The head, the extent, and two rows of the id; the oldest id goes with two.
    expect(rows.written).toBe(index === 0 ? 5 : 4);
    expect(rows.removed).toBeLessThanOrEqual(4);
  }
  expect(await rowsOf('D')).toHaveLength(20);
  const again = await reopen();
  for (let index = 30; index < 40; index++) {
    const repeat = await append(again, 0, 'x', { appendId: `id-${index}` });
    expect(repeat).toMatchObject({ isReplay: true, nextPosition: index + 1, position: index });
    expect(repeat.head.etag).toBe(answers[index]?.head.etag);
    expect(repeat.head.crc64).toBe(answers[index]?.head.crc64);
  }
  // Forgotten: a new append, which is judged by its position.
  await expect(append(again, 0, 'x', { appendId: 'id-29' })).rejects.toEqual(failsWith('position-mismatch'));
});

test('appendObject forgets an id after its age, and lets it name another append', async () => {
  const { store, clock, rows } = await openTestStore({ settings: { appendable: { appendIdAgeMsMax: 1000 } } });
  await append(store, 0, 'abc', { appendId: 'a' });
  clock.atMs += 999;
  expect(await append(store, 0, 'abc', { appendId: 'a' })).toMatchObject({ isReplay: true });
  clock.atMs += 1;
  expect(await append(store, 3, 'other', { appendId: 'a' })).not.toHaveProperty('isReplay');
  expect(await append(store, 3, 'other', { appendId: 'a' })).toMatchObject({ isReplay: true, position: 3 });
  expect(await rows('D')).toHaveLength(2);
});

test('appendObject: the sweep removes what was remembered with the bytes', async () => {
  const { store, rows } = await openTestStore();
  for (let index = 0; index < 300; index++) await append(store, 'auto', '', { appendId: `id-${index}` });
  expect(await rows('D')).toHaveLength(600);
  await store.deleteObject({ bucket: BUCKET, key: 'log' });
  for (let round = 0; round < 10; round++) await store.maintenance.sweepGarbage({ rowCountMax: 1000 });
  expect(await rows('D')).toEqual([]);
  expect(await rows('G')).toEqual([]);
});

test('appendObject answers the last append again where that is allowed, and nothing else', async () => {
  const { store, clock, reopen, read } = await openTestStore({ settings: { appendable: { replay: 'same-bytes' } } });
  await append(store, 0, 'abc');
  const last = await append(store, 3, 'def');
  const answer = { ...last, isReplay: true };
  expect(await append(store, 3, 'def')).toEqual(answer);
  expect(await append(await reopen(), 3, 'def')).toEqual(answer);
  for (const [position, body, more] of [
    [3, 'deg', {}],
    [3, 'de', {}],
    [0, 'abc', {}],
    [3, '', {}],
    [3, 'def', { callerId: 'another' }],
    [3, 'def', { appendId: 'a' }],
  ] as const) {
    await expect(append(store, position, body, more)).rejects.toEqual(failsWith('position-mismatch'));
  }
  clock.atMs += 15 * 60_000;
  expect(await append(store, 3, 'def')).toEqual(answer);
  clock.atMs += 1;
  await expect(append(store, 3, 'def')).rejects.toEqual(failsWith('position-mismatch'));
  expect(await textOf(read)).toBe('abcdef');
});

test('appendObject: a bucket decides about repeats for itself', async () => {
  const { store } = await openTestStore();
  await append(store, 0, 'abc');
  await expect(append(store, 0, 'abc')).rejects.toEqual(failsWith('position-mismatch'));
  await store.updateBucket(BUCKET, { appendable: { replay: 'same-bytes' } });
  expect(await append(store, 0, 'abc')).toMatchObject({ isReplay: true });
});

test('appendObject leaves no blob behind for a repeat, whenever it is found to be one', async () => {
  const { store, blobIds, read } = await openTestStore({ settings: { inlineLengthMax: 10 } });
  const body = patternBytes(100);
  for (const position of [0, 'auto'] as const) {
    const key = `log-${position}`;
    const results = await Promise.all([1, 2, 3].map(() => append(store, position, body, { key, appendId: 'a' })));
    expect(results.filter(({ isReplay }) => isReplay === true)).toHaveLength(2);
    expect(await append(store, position, body, { key, appendId: 'a' })).toMatchObject({ isReplay: true });
    expect(await read(key)).toEqual(Buffer.from(body));
  }
  expect(await blobIds()).toHaveLength(2);
});

test('appendObject: epoch and ids stay with a version that moves, and not with its copy', async () => {
  const { store } = await openTestStore({ settings: { appendable: { copy: 'allow' } } });
  await store.updateBucket(BUCKET, { versioning: 'enabled' });
  const { head } = await append(store, 0, 'abc', { appendId: 'a', writerEpoch: 5 });
  const source = { bucket: BUCKET, key: 'log' };
  const plan = () => plainAttributes;
  const copy = await store.copyObject({ bucket: BUCKET, key: 'copy', source, forbidOverwrite: false, plan });
  expect(copy.head).not.toHaveProperty('writerEpoch');
  await store.deleteObject(source);
  expect(await append(store, 0, 'x', { writerEpoch: 1, appendId: 'a' })).not.toHaveProperty('isReplay');
  const { versionId } = await store.headObject(source);
  await store.deleteObject({ ...source, ...(versionId !== undefined && { versionId }) });
  const { versionId: marker } = await store.deleteObject(source);
  expect(marker).toBeDefined();
  expect(head.writerEpoch).toBe(5);
});
