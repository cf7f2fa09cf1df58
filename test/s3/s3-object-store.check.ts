/** The object store over a bucket of a real S3 server does what it does over every pair of engines. */
import { join } from 'node:path';
import {
  checkBlobs,
  openJournaledLmdbKeyValueStore,
  openMemoryKeyValueStore,
  openObjectStore,
  openS3BlobStore,
} from '@annals/store';
import {
  MemoryKeyWrapping,
  type ObjectStoreDriver,
  objectStoreCases,
  openStoreDriver,
} from '@annals/store/conformance';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { startVersityGateway, type VersityGateway } from './versity-gateway.js';

const BUCKET = 'object-store';

const settings = [
  { rows: 'memory', encryption: undefined },
  { rows: 'journaled-lmdb', encryption: undefined },
  { rows: 'journaled-lmdb', encryption: { algorithm: 'AES256' } as const },
] as const;

let gateway: VersityGateway;

beforeAll(async () => {
  gateway = await startVersityGateway();
  await gateway.makeBucket(BUCKET);
});

afterAll(() => gateway?.remove());

describe.each(settings)('object store over $rows and S3, encrypted with $encryption.algorithm', (setting) => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let close: () => Promise<void>;
  let driver: ObjectStoreDriver;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const directory = join(folder.path, 'metadata');
    const keyValues =
      setting.rows === 'memory' ? openMemoryKeyValueStore() : await openJournaledLmdbKeyValueStore({ directory });
    const place = gateway.place(BUCKET, `store-${settings.indexOf(setting)}/`);
    const blobs = checkBlobs(await openS3BlobStore({ place }));
    const store = await openObjectStore({ keyValues, blobs, keyWrapping: new MemoryKeyWrapping() });
    driver = openStoreDriver(store, setting.encryption);
    close = () => store.maintenance.close();
  });

  afterAll(async () => {
    await close?.();
    await folder?.remove();
  });

  for (const [index, one] of objectStoreCases.entries()) {
    test(one.name, async () => {
      const bucket = `bucket-${index}`;
      await driver.createBucket(bucket);
      await one.run({ driver, bucket });
    });
  }
});
