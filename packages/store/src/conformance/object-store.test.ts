import { describe, test } from 'vitest';
import { openMemoryBlobStore } from '../blob/memory/open.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { openObjectStore } from '../object-store/object-store.js';
import { casesFor, objectStoreCases, openStoreDriver } from './object-store.js';

describe('object store over memory engines', () => {
  for (const [index, one] of objectStoreCases.entries()) {
    test(one.name, async () => {
      const store = await openObjectStore({ keyValues: openMemoryKeyValueStore(), blobs: openMemoryBlobStore() });
      const driver = openStoreDriver(store);
      const bucket = `bucket-${index}`;
      await driver.createBucket(bucket);
      await one.run({ driver, bucket });
      await store.close();
    });
  }

  test('every case is run', ({ expect }) => {
    expect(casesFor(objectStoreCases, new Set(['bucket-overrides', 'put-length-limit', 'bucket-statistics']))).toEqual(
      objectStoreCases,
    );
  });
});
