import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openObjectStore } from '../object-store/object-store.js';
import { casesFor, enginePairs, type ObjectStoreDriver, objectStoreCases, openStoreDriver } from './object-store.js';

describe.each(enginePairs)('object store over $name', ({ open }) => {
  let engines: Awaited<ReturnType<typeof open>>;
  let driver: ObjectStoreDriver;

  beforeAll(async () => {
    engines = await open();
    driver = openStoreDriver(await openObjectStore(engines));
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
