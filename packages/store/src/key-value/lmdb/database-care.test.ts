/** What is found, saved and given back in the database of a store that is stopped. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkDatabase, compactDatabase, salvageDatabase } from './database-care.js';
import { openLmdbKeyValueStore } from './open.js';

const PAGE = 4096;
const ROW_COUNT = 1500;
const END = Buffer.alloc(1977, 0xff);

let directory: string;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'annals-care-'));
  const store = await openLmdbKeyValueStore({ directory });
  for (let first = 0; first < ROW_COUNT; first += 100) {
    const indexes = Array.from({ length: 100 }, (_, place) => first + place);
    await store.commit({ puts: indexes.map((index) => ({ key: keyOf(index), value: bytesOf(index) })) });
  }
  await store.close();
});

afterEach(() => {
  rmSync(directory, { recursive: true });
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
  const store = await openLmdbKeyValueStore({ directory });
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

  it('makes the file as short as its rows', async () => {
    const store = await openLmdbKeyValueStore({ directory });
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
