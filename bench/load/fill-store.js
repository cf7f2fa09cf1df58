// @ts-check
/** Puts many small objects into the data folder of a server that is not running. Runs as a worker. */
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { checkBlobs, openFileSystemBlobStore, openJournaledLmdbKeyValueStore, openObjectStore } from '@annals/store';

/** @type {{ data: string, bucket: string, prefix: string, keyCount: number }} */
const { data, bucket, prefix, keyCount } = workerData;
const store = await openObjectStore({
  keyValues: await openJournaledLmdbKeyValueStore({ directory: join(data, 'metadata') }),
  blobs: checkBlobs(await openFileSystemBlobStore({ directory: join(data, 'blobs') })),
});
const { ownerId } = await store.getBucket(bucket);
const body = Buffer.from('x');
const concurrency = 512;
let next = 0;
await Promise.all(
  Array.from({ length: concurrency }, async () => {
    while (next < keyCount) {
      const key = `${prefix}${String(next).padStart(8, '0')}/frame`;
      next += 1;
      await store.putObject(
        {
          bucket,
          key,
          ownerId,
          attributes: { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} },
          forbidOverwrite: false,
          expected: {},
          lengthMax: 1024,
        },
        {
          length: body.length,
          async *open() {
            yield body;
          },
        },
      );
    }
  }),
);
await store.maintenance.close();
