import { expect, test } from 'vitest';
import { openMemoryBlobStore } from '../../blob/memory/open.js';
import type { KeyValueStore } from '../../contract/key-value-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';
import { openObjectStore } from '../object-store.js';

const everything = { start: Buffer.from([0]), end: Buffer.from([0xff]), limit: 10 };

async function engineWith(key: string, value: string): Promise<KeyValueStore> {
  const keyValues = openMemoryKeyValueStore();
  await keyValues.commit({ puts: [{ key: Buffer.from(key), value: Buffer.from(value) }] });
  return keyValues;
}

const open = (keyValues: KeyValueStore) => openObjectStore({ keyValues, blobs: openMemoryBlobStore() });

test('openObjectStore writes the format row into empty engines and accepts it afterwards', async () => {
  const keyValues = openMemoryKeyValueStore();
  await Promise.all([open(keyValues), open(keyValues)]);
  await open(keyValues);
  const rows = await keyValues.list(everything);
  expect(rows.map((row) => Buffer.from(row.value).toString())).toEqual(['{"name":"annals","version":6}']);
});

test.each([4, 5])(
  'openObjectStore brings engines of format %i to format 6, and touches nothing else',
  async (version) => {
    const keyValues = await engineWith('F', `{"name":"annals","version":${version}}`);
    await keyValues.commit({ puts: [{ key: Buffer.from('Sx'), value: Buffer.from('true') }] });
    for (let start = 0; start < 2; start += 1) {
      await open(keyValues);
      const rows = await keyValues.list(everything);
      expect(rows.map(({ value }) => Buffer.from(value).toString())).toEqual(['{"name":"annals","version":6}', 'true']);
    }
  },
);

test.each([
  [
    'F',
    '{"name":"annals","version":7}',
    'Cannot open the store: it has format 7, this program reads format 6 and migrates formats 3 to 5',
  ],
  [
    'F',
    '{"name":"annals","version":2}',
    'Cannot open the store: it has format 2, this program reads format 6 and migrates formats 3 to 5',
  ],
  [
    'F',
    '{"name":"annals","version":4,"migration":{"from":3,"ends":[{"blobId":"../x","end":"00"}]}}',
    'Cannot open the store: its format row tells of a migration this program does not know',
  ],
  ['F', '{"name":"other","version":3}', 'Cannot open the store: its format row is unknown, so something else wrote it'],
  ['F', 'no JSON', 'Cannot open the store: its format row is unknown, so something else wrote it'],
  ['F', '1', 'Cannot open the store: its format row is unknown, so something else wrote it'],
  ['x', 'y', 'Cannot open the store: it holds rows but no format row, so something else wrote it'],
])('openObjectStore leaves engines with row %s = %s alone', async (key, value, message) => {
  const keyValues = await engineWith(key, value);
  await expect(open(keyValues)).rejects.toThrow(message);
  const rows = await keyValues.list(everything);
  expect(rows.map((row) => Buffer.from(row.value).toString())).toEqual([value]);
});
