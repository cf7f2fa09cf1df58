import { expect, test } from 'vitest';
import { interceptKeyValues } from '../../conformance/object-store-interception.js';
import { BUCKET, openTestStore } from '../../conformance/object-store-test-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';

test('listObjects reads few rows below a common prefix, however many keys it covers', async () => {
  const read = { lists: 0, rows: 0 };
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    async list(_range, pass) {
      const rows = await pass();
      read.lists++;
      read.rows += rows.length;
      return rows;
    },
  });
  const { put, store } = await openTestStore({ keyValues });
  for (let group = 0; group < 4; group++) {
    for (let index = 0; index < 500; index++) {
      await put(`group-${group}/${index}`, '');
    }
  }
  Object.assign(read, { lists: 0, rows: 0 });
  const input = { bucket: BUCKET, prefix: '', delimiter: '/', after: '', limit: 1000 };
  const { commonPrefixes } = await store.listObjects(input);
  expect(commonPrefixes).toEqual(['group-0/', 'group-1/', 'group-2/', 'group-3/']);
  expect(read.rows).toBeLessThanOrEqual(5 * 8);
  expect(read.lists).toBeLessThanOrEqual(5);

  Object.assign(read, { lists: 0, rows: 0 });
  const flat = await store.listObjects({ ...input, delimiter: '', limit: 100 });
  expect(flat.objects).toHaveLength(100);
  expect(read).toEqual({ lists: 1, rows: 101 });
});

test('deleteObjects, listBuckets and updateBucket tell what they did', async () => {
  const { put, store } = await openTestStore();
  await put('a', '');
  const targets = [{ key: 'a' }, { key: 'absent' }, { key: 'a', versionId: 'other' }];
  expect(await store.deleteObjects(BUCKET, targets)).toEqual([
    { target: targets[0], result: { deleteMarker: false } },
    { target: targets[1], result: { deleteMarker: false } },
    { target: targets[2], result: { versionId: 'other', deleteMarker: false } },
  ]);
  for (const name of ['aa', 'ab', 'ac', 'ba']) {
    await store.createBucket({
      name,
      ownerId: 'owner',
      acl: 'private',
      storageClass: 'Standard',
      dataRedundancyType: 'LRS',
    });
  }
  const first = await store.listBuckets({ prefix: 'a', after: '', limit: 2 });
  expect([first.buckets.map(({ name }) => name), first.isTruncated, first.next]).toEqual([['aa', 'ab'], true, 'ab']);
  const second = await store.listBuckets({ prefix: 'a', after: 'ab', limit: 2 });
  expect([second.buckets.map(({ name }) => name), second.isTruncated]).toEqual([['ac'], false]);
  expect((await store.listBuckets({ prefix: 'a', after: 'b', limit: 2 })).buckets).toEqual([]);

  await store.updateBucket('aa', { acl: 'public-read', configurations: { cors: { rules: [1] }, lifecycle: {} } });
  const changed = await store.updateBucket('aa', { configurations: { lifecycle: undefined } });
  expect(changed).toMatchObject({ acl: 'public-read', configurations: { cors: { rules: [1] } } });
  expect(Object.keys((await store.getBucket('aa')).configurations)).toEqual(['cors']);
});

test('objects of an unversioned bucket answer to the version "null" and to no other', async () => {
  const { put, store } = await openTestStore();
  await put('a', 'abc');
  const target = { bucket: BUCKET, key: 'a' };
  expect((await store.headObject({ ...target, versionId: 'null' })).length).toBe(3);
  await expect(store.headObject({ ...target, versionId: 'other' })).rejects.toMatchObject({
    reason: { kind: 'no-such-version', versionId: 'other' },
  });
  await store.deleteObject({ ...target, versionId: 'other' });
  expect(await store.deleteObject({ ...target, versionId: 'null' })).toEqual({
    versionId: 'null',
    deleteMarker: false,
  });
  await expect(store.headObject(target)).rejects.toMatchObject({ reason: { kind: 'no-such-key' } });
});
