/** Runs the object store's suite over metadata in PostgreSQL and bodies in files, on a server of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkBlobs } from '../blob/checked-blob-store.js';
import { openFileSystemBlobStore } from '../blob/file-system/open.js';
import { openPostgresKeyValueStore } from '../key-value/postgres/open.js';
import {
  type PostgresServer,
  postgresIsMissing,
  startPostgres,
} from '../key-value/postgres/postgres-server-fixture.js';
import { openObjectStore } from '../object-store/object-store.js';
import {
  casesFor,
  MemoryKeyWrapping,
  type ObjectStoreDriver,
  objectStoreCases,
  openStoreDriver,
} from './object-store.js';

describe.skipIf(postgresIsMissing())('object store over postgres and file-system', () => {
  const directory = mkdtempSync(join(tmpdir(), 'annals-store-'));
  let server: PostgresServer;
  let driver: ObjectStoreDriver;
  let close: () => Promise<void>;

  beforeAll(async () => {
    server = await startPostgres();
    const keyValues = await openPostgresKeyValueStore({ url: server.url });
    const blobs = checkBlobs(await openFileSystemBlobStore({ directory }));
    close = async () => {
      await keyValues.close();
      await blobs.close();
    };
    const store = await openObjectStore({ keyValues, blobs, keyWrapping: new MemoryKeyWrapping() });
    driver = openStoreDriver(store, undefined);
  });

  afterAll(async () => {
    await close?.();
    await server?.remove();
    rmSync(directory, { recursive: true });
  });

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
