/**
 * A damaged, cut or former database file under a whole store: errors that name what is hit, everything else as before,
 * and no ended process.
 */

import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../../../../test/harness/temporary-folder.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import { openJournaledLmdbKeyValueStore } from './open.js';

const PAGE = 4096;
const ROW_COUNT = 2000;
const END = Buffer.alloc(1977, 0xff);

let directory: string;
let stores: KeyValueStore[] = [];

beforeEach(() => {
  directory = makeTemporaryFolder();
});

afterEach(async () => {
  for (const store of stores) await store.close();
  stores = [];
});

const keyOf = (index: number): Buffer => Buffer.from(`key ${String(index).padStart(5, '0')}`);
const bytesOf = (index: number): Buffer => Buffer.alloc(index % 100 === 0 ? 20_000 : 300, `${index};`);
const database = (): string => join(directory, 'data.mdb');

async function start(): Promise<KeyValueStore> {
  const store = await openJournaledLmdbKeyValueStore({ directory });
  stores.push(store);
  return store;
}

async function stop(): Promise<void> {
  await stores.pop()?.close();
}

async function fill(): Promise<void> {
  const store = await start();
  for (let first = 0; first < ROW_COUNT; first += 100) {
    const indexes = Array.from({ length: 100 }, (_, place) => first + place);
    await store.commit({ puts: indexes.map((index) => ({ key: keyOf(index), value: bytesOf(index) })) });
  }
  await stop();
}

/** @returns Indexes of rows that cannot be proven. @throws When any answer is wrong. */
async function hitRows(store: KeyValueStore): Promise<number[]> {
  const hit: number[] = [];
  for (let index = 0; index < ROW_COUNT; index += 1) {
    try {
      const entry = await store.get(keyOf(index));
      expect(Buffer.compare(entry?.value ?? Buffer.alloc(0), bytesOf(index)), `row ${index}`).toBe(0);
    } catch (error) {
      expectCorrupt(error, index);
      hit.push(index);
    }
  }
  return hit;
}

function expectCorrupt(error: unknown, index: number): void {
  const { reason } = error as EngineFailure;
  if (!(error instanceof EngineFailure) || reason.kind !== 'corrupt') throw error;
  expect(reason.detail.length).toBeLessThan(1200);
  expect(Buffer.compare(reason.keyRange?.start ?? END, keyOf(index))).toBeLessThanOrEqual(0);
  expect(Buffer.compare(keyOf(index), reason.keyRange?.end ?? Buffer.alloc(0))).toBeLessThan(0);
}

/** @returns Page numbers of the leaves, by what stands in them. */
function leafPages(bytes: Buffer): number[] {
  const pages = Array.from({ length: Math.floor(bytes.length / PAGE) }, (_, page) => page);
  return pages.filter(
    (page) => page >= 4 && bytes[page * PAGE + 4] === 1 && bytes.readUInt32LE(page * PAGE + 8) === page,
  );
}

describe('a store whose database is damaged', () => {
  it('serves and takes everything but what lies in the damaged page, and names that', async () => {
    await fill();
    const files = ['data.mdb', 'journal-0', 'journal-1'].map(
      (name) => [name, readFileSync(join(directory, name))] as const,
    );
    const bytes = readFileSync(database());
    const leaves = leafPages(bytes);
    expect(leaves.length).toBeGreaterThan(20);
    let damagedCount = 0;
    for (const page of leaves.filter((_, place) => place % 17 === 0)) {
      const damaged = Buffer.from(bytes);
      damaged[page * PAGE + 1000] = (damaged[page * PAGE + 1000] as number) ^ 0x01;
      writeFileSync(database(), damaged);
      const store = await start();
      const hit = await hitRows(store);
      // A page that was freed is not in use, and harms nobody.
      if (hit.length > 0) {
        damagedCount += 1;
        expect(hit.length).toBe(1);
        const [first] = hit as [number];
        const range = { start: keyOf(0), end: END, limit: ROW_COUNT };
        await expect(store.list(range)).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
        const before = await store.list({ ...range, limit: first });
        expect(before).toHaveLength(first);
        const put = { puts: [{ key: keyOf(first), value: Buffer.from('new') }] };
        await expect(store.commit(put)).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
        await expect(store.commit({ deletes: [keyOf(first)] })).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
        const check = { checks: [{ key: keyOf(first), version: 1 }] };
        await expect(store.commit(check)).rejects.toMatchObject({ reason: { kind: 'corrupt' } });
        const other = keyOf((first + 300) % ROW_COUNT);
        expect(await store.commit({ puts: [{ key: other, value: bytesOf((first + 300) % ROW_COUNT) }] })).toMatchObject(
          {
            committed: true,
          },
        );
      }
      // Checkpoints go on too: closing makes one of what was committed.
      await stop();
      if (hit.length > 0) expect(await hitRows(await start())).toEqual(hit);
      await stop();
      for (const [name, content] of files) writeFileSync(join(directory, name), content);
    }
    expect(damagedCount).toBeGreaterThan(0);
  });

  it('refuses to open when its database was cut, and says what to do', async () => {
    await fill();
    const bytes = readFileSync(database());
    for (const length of [1, 4095, 8192, 16_384, 40_000, 400_000]) {
      writeFileSync(database(), bytes.subarray(0, length));
      await expect(start()).rejects.toMatchObject({
        reason: { kind: 'unavailable' },
        cause: { message: expect.stringContaining('annals fsck') },
      });
      expect(statSync(database()).size).toBe(length);
    }
    rmSync(database());
    await expect(start()).rejects.toMatchObject({ cause: { message: expect.stringContaining('it is missing') } });
    writeFileSync(database(), Buffer.alloc(bytes.length));
    await expect(start()).rejects.toMatchObject({ reason: { kind: 'unavailable' } });
    writeFileSync(database(), bytes);
    expect(await hitRows(await start())).toEqual([]);
  });

  it('opens a database that is longer than an array of bytes can be', async () => {
    await fill();
    truncateSync(database(), 5 * 1024 ** 3);
    expect(await hitRows(await start())).toEqual([]);
  });

  it('gives the space of what was deleted back to the file system', async () => {
    const store = await start();
    const value = Buffer.alloc(100_000, 'v');
    for (let index = 0; index < 400; index += 4) {
      const puts = [0, 1, 2, 3].map((place) => ({ key: keyOf(index + place), value }));
      await store.commit({ puts });
    }
    await store.commit({ puts: [{ key: Buffer.from('stays'), value }] });
    expect(statSync(database()).blocks * 512).toBeGreaterThan(40_000_000);
    for (let index = 0; index < 400; index += 1) await store.commit({ deletes: [keyOf(index)] });
    // Without another commit: what is left to do is done while the store is idle.
    while (statSync(database()).blocks * 512 > 16_000_000) await pause(20);
    expect((await store.get(Buffer.from('stays')))?.value).toHaveLength(100_000);
    await stop();
    const again = await start();
    expect(
      (await again.list({ start: keyOf(0), end: END, limit: 10 })).map(({ key }) => Buffer.from(key).toString()),
    ).toEqual(['stays']);
  });
});

