/**
 * A lifecycle run that the end of a server breaks off: the next server goes on where it stopped, over the same folder.
 */
import { join } from 'node:path';
import {
  checkBlobs,
  checks,
  openFileSystemBlobStore,
  openJournaledLmdbKeyValueStore,
  openObjectStore,
} from '@annals/store';
import type { EnginePair } from '@annals/store/conformance';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 2);
const BUCKET = 'aging';
/** Several pages of a run, and far more commits than it makes before anybody looks. */
const OBJECT_COUNT = 2500;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let nowMs = START_MS;

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(() => folder.remove());

/** The same folder each time; what is in it stays. */
const engines: EnginePair = {
  name: 'journaled-lmdb and file-system',
  async open() {
    const keyValues = await openJournaledLmdbKeyValueStore({ directory: join(folder.path, 'metadata') });
    const blobs = checkBlobs(await openFileSystemBlobStore({ directory: join(folder.path, 'blobs') }));
    return { keyValues, blobs, remove: async () => undefined };
  },
};

/** @param intervalMs Between runs. */
function start(intervalMs: number): Promise<TestServer> {
  return startTestServer({ engines, clock: () => nowMs, settings: { lifecycle: { hour: 0, intervalMs } } });
}

async function put(server: TestServer, keys: readonly string[]): Promise<void> {
  for (let index = 0; index < keys.length; index += 50) {
    await Promise.all(
      keys.slice(index, index + 50).map(async (key) => {
        expect((await server.send({ method: 'PUT', bucket: BUCKET, key, body: 'x' })).status).toBe(200);
      }),
    );
  }
}

async function objectCount(server: TestServer): Promise<number> {
  const { body } = await server.send({ method: 'GET', bucket: BUCKET, query: { stat: '' } });
  return Number(/<ObjectCount>(\d+)</.exec(body.toString())?.[1]);
}

test('is taken up at the next start, and does not begin again', async () => {
  const first = await start(DAY_MS);
  await first.send({ method: 'PUT', bucket: BUCKET });
  const rule = '<Rule><ID>all</ID><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>';
  const body = `<LifecycleConfiguration>${rule}</LifecycleConfiguration>`;
  expect((await first.send({ method: 'PUT', bucket: BUCKET, query: { lifecycle: '' }, body })).status).toBe(200);
  await put(
    first,
    Array.from({ length: OBJECT_COUNT }, (_, index) => `k${String(index).padStart(5, '0')}`),
  );
  await first.close();

  // The hour comes soon after this start; the server ends as soon as the run has begun.
  nowMs = START_MS + DAY_MS - 1;
  const interrupted = await start(100);
  nowMs = START_MS + DAY_MS;
  await expect.poll(() => objectCount(interrupted), { timeout: 60_000, interval: 5 }).toBeLessThan(OBJECT_COUNT);
  await interrupted.close();

  // As old as the others, and before all of them: a run that began again would find it first. No server is there to
  // take anything up.
  await putBehindTheServersBack('a');

  nowMs = START_MS + DAY_MS + 1000;
  const next = await start(DAY_MS);
  await expect.poll(() => objectCount(next), { timeout: 60_000, interval: 100 }).toBe(1);
  const { status } = await next.send({ method: 'HEAD', bucket: BUCKET, key: 'a' });
  expect(status).toBe(200);
  await next.close();
});

async function putBehindTheServersBack(key: string): Promise<void> {
  const { keyValues, blobs } = await engines.open();
  const store = await openObjectStore({ keyValues, blobs, clock: { nowMs: () => START_MS } });
  // It was broken off indeed.
  expect(await store.serviceConfiguration('lifecycleRun', checks.anything)).toMatchObject({
    bucket: BUCKET,
    place: { kind: 'versions' },
  });
  expect((await store.bucketStatistics(BUCKET)).objectCount).toBeGreaterThan(0);
  const { ownerId } = await store.getBucket(BUCKET);
  const attributes = { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} } as const;
  await store.putObject(
    { bucket: BUCKET, key, ownerId, attributes, forbidOverwrite: false, expected: {}, lengthMax: 1 },
    {
      length: 1,
      async *open() {
        yield Buffer.from('x');
      },
    },
  );
  await store.maintenance.close();
}
