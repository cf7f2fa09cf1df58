import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openObjectStore } from '../object-store/object-store.js';
import {
  casesFor,
  enginePairs,
  MemoryKeyWrapping,
  type ObjectStoreDriver,
  objectStoreCases,
  openStoreDriver,
} from './object-store.js';

const settings = enginePairs.flatMap((pair) => [
  { ...pair, encryption: undefined },
  { ...pair, name: `${pair.name}, encrypted`, encryption: { algorithm: 'AES256' } as const },
]);

describe.each(settings)('object store over $name', ({ open, encryption }) => {
  let engines: Awaited<ReturnType<typeof open>>;
  let driver: ObjectStoreDriver;

  beforeAll(async () => {
    engines = await open();
    driver = openStoreDriver(await openObjectStore({ ...engines, keyWrapping: new MemoryKeyWrapping() }), encryption);
  });

  afterAll(() => engines.remove());

  for (const [index, one] of objectStoreCases.entries()) {
    test(one.name, async () => {
      const bucket = `bucket-${index}`;
      await driver.createBucket(bucket);
      await one.run({ driver, bucket });
    });
  }

  test('every case is run', () => {
    expect(casesFor(objectStoreCases, driver.capabilities)).toEqual(objectStoreCases);
  });
});
