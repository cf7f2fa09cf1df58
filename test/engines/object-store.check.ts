/** The object store over the chosen engines does what it does over every pair. */
import { openObjectStore } from '@annals/store';
import {
  MemoryKeyWrapping,
  type ObjectStoreDriver,
  objectStoreCases,
  openStoreDriver,
} from '@annals/store/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { chosenEngines } from '../harness/chosen-engines.js';

const engines = chosenEngines();
if (engines === undefined) throw new Error('Cannot test without engines: start this by "npm run test:engines"');

describe.each([undefined, 'AES256'] as const)(`object store over ${engines.name}, encrypted with %s`, (algorithm) => {
  let close: () => Promise<void>;
  let driver: ObjectStoreDriver;

  beforeAll(async () => {
    const { keyValues, blobs, remove } = await engines.open();
    const gateways = engines.isShared ? { gateways: {} } : {};
    const store = await openObjectStore({ keyValues, blobs, keyWrapping: new MemoryKeyWrapping(), ...gateways });
    driver = openStoreDriver(store, algorithm && { algorithm });
    close = async () => {
      await store.maintenance.close();
      await remove();
    };
  });

  afterAll(() => close?.());

  for (const [index, one] of objectStoreCases.entries()) {
    test(one.name, async () => {
      const bucket = `bucket-${index}`;
      await driver.createBucket(bucket);
      await one.run({ driver, bucket });
    });
  }
});