describe('a folder that LMDB wrote', () => {
  /** Makes a database as programs of format 3 did, without a journal: one that was never committed to since. */
  async function makeFormer(rows: ReadonlyMap<string, Buffer>): Promise<void> {
    const root = open<Buffer, Uint8Array>({
      path: directory,
      noSubdir: false,
      overlappingSync: false,
      keyEncoding: 'binary',
      encoding: 'binary',
      maxDbs: 1,
    });
    for (let slice = 0; slice < 3; slice += 1) {
      root.transactionSync(() => {
        let place = 0;
        for (const [text, value] of rows) {
          place += 1;
          if (place % 3 !== slice) continue;
          const stored = Buffer.alloc(8 + value.length);
          stored.writeDoubleLE(place, 0);
          stored.set(value, 8);
          root.put(Buffer.from(text, 'latin1'), stored);
          if (place % 10 === 0) root.put(Buffer.from(`gone ${place}`), stored);
        }
      });
    }
    root.transactionSync(() => {
      for (let place = 10; place <= rows.size; place += 10) root.remove(Buffer.from(`gone ${place}`));
    });
    await root.close();
  }

  const rows = new Map(
    Array.from({ length: 3000 }, (_, index) => [
      `${index % 2 === 0 ? 'a' : 'b'.repeat(1 + (index % 900))}${index}`,
      Buffer.alloc(index % 40 === 0 ? 30_000 : index % 500, `${index};`),
    ]),
  );

  async function contents(store: KeyValueStore): Promise<string[]> {
    const entries = await store.list({ start: Buffer.from([0]), end: END, limit: 100_000 });
    return entries.map(
      ({ key, value }) => `${Buffer.from(key).toString('latin1')} ${Buffer.from(value).toString('latin1')}`,
    );
  }

  it('has all its rows after its first start, which says how far it is, and after a start that was cut off', async () => {
    await makeFormer(rows);
    writeFileSync(`${database()}.new`, 'of a start that was cut off');
    const progress: number[] = [];
    const store = await openJournaledLmdbKeyValueStore({
      directory,
      observeMigration: ({ rowCount, totalRowCount }) => {
        expect(totalRowCount).toBe(rows.size);
        progress.push(rowCount);
      },
    });
    stores.push(store);
    expect(progress.at(-1)).toBe(rows.size);
    const expected = [...rows].map(([key, value]) => `${key} ${value.toString('latin1')}`).sort();
    const found = await contents(store);
    expect(found.length).toBe(expected.length);
    expect(found.join('\n') === expected.join('\n')).toBe(true);
    expect(await store.get(Buffer.from('a0'))).toMatchObject({ version: 1 });
    await stop();
    expect(readdirSync(directory).sort()).toEqual(['data.mdb', 'journal-0', 'journal-1', 'lock']);
    expect((await contents(await start())).length).toBe(rows.size);
  });

  it('is refused and left alone when it contradicts itself, and never ends the process', async () => {
    await makeFormer(rows);
    const bytes = readFileSync(database());
    let refusedCount = 0;
    for (let page = 0; page < bytes.length / PAGE; page += 61) {
      const damaged = Buffer.from(bytes);
      damaged.fill(page % 2 === 0 ? 0 : 0xff, page * PAGE, page * PAGE + 64);
      writeFileSync(database(), damaged);
      try {
        // Bytes of a value, or a page not in use: LMDB kept nothing by which that could be told.
        expect((await contents(await start())).length).toBe(rows.size);
        await stop();
      } catch (error) {
        expect(error).toMatchObject({
          reason: { kind: 'unavailable' },
          cause: { message: expect.stringContaining('annals fsck') },
        });
        expect(Buffer.compare(readFileSync(database()), damaged)).toBe(0);
        expect(existsSync(`${database()}.new`)).toBe(false);
        refusedCount += 1;
      }
      for (const name of ['journal-0', 'journal-1']) rmSync(join(directory, name), { force: true });
    }
    expect(refusedCount).toBeGreaterThan(3);
    writeFileSync(database(), bytes);
    truncateSync(database(), 100_000);
    await expect(start()).rejects.toMatchObject({ cause: { message: expect.stringContaining('its end is missing') } });
  });
});
