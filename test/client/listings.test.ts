/** Listings as async iterables: 5,000 objects, groups, versions, uploads, parts, buckets, names XML cannot carry. */
import { type Client, readAll } from '@annals/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, failureOf, patternBytes, type ServedClient, serveClient } from './test-client.js';

const OBJECT_COUNT = 5000;

let served: ServedClient;
let client: Client;
const bucket = 'logs';
const keys = Array.from(
  { length: OBJECT_COUNT },
  (_, number) => `day-${number % 7}/${String(number).padStart(5, '0')}`,
).toSorted();
const oddKeys = ['odd/\u0001', 'odd/&<>"\'', 'odd/a b+c%', 'odd/\ud83d\ude00', 'odd/\n\t', 'odd/ü'];

beforeAll(async () => {
  served = await serveClient();
  client = served.client;
  await fillStore();
  for (const key of oddKeys) await client.putObject({ bucket, key, body: 'x' });
});

afterAll(() => served.server.close());

/** Behind the server's back: 5,000 requests would take most of the test's time. */
async function fillStore(): Promise<void> {
  const { store } = served.server;
  const { ownerId } = await store.getBucket(bucket);
  const attributes = { system: {}, user: {}, acl: 'default', storageClass: 'Standard', tags: {} } as const;
  const rules = { ownerId, attributes, forbidOverwrite: false, expected: {}, lengthMax: 100 };
  for (let start = 0; start < keys.length; start += 500) {
    await Promise.all(
      keys.slice(start, start + 500).map((key) => {
        const body = Buffer.from(key);
        async function* open(): AsyncGenerator<Uint8Array, void, void> {
          yield body;
        }
        return store.putObject({ bucket, key, ...rules }, { length: body.length, open });
      }),
    );
  }
}

describe('5,000 objects', () => {
  it.each([
    ['the second version', (more: object) => client.listObjects({ bucket, prefix: 'day-', ...more })],
    ['the first version', (more: object) => client.listObjectsV1({ bucket, prefix: 'day-', ...more })],
  ])('come once and in order by %s, whatever the page', async (_, list) => {
    for (const pageSize of [1000, 777]) {
      expect(await collect(list({ pageSize }), (page) => page.objects.map(({ key }) => key))).toEqual(keys);
    }
    const [first] = await collect(list({}), (page) => page.objects);
    expect(first).toMatchObject({ lengthBytes: keys[0]?.length, type: 'Normal', storageClass: 'Standard' });
  });

  it.each([
    ['the second version', () => client.listObjects({ bucket, delimiter: '/', pageSize: 3 })],
    ['the first version', () => client.listObjectsV1({ bucket, delimiter: '/', pageSize: 3 })],
  ])('are grouped by %s', async (_, list) => {
    const prefixes = await collect(list(), (page) => page.commonPrefixes);
    expect(prefixes).toEqual([...Array.from({ length: 7 }, (_unused, day) => `day-${day}/`), 'odd/']);
    expect(await collect(list(), (page) => page.objects)).toEqual([]);
  });

  it('begin behind a key, and a loop that is left asks for no more', async () => {
    const after = keys[4321] ?? '';
    const rest = client.listObjects({ bucket, prefix: 'day-', startAfter: after });
    expect(await collect(rest, (page) => page.objects)).toHaveLength(OBJECT_COUNT - 4322);
    const restV1 = client.listObjectsV1({ bucket, prefix: 'day-', marker: after });
    expect(await collect(restV1, (page) => page.objects)).toHaveLength(OBJECT_COUNT - 4322);
    let pageCount = 0;
    for await (const page of client.listObjects({ bucket, pageSize: 10 })) {
      pageCount += 1;
      expect(page.objects).toHaveLength(10);
      break;
    }
    expect(pageCount).toBe(1);
    const owned = await collect(
      client.listObjects({ bucket, prefix: 'odd/', withOwner: true }),
      (page) => page.objects,
    );
    expect(owned[0]?.owner?.id).not.toBe('');
  });

  it('are deleted 1,000 at a time, with what became of each', async () => {
    await client.putBucket({ bucket: 'gone' });
    const doomed = Array.from({ length: 2345 }, (_, number) => `k${number}`);
    await Promise.all(doomed.slice(0, 50).map((key) => client.putObject({ bucket: 'gone', key, body: '' })));
    const { results } = await client.deleteObjects({ bucket: 'gone', objects: doomed });
    expect(results.map(({ key }) => key)).toEqual(doomed);
    expect(results.every(({ isDeleted }) => isDeleted)).toBe(true);
    expect(await collect(client.listObjects({ bucket: 'gone' }), (page) => page.objects)).toEqual([]);
    expect(await client.deleteObjects({ bucket: 'gone', objects: [] })).toEqual({ results: [] });
    await client.deleteBucket({ bucket: 'gone' });
    expect(await failureOf(client.deleteObjects({ bucket: 'gone', objects: ['a'] }))).toMatchObject({
      code: 'NoSuchBucket',
    });
    expect(await failureOf(client.deleteObjects({ bucket, objects: ['a', ''] }))).toMatchObject({
      code: 'InvalidInput',
    });
  });
});

