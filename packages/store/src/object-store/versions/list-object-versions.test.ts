import { expect, test } from 'vitest';
import { interceptKeyValues } from '../../conformance/object-store-interception.js';
import { BUCKET, openTestStore } from '../../conformance/object-store-test-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';

const everything = { bucket: BUCKET, prefix: '', delimiter: '', after: undefined, limit: 1000 };

test('listObjectVersions costs what it returns: earlier versions of other keys and keys below a common prefix are not read', async () => {
  let rowCount = 0;
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    async list(_range, pass) {
      const rows = await pass();
      rowCount += rows.length;
      return rows;
    },
  });
  const test = await openTestStore({ keyValues });
  await test.store.updateBucket(BUCKET, { versioning: 'enabled' });
  for (let index = 0; index < 200; index++) await test.put('a', `${index}`);
  for (let index = 0; index < 200; index++) await test.put(`b/${index}`, 'x');
  await test.put('c', 'x');
  rowCount = 0;
  const first = await test.store.listObjectVersions({ ...everything, limit: 3 });
  expect(first.versions).toHaveLength(3);
  expect(rowCount).toBeLessThan(12);
  rowCount = 0;
  const last = await test.store.listObjectVersions({ ...everything, delimiter: '/', after: { key: 'a' } });
  expect([last.commonPrefixes, last.versions.length]).toEqual([['b/'], 1]);
  expect(rowCount).toBeLessThan(24);
});

test('listObjects reads no delete marker and no earlier version', async () => {
  let rowCount = 0;
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    async list(_range, pass) {
      const rows = await pass();
      rowCount += rows.length;
      return rows;
    },
  });
  const test = await openTestStore({ keyValues });
  await test.store.updateBucket(BUCKET, { versioning: 'enabled' });
  for (let index = 0; index < 100; index++) {
    await test.put(`gone/${index}`, 'x');
    await test.store.deleteObject({ bucket: BUCKET, key: `gone/${index}` });
    await test.put('live', 'x');
  }
  rowCount = 0;
  const page = await test.store.listObjects({ ...everything, after: '' });
  expect(page.objects.map(({ key }) => key)).toEqual(['live']);
  expect(rowCount).toBe(1);
});

test('a key that changes while its versions are listed is shown as it is afterwards, nothing twice and nothing lost', async () => {
  let change: (() => Promise<unknown>) | undefined;
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    async list(range, pass) {
      const due = range.start[0] === 'V'.charCodeAt(0) ? change : undefined;
      if (due !== undefined) {
        change = undefined;
        await due();
      }
      return pass();
    },
  });
  const test = await openTestStore({ keyValues });
  await test.store.updateBucket(BUCKET, { versioning: 'enabled' });
  const ids: string[] = [];
  for (const body of ['1', '2']) ids.unshift((await test.put('k', body)).versionId as string);
  const list = async () => {
    const { versions } = await test.store.listObjectVersions(everything);
    return versions.map((entry) => (entry.kind === 'object' ? entry.head : entry.marker).versionId);
  };
  change = async () => ids.unshift((await test.put('k', '3')).versionId as string);
  expect(await list()).toEqual(ids);
  change = () => test.store.deleteObject({ bucket: BUCKET, key: 'k', versionId: ids.shift() as string });
  expect(await list()).toEqual(ids);
  change = async () => ids.unshift((await test.store.deleteObject({ bucket: BUCKET, key: 'k' })).versionId as string);
  expect(await list()).toEqual(ids);
});
