import { expect, test } from 'vitest';
import { interceptKeyValues } from '../../conformance/object-store-interception.js';
import { BUCKET, openTestStore } from '../../conformance/object-store-test-store.js';
import { openMemoryKeyValueStore } from '../../key-value/memory/open.js';

/** Three versions of one key, and a change that happens just before the next row of an earlier version is read. */
async function openWithVersions() {
  let change: (() => Promise<unknown>) | undefined;
  const keyValues = interceptKeyValues(openMemoryKeyValueStore(), {
    async get(key, pass) {
      const due = key[0] === 'V'.charCodeAt(0) ? change : undefined;
      if (due !== undefined) {
        change = undefined;
        await due();
      }
      return pass();
    },
  });
  const opened = await openTestStore({ keyValues });
  await opened.store.updateBucket(BUCKET, { versioning: 'enabled' });
  const ids: string[] = [];
  for (const body of ['1', '2', '3']) ids.push((await opened.put('k', body)).versionId as string);
  const [first = '', second = '', third = ''] = ids;
  const target = (versionId: string) => ({ bucket: BUCKET, key: 'k', versionId });
  return {
    store: opened.store,
    first: target(first),
    second: target(second),
    third: target(third),
    changeMeanwhile(next: () => Promise<unknown>) {
      change = next;
    },
  };
}

test('a version that becomes current while it is looked for is found', async () => {
  const { store, second, third, changeMeanwhile } = await openWithVersions();
  changeMeanwhile(() => store.deleteObject(third));
  expect(await store.headObject(second)).toMatchObject({ versionId: second.versionId, isLatest: true });
});

test('a version that becomes current while it is deleted is deleted', async () => {
  const { store, first, second, third, changeMeanwhile } = await openWithVersions();
  changeMeanwhile(() => store.deleteObject(third));
  await store.deleteObject(second);
  await expect(store.headObject(second)).rejects.toMatchObject({ reason: { kind: 'no-such-version' } });
  expect(await store.headObject({ bucket: BUCKET, key: 'k' })).toMatchObject({ versionId: first.versionId });
  expect(await store.bucketStatistics(BUCKET)).toMatchObject({ objectCount: 1, lengthBytes: 1 });
});

test('a version that is deleted while it is looked for is not found', async () => {
  const { store, first, changeMeanwhile } = await openWithVersions();
  changeMeanwhile(() => store.deleteObject(first));
  await expect(store.headObject(first)).rejects.toMatchObject({ reason: { kind: 'no-such-version' } });
});
