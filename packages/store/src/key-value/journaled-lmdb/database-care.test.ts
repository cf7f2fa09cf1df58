/** What is found, saved and given back in the database of a store that is stopped. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../../../../test/harness/temporary-folder.js';
import { checkDatabase, compactDatabase, salvageDatabase } from './database-care.js';
import { openJournaledLmdbKeyValueStore } from './open.js';

const PAGE = 4096;
const ROW_COUNT = 1500;
const END = Buffer.alloc(1977, 0xff);

let directory: string;
const journals = new Map<string, Buffer>();

beforeEach(async () => {
  directory = makeTemporaryFolder();
  const store = await openJournaledLmdbKeyValueStore({ directory });
  for (let first = 0; first < ROW_COUNT; first += 100) {
    const indexes = Array.from({ length: 100 }, (_, place) => first + place);
    await store.commit({ puts: indexes.map((index) => ({ key: keyOf(index), value: bytesOf(index) })) });
  }
  await store.close();
  for (const name of ['journal-0', 'journal-1']) journals.set(name, readFileSync(join(directory, name)));
});

const keyOf = (index: number): Buffer => Buffer.from(`key ${String(index).padStart(5, '0')}`);
const bytesOf = (index: number): Buffer => Buffer.alloc(index % 100 === 0 ? 20_000 : 300, `${index};`);
const database = (): string => join(directory, 'data.mdb');

async function findings(): Promise<{ finding: string; hit: boolean }[]> {
  const found: { finding: string; hit: boolean }[] = [];
  for await (const step of checkDatabase(directory)) {
    if ('finding' in step) found.push({ finding: step.finding, hit: step.range !== undefined });
  }
  return found;
}

/** Number of the first page of the newer head. */
function newestHeadOf(bytes: Buffer): number {
  return bytes.readDoubleLE(16) > bytes.readDoubleLE(2 * PAGE + 16) ? 0 : 2;
}

/** Whole pages of a kind and level that name themselves. */
function pagesOf(bytes: Buffer, kind: number, level: number): number[] {
  return Array.from({ length: bytes.length / PAGE }, (_, page) => page).filter(
    (page) =>
      page >= 4 &&
      bytes[page * PAGE + 4] === kind &&
      bytes[page * PAGE + 5] === level &&
      bytes.readUInt32LE(page * PAGE + 8) === page,
  );
}

/** Damages each page in turn until one is in use. @returns Findings about it. */
async function damageOneOf(pages: readonly number[], offset: number): Promise<{ finding: string; hit: boolean }[]> {
  const bytes = readFileSync(database());
  for (const page of pages) {
    const damaged = Buffer.from(bytes);
    damaged[page * PAGE + offset] = (damaged[page * PAGE + offset] as number) ^ 0x04;
    writeFileSync(database(), damaged);
    const found = await findings();
    if (found.length > 0) return found;
  }
  throw new Error('No page in use was found');
}

async function rowsAfterSalvage(): Promise<{ rowCount: number; lost: string[] }> {
  const lost: string[] = [];
  const damaged = readFileSync(database());
  const { rowCount, damagedPath } = await salvageDatabase(directory, ({ message }) => lost.push(message));
  expect(Buffer.compare(readFileSync(damagedPath), damaged)).toBe(0);
  expect(await findings()).toEqual([]);
  const store = await openJournaledLmdbKeyValueStore({ directory });
  const rows = await store.list({ start: keyOf(0), end: END, limit: ROW_COUNT });
  for (const { key, value } of rows) {
    const index = Number(Buffer.from(key).toString().slice(4));
    expect(Buffer.compare(value, bytesOf(index)), `row ${index}`).toBe(0);
  }
  expect(rows).toHaveLength(rowCount);
  expect(await store.commit({ puts: [{ key: keyOf(1), value: Buffer.from('goes on') }] })).toMatchObject({
    committed: true,
  });
  await store.close();
  return { rowCount, lost };
}

