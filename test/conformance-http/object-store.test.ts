/** The object store's conformance suite through HTTP, over every pair of engines. */
import { defaultSettings } from '@annals/server';
import { casesFor, enginePairs, type ObjectStoreDriver, objectStoreCases } from '@annals/store/conformance';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chosenEngines } from '../harness/chosen-engines.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { openHttpDriver } from './http-driver.js';

const chosen = chosenEngines();

describe.each(chosen === undefined ? enginePairs : [chosen])('object store over HTTP over $name', (engines) => {
  let server: TestServer;
  let driver: ObjectStoreDriver;
  let bodyLengthBytesMax = defaultSettings.limits.bodyLengthBytesMax;

  beforeAll(async () => {
    const limits = {
      ...defaultSettings.limits,
      get bodyLengthBytesMax() {
        return bodyLengthBytesMax;
      },
    };
    server = await startTestServer({ engines, settings: { limits } });
    driver = openHttpDriver(server, (lengthBytesMax) => {
      bodyLengthBytesMax = lengthBytesMax ?? defaultSettings.limits.bodyLengthBytesMax;
    });
  });

  afterAll(() => server.close());

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