describe('names that XML cannot carry', () => {
  it('are listed, read and deleted', async () => {
    await client.putBucket({ bucket: 'odd-names' });
    for (const key of oddKeys) await client.putObject({ bucket: 'odd-names', key, body: key });
    const found = await collect(client.listObjects({ bucket: 'odd-names' }), (page) => page.objects);
    expect(found.map(({ key }) => key).toSorted()).toEqual(oddKeys.toSorted());
    for (const { key } of found) {
      const { body } = await client.getObject({ bucket: 'odd-names', key });
      expect(new TextDecoder().decode(await readAll(body))).toBe(key);
    }
    const { results } = await client.deleteObjects({ bucket: 'odd-names', objects: oddKeys });
    expect(results.filter(({ isDeleted }) => !isDeleted)).toEqual([]);
    await client.deleteBucket({ bucket: 'odd-names' });
  });
});

describe('other listings', () => {
  it('versions and delete markers, page by page', async () => {
    await client.putBucket({ bucket: 'kept' });
    await client.bucketSettings.versioning.put({ bucket: 'kept', value: 'Enabled' });
    for (const key of ['a/1', 'a/2', 'b']) {
      for (let count = 0; count < 3; count += 1) await client.putObject({ bucket: 'kept', key, body: `${count}` });
    }
    await client.deleteObject({ bucket: 'kept', key: 'b' });
    const list = (more: object) => client.listVersions({ bucket: 'kept', pageSize: 2, ...more });
    const all = await collect(list({}), (page) => page.versions);
    expect(all.map(({ key, kind, isLatest }) => `${key} ${kind} ${isLatest}`)).toEqual([
      ...['a/1 version true', 'a/1 version false', 'a/1 version false'],
      ...['a/2 version true', 'a/2 version false', 'a/2 version false'],
      ...['b delete-marker true', 'b version false', 'b version false', 'b version false'],
    ]);
    expect(new Set(all.map(({ versionId }) => versionId)).size).toBe(10);
    expect(await collect(list({ delimiter: '/' }), (page) => page.commonPrefixes)).toEqual(['a/']);
    expect(await collect(list({ prefix: 'a/2' }), (page) => page.versions)).toHaveLength(3);
    expect(await collect(list({ keyMarker: 'a/2' }), (page) => page.versions)).toHaveLength(4);
  });

  it('uploads and parts, page by page', async () => {
    const begun: string[] = [];
    for (const key of ['u/1', 'u/1', 'u/2', 'v']) {
      begun.push((await client.initiateMultipartUpload({ bucket, key })).uploadId);
    }
    const list = (more: object) => client.listMultipartUploads({ bucket, pageSize: 1, ...more });
    const uploads = await collect(list({}), (page) => page.uploads);
    expect(uploads.map(({ key }) => key)).toEqual(['u/1', 'u/1', 'u/2', 'v']);
    expect(uploads.map(({ uploadId }) => uploadId).toSorted()).toEqual(begun.toSorted());
    expect(await collect(list({ delimiter: '/' }), (page) => page.commonPrefixes)).toEqual(['u/']);
    expect(await collect(list({ prefix: 'v' }), (page) => page.uploads)).toHaveLength(1);
    const upload = { bucket, key: 'v', uploadId: begun[3] ?? '' };
    for (let partNumber = 1; partNumber <= 5; partNumber += 1) {
      await client.uploadPart({ ...upload, partNumber, body: patternBytes(1000, partNumber) });
    }
    const parts = await collect(client.listParts({ ...upload, pageSize: 2 }), (page) => page.parts);
    expect(parts.map(({ partNumber, lengthBytes }) => [partNumber, lengthBytes])).toEqual(
      [1, 2, 3, 4, 5].map((partNumber) => [partNumber, 1000]),
    );
    for (const { key, uploadId } of uploads) await client.abortMultipartUpload({ bucket, key, uploadId });
    expect(await failureOf(collect(client.listParts(upload), (page) => page.parts))).toMatchObject({
      code: 'NoSuchUpload',
    });
  });

  it('buckets, and those that begin with a text', async () => {
    await client.putBucket({ bucket: 'prefix-1' });
    await client.putBucket({ bucket: 'prefix-2' });
    const names = (prefix?: string) =>
      collect(client.listBuckets(prefix === undefined ? {} : { prefix }), (page) =>
        page.buckets.map(({ name }) => name),
      );
    expect(await names()).toEqual(expect.arrayContaining(['logs', 'prefix-1', 'prefix-2']));
    expect(await names('prefix-')).toEqual(['prefix-1', 'prefix-2']);
  });

  it('of what is not there fail at the first page', async () => {
    const missing = { bucket: 'no-such-bucket' };
    for (const pages of [
      client.listObjects(missing),
      client.listObjectsV1(missing),
      client.listVersions(missing),
      client.listMultipartUploads(missing),
    ]) {
      expect(await failureOf(collect<unknown, never>(pages, () => []))).toMatchObject({
        code: 'NoSuchBucket',
        outcome: 'not-applied',
      });
    }
  });
});
