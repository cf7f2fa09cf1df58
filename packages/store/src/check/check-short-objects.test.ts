import { expect, test } from 'vitest';
import { BUCKET, openTestStore, type TestStore } from '../conformance/object-store-test-store.js';
import { decodeObjectRecord, encodeObjectRecord } from '../object-store/records/object-record.js';
import type { ObjectRecord } from '../object-store/records/version-record.js';
import { checkStore } from './check-store.js';
import type { Finding } from './finding.js';

async function kindsFound({ keyValues, blobs }: TestStore): Promise<string[]> {
  const findings: Finding[] = [];
  await checkStore({ keyValues, blobs, onFinding: (finding) => findings.push(finding) });
  return findings.map(({ kind, key }) => (key === undefined ? kind : `${kind} ${key}`)).sort();
}

/** A store with two short objects, of which the first has another row. */
async function storeWith(change: (row: Uint8Array) => Uint8Array): Promise<TestStore> {
  const test = await openTestStore({ settings: { rowBodyLengthMax: 10 } });
  await test.put('a', 'abc');
  await test.put('b', 'abc');
  const [row] = await test.rows('O');
  if (row === undefined) throw new Error('There is no row');
  await test.keyValues.commit({ puts: [{ key: row.key, value: change(row.value) }] });
  return test;
}

const recordOf = (row: Uint8Array): ObjectRecord =>
  decodeObjectRecord({ bucket: BUCKET, key: 'a', versionIdDefault: undefined }, row);

test('other bytes in the row of an object are found, and nothing where they are right', async () => {
  expect(await kindsFound(await storeWith((row) => row))).toEqual([]);
  const other = await storeWith((row) => encodeObjectRecord({ ...recordOf(row), body: Buffer.from('abd') }));
  expect(await kindsFound(other)).toEqual(['object-checksum a']);
});

test('fewer bytes in the row of an object than it says are found', async () => {
  const cut = await storeWith((row) => row.subarray(0, -1));
  expect(await kindsFound(cut)).toEqual(['counter-wrong', 'counter-wrong', 'row-malformed']);
});

test('the row of an object that should have a content, and has none, is found', async () => {
  const without = await storeWith((row) => {
    const { body: _, ...record } = recordOf(row);
    return encodeObjectRecord({ ...record, referenceId: 'ab'.repeat(16) });
  });
  expect(await kindsFound(without)).toEqual(['object-damaged a', 'reference-missing a']);
});