describe('the care of a database', () => {
  it('finds nothing wrong with one that is whole, and saves all of it', async () => {
    expect(await findings()).toEqual([]);
    expect(await rowsAfterSalvage()).toEqual({ rowCount: ROW_COUNT, lost: [] });
  });

  it('finds a damaged row, and saves all others', async () => {
    const found = await damageOneOf(pagesOf(readFileSync(database()), 1, 0), 2000);
    expect(found).toEqual([{ finding: expect.stringContaining('its checksum is wrong'), hit: true }]);
    const { rowCount, lost } = await rowsAfterSalvage();
    expect(rowCount).toBe(ROW_COUNT - 1);
    expect(lost).toHaveLength(1);
  });

  it('finds a damaged leaf whose header tells nothing, and saves what lies in the others', async () => {
    await damageOneOf(pagesOf(readFileSync(database()), 1, 0), 18);
    const { rowCount, lost } = await rowsAfterSalvage();
    expect(rowCount).toBeGreaterThan(ROW_COUNT - 30);
    expect(rowCount).toBeLessThan(ROW_COUNT);
    expect(lost).toHaveLength(1);
  });

  it('finds a damaged root, and saves every row below it', async () => {
    const bytes = readFileSync(database());
    const level = Math.max(1, ...[1, 2, 3].filter((each) => pagesOf(bytes, 2, each).length > 0));
    await damageOneOf(pagesOf(bytes, 2, level), 100);
    expect((await rowsAfterSalvage()).rowCount).toBe(ROW_COUNT);
  });

  it.each([0.3, 0.6, 0.95])(
    'says that a file was cut at %f of its pages, and saves what lies before',
    async (share) => {
      // So that what names the rest lies in front, as it does where rows come and go.
      const store = await openJournaledLmdbKeyValueStore({ directory });
      for (let index = 0; index < 60; index += 1) await store.commit({ deletes: [keyOf(index)] });
      await store.close();
      const again = await openJournaledLmdbKeyValueStore({ directory });
      await again.commit({ puts: [{ key: keyOf(7), value: bytesOf(7) }] });
      await again.close();
      const bytes = readFileSync(database());
      const head = newestHeadOf(bytes) * PAGE;
      const rootPage = bytes.readUInt32LE(head + 68);
      const pageCount = Math.max(rootPage + 1, Math.floor(bytes.readDoubleLE(head + 40) * share));
      truncateSync(database(), pageCount * PAGE + 100);
      const [first, ...others] = await findings();
      expect(first).toEqual({ finding: expect.stringContaining('its end is missing'), hit: true });
      expect(others.length).toBeGreaterThan(0);
      const { rowCount, lost } = await rowsAfterSalvage();
      expect(rowCount).toBeGreaterThan(0);
      expect(rowCount).toBeLessThan(ROW_COUNT - 59);
      expect(lost[0]).toContain('its end is missing');
      expect(lost.length).toBeGreaterThan(1);
    },
  );

  it('saves all of a file whose heads are damaged in all copies, wherever that is not what names the tree', async () => {
    const bytes = readFileSync(database());
    for (const offset of [3, 20, 45, 64, 3000]) {
      const damaged = Buffer.from(bytes);
      for (let page = 0; page < 4; page += 1) damaged.fill(0xff, page * PAGE + offset, page * PAGE + offset + 4);
      writeFileSync(database(), damaged);
      await expect(openJournaledLmdbKeyValueStore({ directory })).rejects.toMatchObject({
        cause: { message: expect.stringContaining('annals fsck --repair') },
      });
      expect(await findings()).toEqual([{ finding: expect.stringMatching(/no whole head|no database/), hit: true }]);
      expect((await rowsAfterSalvage()).rowCount).toBe(ROW_COUNT);
      for (const name of ['journal-0', 'journal-1']) writeFileSync(join(directory, name), journals.get(name) as Buffer);
    }
  });

  it('says that a newer state may be missing where one of the two heads names none', async () => {
    const bytes = readFileSync(database());
    const newest = newestHeadOf(bytes);
    bytes.fill(0, newest * PAGE, (newest + 2) * PAGE);
    for (const page of [0, 1, 2, 3]) bytes[page * PAGE + 20] = (bytes[page * PAGE + 20] as number) ^ 1;
    writeFileSync(database(), bytes);
    expect((await findings()).map(({ finding }) => finding)).toContainEqual(expect.stringContaining('may be missing'));
    const { lost } = await rowsAfterSalvage();
    expect(lost).toContainEqual(expect.stringContaining('may be missing'));
  });

  it('saves nothing where nothing names a tree, and leaves all as it was', async () => {
    const bytes = readFileSync(database());
    bytes.fill(0, 0, 4 * PAGE);
    writeFileSync(database(), bytes);
    await expect(findings()).rejects.toThrow('nothing in it can be proven');
    await expect(salvageDatabase(directory, () => {})).rejects.toThrow('nothing in it can be proven');
    expect(Buffer.compare(readFileSync(database()), bytes)).toBe(0);
  });

  it('brings what the journal holds into what was saved without a head', async () => {
    const script = `
      const { openJournaledLmdbKeyValueStore } = await import(${JSON.stringify(new URL('../../../dist/index.js', import.meta.url).href)});
      const store = await openJournaledLmdbKeyValueStore({ directory: ${JSON.stringify(directory)} });
      for (let index = 0; index < 20; index += 1)
        await store.commit({ puts: [{ key: Buffer.from('late ' + index), value: Buffer.from('after') }], deletes: [Buffer.from('key 00001')] });
      process.kill(process.pid, 'SIGKILL');`;
    spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    const bytes = readFileSync(database());
    for (const page of [0, 1, 2, 3]) bytes[page * PAGE + 30] = (bytes[page * PAGE + 30] as number) ^ 1;
    writeFileSync(database(), bytes);
    await salvageDatabase(directory, () => {});
    const store = await openJournaledLmdbKeyValueStore({ directory });
    expect(await store.list({ start: Buffer.from('late'), end: END, limit: 100 })).toHaveLength(20);
    expect(await store.get(keyOf(1))).toBeUndefined();
    expect(await store.list({ start: keyOf(0), end: Buffer.from('key a'), limit: ROW_COUNT })).toHaveLength(
      ROW_COUNT - 1,
    );
    const newest = (await store.list({ start: Buffer.from('late'), end: END, limit: 100 })).map(
      ({ version }) => version,
    );
    const outcome = await store.commit({ puts: [{ key: keyOf(3), value: Buffer.from('x') }] });
    expect(outcome.committed && outcome.version).toBeGreaterThan(Math.max(...newest));
    await store.close();
  });

  it('makes the file as short as its rows', async () => {
    const store = await openJournaledLmdbKeyValueStore({ directory });
    for (let index = 0; index < ROW_COUNT; index += 1) {
      if (index % 10 !== 0) await store.commit({ deletes: [keyOf(index)] });
    }
    await store.close();
    const before = statSync(database()).size;
    const after = await compactDatabase(directory);
    expect(statSync(database()).size).toBe(after);
    expect(after).toBeLessThan(before / 2);
    expect(await findings()).toEqual([]);
  });
});
