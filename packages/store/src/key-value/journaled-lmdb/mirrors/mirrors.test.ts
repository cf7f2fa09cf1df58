/** What several mirrors of one folder promise together, and what becomes of them when one end goes. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTemporaryFolder } from '../../../../../../test/harness/temporary-folder.js';
import { type MirroredEngine, openMirroredEngine } from './mirror-fixture.js';
import { SequencePublisher } from './published-sequence.js';
import { SEQUENCE_FILE_NAME } from './row-mirrors.js';

const MIRROR_COUNT = 3;
const ROUND_COUNT = 300;

let directory: string;
let engine: MirroredEngine;
/** What mirrors said, and of which they are known to be gone. */
let said: { readonly mirror: object; readonly note: string }[];
let ended: object[];

beforeEach(async () => {
  directory = makeTemporaryFolder();
  [said, ended] = [[], []];
  engine = await openMirroredEngine(directory, {
    receive: (mirror, note) => void said.push({ mirror, note }),
    ended: (mirror) => void ended.push(mirror),
  });
});

afterEach(async () => {
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

const openMirrors = (): Promise<Awaited<ReturnType<MirroredEngine['mirror']>>[]> =>
  Promise.all(Array.from({ length: MIRROR_COUNT }, () => engine.mirror()));

test('what one mirror was told of is what every other reads, at once and across checkpoints', async () => {
  const mirrors = await openMirrors();
  const value = Buffer.alloc(30_000, 'v');
  for (let round = 0; round < ROUND_COUNT; round += 1) {
    const key = Buffer.from(`key ${round % 7}`);
    const writer = mirrors[round % MIRROR_COUNT]?.store;
    const body = Buffer.concat([Buffer.from(`${round} `), value]);
    const outcome = await writer?.commit({
      puts: [{ key, value: body }],
      sums: [{ key: Buffer.from('n'), delta: 1n }],
    });
    expect(outcome?.committed).toBe(true);
    for (const store of [...mirrors.map((mirror) => mirror.store), engine.engine]) {
      const [row, count] = await Promise.all([store.get(key), store.get(Buffer.from('n'))]);
      expect(Buffer.from(row?.value ?? []).equals(body)).toBe(true);
      expect(Buffer.from(count?.value ?? []).readBigInt64LE()).toBe(BigInt(round + 1));
    }
  }
  for (const { store } of mirrors) await store.close();
});

test('commits of mirrors that race are decided one after the other, and nothing is lost', async () => {
  const mirrors = await openMirrors();
  const key = Buffer.from('counter');
  const add = async ({ store }: (typeof mirrors)[number]): Promise<void> => {
    for (let count = 0; count < 60; count += 1) {
      for (let isDone = false; !isDone; ) {
        const row = await store.get(key);
        const next = Buffer.from(String(Number(row === undefined ? 0 : Buffer.from(row.value).toString()) + 1));
        const outcome = await store.commit({ checks: [{ key, version: row?.version }], puts: [{ key, value: next }] });
        isDone = outcome.committed;
      }
    }
  };
  await Promise.all([...mirrors, ...mirrors].map(add));
  for (const { store } of mirrors) {
    expect(Buffer.from((await store.get(key))?.value ?? []).toString()).toBe(String(60 * 2 * MIRROR_COUNT));
    await store.close();
  }
});

test('a watch of one mirror tells of what another commits', async () => {
  const [first, second] = await openMirrors();
  const key = Buffer.from('watched');
  const told = new Promise<void>((resolve) => first?.store.watch(key, resolve));
  await second?.store.commit({ puts: [{ key, value: key }] });
  await told;
  expect((await first?.store.get(key))?.value).toEqual(key);
});

test('a snapshot of a mirror stays while the rows that it has are replaced and brought into the tree', async () => {
  const [first, second] = await openMirrors();
  const put = (value: string, index: number) =>
    second?.store.commit({ puts: [{ key: Buffer.from(`k${index}`), value: Buffer.alloc(20_000, value) }] });
  for (let index = 0; index < 200; index += 1) await put('a', index);
  const snapshot = await first?.store.snapshot();
  for (let round = 0; round < 4; round += 1) for (let index = 0; index < 200; index += 1) await put('b', index);
  const rows = (await snapshot?.list({ start: Buffer.from('k'), end: Buffer.from('l'), limit: 1000 })) ?? [];
  expect(rows).toHaveLength(200);
  expect(rows.every(({ value }) => value[0] === 0x61 && value.at(-1) === 0x61)).toBe(true);
  await snapshot?.close();
});

test('a mirror that is cut off leaves the others and the engine as they are', async () => {
  const [lost, left] = await openMirrors();
  const key = Buffer.from('k');
  const under = Promise.allSettled(
    Array.from({ length: 50 }, (_, index) =>
      lost?.store.commit({ puts: [{ key, value: Buffer.from(String(index)) }] }),
    ),
  );
  await new Promise((resolve) => setImmediate(resolve));
  lost?.socket.destroy();
  for (const outcome of await under) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ reason: { because: 'outcome-unknown' } });
  }
  await expect(lost?.store.get(key)).rejects.toMatchObject({ reason: { because: 'closed' } });
  expect(await left?.store.commit({ puts: [{ key, value: Buffer.from('after') }] })).toMatchObject({ committed: true });
  expect(Buffer.from((await engine.engine.get(key))?.value ?? []).toString()).toBe('after');
});

test('notes come in order with commits, and a mirror has ended when none of its commits is under way', async () => {
  const heard: string[] = [];
  const { store, socket } = await engine.mirror((note) => heard.push(note));
  const key = Buffer.from('k');
  store.note('before');
  const first = store.commit({ puts: [{ key, value: key }] });
  store.note('between');
  await first;
  expect(said.map(({ note }) => note)).toEqual(['before', 'between']);
  expect(new Set(said.map(({ mirror }) => mirror)).size).toBe(1);
  engine.note('to all');
  await expect.poll(() => heard, { timeout: 60_000 }).toEqual(['to all']);
  const last = store.commit({ puts: [{ key, value: Buffer.from('last') }] });
  await new Promise((resolve) => setImmediate(resolve));
  socket.end();
  await last.catch(() => undefined);
  await expect.poll(() => ended[0], { timeout: 60_000 }).toBe(said[0]?.mirror);
  expect(Buffer.from((await engine.engine.get(key))?.value ?? []).toString()).toBe('last');
});

test('a mirror reads nothing any more once another process owns the folder', async () => {
  const { store } = await engine.mirror();
  const key = Buffer.from('k');
  await store.commit({ puts: [{ key, value: key }] });
  const next = new SequencePublisher(join(directory, 'metadata', SEQUENCE_FILE_NAME), 1);
  await expect(store.get(key)).rejects.toMatchObject({ reason: { because: 'closed' } });
  await expect(store.list({ start: key, end: Buffer.from('l'), limit: 1 })).rejects.toThrow('unavailable');
  next.close();
});
