import { beforeEach, expect, test } from 'vitest';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import type { AppendIdNumbers } from '../append-types.js';
import { appendIdRange } from '../records/key-space.js';
import { AppendIds } from './append-ids.js';

const contentId = 'ab'.repeat(16);
const settings = { appendable: { appendIdCountMax: 10, appendIdAgeMsMax: 1000 } };
const clock = { atMs: 5000, nowMs: () => clock.atMs };
const append = { position: 0, length: 1, crc64: 1n, etag: 'e', objectCrc64: 1n };

let keyValues: KeyValueStore;
let numbers: AppendIdNumbers | undefined;

beforeEach(() => {
  keyValues = openMemoryKeyValueStore();
  numbers = undefined;
  clock.atMs = 5000;
});

/** One commit: all of these are asked for, those of `added` are remembered. @returns What was known before. */
async function commit(added: readonly string[], others: readonly string[] = []): Promise<readonly string[]> {
  const wanted = [...added, ...others];
  const record = { contentId, ...(numbers !== undefined && { appendIds: numbers }) };
  const ids = await AppendIds.read({ keyValues, settings, clock }, record, wanted);
  const known = wanted.filter((id) => ids.find(id) !== undefined);
  for (const id of added) ids.remember(id, { ...append, atMs: clock.atMs });
  numbers = ids.numbers;
  const [puts, deletes] = [ids.puts(), ids.deletes()];
  const { committed } = await keyValues.commit({ checks: ids.checks, puts, deletes });
  expect(committed).toBe(true);
  return known;
}

async function rowCount(): Promise<number> {
  return (await keyValues.list({ ...appendIdRange(contentId), limit: 1000 })).length;
}

const named = (name: string, count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${from + index}`);

test('AppendIds forgets as many as were added, not as many as were asked for', async () => {
  await commit(named('id', 10));
  // A batch of repeats with one append among them: nine others still have fewer than ten newer ones.
  await commit(['new'], named('id', 9, 1));
  const left = [...named('id', 9, 1), 'new'];
  expect(await commit([], [...left, 'id-0'])).toEqual(left);
  expect(await rowCount()).toBe(20);
});

test('AppendIds leaves the rows of an id as they are that was asked for, forgotten, and not used again', async () => {
  await commit(named('id', 10));
  clock.atMs += 1000;
  expect(await commit(['new'], ['id-9'])).toEqual([]);
  expect(await rowCount()).toBe(20);
  // Used again: it has a new number, and one pair of rows.
  await commit(['id-9']);
  expect(await rowCount()).toBe(18);
  await commit(named('later', 9));
  expect(await commit([], ['id-9'])).toEqual(['id-9']);
  expect(await rowCount()).toBe(20);
});

test('AppendIds catches up with a batch that is larger than what is remembered, with one more in each commit', async () => {
  await commit(named('id', 25));
  expect(await commit([], named('id', 25))).toEqual(named('id', 10, 15));
  await commit(named('later', 20));
  expect(await rowCount()).toBe(2 * 24);
  for (const id of named('last', 14)) await commit([id]);
  expect(await rowCount()).toBe(20);
});
