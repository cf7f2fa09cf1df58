/** Each way in which rows of append ids can be wrong is found, named and, where that takes no guessing, put right. */
import { beforeEach, expect, test } from 'vitest';
import { openMemoryBlobStore } from '../blob/memory/open.js';
import { bodyOf } from '../conformance/object-store-bodies.js';
import { BUCKET, openTestStore, plainAttributes, type TestStore } from '../conformance/object-store-test-store.js';
import type { KeyValueEntry, KeyValueStore } from '../contract/key-value-store.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { applyRepair, reverseOf } from './apply-repair.js';
import { checkStore } from './check-store.js';
import { textOfRows } from './everything-fixture.js';
import type { Finding, FindingKind } from './finding.js';

const ID = Buffer.alloc(16, 0xab);
const blobs = openMemoryBlobStore();

let keyValues: KeyValueStore;
let opened: TestStore;

beforeEach(async () => {
  keyValues = openMemoryKeyValueStore();
  opened = await openTestStore({ keyValues, blobs });
  const base = { bucket: BUCKET, key: 'log', ownerId: 'owner', callerId: 'caller', expected: {} };
  for (const [position, appendId] of ['first', 'second', 'third'].entries()) {
    await opened.store.appendObject({ ...base, attributes: plainAttributes, position, appendId }, bodyOf('x'));
  }
});

async function check(): Promise<Finding[]> {
  const findings: Finding[] = [];
  await checkStore({ keyValues, blobs, onFinding: (finding) => findings.push(finding) });
  return findings;
}

async function found(isWanted: (row: KeyValueEntry) => boolean): Promise<KeyValueEntry> {
  const rows = await keyValues.list({ start: Buffer.from('D'), end: Buffer.from('E'), limit: 100 });
  return rows.find(isWanted) ?? expect.fail('there is no such row');
}

const rowById = (appendId: string) => found(({ key }) => Buffer.from(key).subarray(17).toString() === `i${appendId}`);
const rowByNumber = (appendId: string) => found(({ value }) => Buffer.from(value).toString() === appendId);
const set = (key: Uint8Array, value: Uint8Array) => keyValues.commit({ puts: [{ key, value }] });
const remove = ({ key }: KeyValueEntry) => keyValues.commit({ deletes: [key] });

interface Wrong {
  readonly name: string;
  readonly make: () => Promise<unknown>;
  /** With what the message names. */
  readonly finds: readonly (readonly [FindingKind, RegExp])[];
  readonly isRepaired?: true;
}

test.each<Wrong>([
  { name: 'nothing', make: async () => undefined, finds: [], isRepaired: true },
  {
    name: 'the number of an id gone',
    make: async () => remove(await rowByNumber('second')),
    finds: [['append-id-wrong', /"second" .* has the number 1, which has no row/]],
    isRepaired: true,
  },
  {
    name: 'an id gone',
    make: async () => remove(await rowById('second')),
    finds: [['append-id-lost', /"second"/]],
    isRepaired: true,
  },
  {
    name: 'an id that is no JSON',
    make: async () => set((await rowById('second')).key, Buffer.from('{')),
    finds: [['row-malformed', /is not JSON/]],
  },
  {
    name: 'an id without a position',
    make: async () => {
      const { key, value } = await rowById('second');
      await set(key, Buffer.from(Buffer.from(value).toString().replace('"position"', '"place"')));
    },
    finds: [['row-malformed', /position/]],
  },
  {
    name: 'a number that names no id',
    make: async () => set((await rowByNumber('second')).key, Buffer.from('an id')),
    finds: [
      ['append-id-wrong', /"second" .* whose row names another id/],
      ['row-malformed', /visible ASCII/],
    ],
  },
  {
    name: 'two numbers that name one id',
    make: async () => set((await rowByNumber('second')).key, Buffer.from('first')),
    finds: [
      ['append-id-wrong', /"second" .* whose row names another id/],
      ['append-id-wrong', /The number 1 .* "first", which has the number 0/],
    ],
    isRepaired: true,
  },
  {
    name: 'an id of a content that is not there',
    make: async () => {
      const { key, value } = await rowById('second');
      await set(Buffer.concat([Buffer.from('D'), ID, Buffer.from(key).subarray(17)]), value);
    },
    finds: [['append-id-orphaned', new RegExp(ID.toString('hex'))]],
    isRepaired: true,
  },
  {
    name: 'a row that is neither of an id nor of a number',
    make: async () => set(Buffer.concat([Buffer.from('D'), ID, Buffer.from('x')]), Buffer.from('first')),
    finds: [['row-malformed', /neither an id nor a number/]],
  },
])('what is wrong with append ids is found: $name', async ({ make, finds, isRepaired }) => {
  await make();
  const before = await textOfRows(keyValues);
  const findings = await check();
  const shown = findings.map(({ kind, message }) => `${kind}: ${message}`).sort();
  expect(shown.map((text) => text.slice(0, text.indexOf(':')))).toEqual(finds.map(([kind]) => kind));
  for (const [index, [, named]] of finds.entries()) expect(shown[index]).toMatch(named);
  const repairs = findings.flatMap(({ repair }) => repair ?? []);
  for (const repair of repairs) expect(await applyRepair(keyValues, repair)).toBe(true);
  // What is left after a repair may have got a repair only by it: the next run finds it.
  for (const { repair } of await check()) {
    if (repair === undefined) continue;
    expect(await applyRepair(keyValues, repair)).toBe(true);
    repairs.push(repair);
  }
  if (isRepaired === true) expect(await check()).toEqual([]);
  for (const repair of repairs.reverse()) expect(await applyRepair(keyValues, reverseOf(repair))).toBe(true);
  expect(await textOfRows(keyValues)).toEqual(before);
});

test('rows of append ids that a sweep has left for its next round are no finding', async () => {
  await opened.store.deleteObject({ bucket: BUCKET, key: 'log' });
  const extents = await keyValues.list({ start: Buffer.from('E'), end: Buffer.from('F'), limit: 100 });
  // As the sweep does: bytes first, then the ids, the note last.
  await keyValues.commit({ deletes: [...extents.map(({ key }) => key), (await rowById('first')).key] });
  expect(await check()).toEqual([]);
  for (let round = 0; round < 3; round += 1) await opened.store.maintenance.sweepGarbage({ rowCountMax: 1000 });
  expect(await keyValues.list({ start: Buffer.from('D'), end: Buffer.from('E'), limit: 100 })).toEqual([]);
  expect(await check()).toEqual([]);
});
