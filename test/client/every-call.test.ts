/**
 * A walk over every call of the client against a real server. What the client has and the walk does not call is a
 * failure, so no call is added without one. What each call says in detail is in the other tests of this folder.
 */
import { type Client, readAll } from '@annals/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collect, type ServedClient, serveClient } from './test-client.js';

let served: ServedClient;

beforeAll(async () => {
  served = await serveClient();
});

afterAll(() => served.server.close());

const bucket = 'walked';
const key = 'a';
const target = { bucket, key };

it.each(['v4', 'v1'] as const)('every call is answered when it is signed with %s', async (signatureVersion) => {
  const called = new Set<string>();
  const client = recordCalls(served.connect({ signatureVersion }), called);
  await client.putBucket({ bucket });
  for (const walk of [walkBucket, walkObjects, walkGrowing, walkUploads]) await walk(client);
  await client.deleteBucket({ bucket });
  expect(namesOf(served.client).filter((name) => !called.has(name))).toEqual([]);
});

async function walkBucket(client: Client): Promise<void> {
  expect(await collect(client.listBuckets(), (page) => page.buckets)).not.toEqual([]);
  expect(await client.getBucketInfo({ bucket })).toMatchObject({ name: bucket });
  expect(await client.getBucketLocation({ bucket })).toMatch(/^oss-/);
  expect(await client.getBucketStat({ bucket })).toMatchObject({ objectCount: 0 });
  await client.putBucketAcl({ bucket, acl: 'private' });
  expect(await client.getBucketAcl({ bucket })).toMatchObject({ acl: 'private' });
  const age = { days: 1 };
  const { versioning, tags, lifecycle, cors, policy, encryption, logging, referer, website } = client.bucketSettings;
  const rule = { id: 'r', prefix: 'old/', isEnabled: true, tags: [], transitions: [], expiration: age };
  await lifecycle.put({ bucket, value: { rules: [{ ...rule, noncurrentVersionTransitions: [] }] } });
  const origin = { allowedOrigins: ['*'], allowedMethods: ['GET'], allowedHeaders: [], exposeHeaders: [] } as const;
  await cors.put({ bucket, value: { rules: [origin] } });
  const statement = {
    Effect: 'Allow',
    Principal: ['123456'],
    Action: 'oss:GetObject',
    Resource: `acs:oss:*:*:${bucket}/*`,
  } as const;
  await policy.put({ bucket, value: { Version: '1', Statement: [statement] } });
  await tags.put({ bucket, value: [{ key: 'a', value: 'b' }] });
  await encryption.put({ bucket, value: { algorithm: 'AES256' } });
  await logging.put({ bucket, value: { targetBucket: 'logs', targetPrefix: '' } });
  await website.put({ bucket, value: { index: { suffix: 'index.html' }, routingRules: [] } });
  for (const setting of [tags, lifecycle, cors, policy, encryption, logging, website]) {
    expect(await setting.get({ bucket })).toBeDefined();
    await setting.delete({ bucket });
  }
  const pages = { allowEmptyReferer: true, allowTruncateQueryString: true, truncatePath: false, referers: [] };
  await referer.put({ bucket, value: pages });
  expect(await referer.get({ bucket })).toMatchObject(pages);
  await versioning.put({ bucket, value: 'Suspended' });
  expect(await versioning.get({ bucket })).toBe('Suspended');
}

async function walkObjects(client: Client): Promise<void> {
  const { etag } = await client.putObject({ ...target, body: 'content' });
  expect(await client.headObject(target)).toMatchObject({ etag, length: 7 });
  expect(await client.headObjectIfChanged({ ...target, ifNoneMatch: etag })).toBeUndefined();
  expect(await readAll((await client.getObject(target)).body)).toHaveLength(7);
  expect(await client.getObjectIfChanged({ ...target, ifNoneMatch: etag })).toBeUndefined();
  await client.putObjectAcl({ ...target, acl: 'private' });
  expect(await client.getObjectAcl(target)).toMatchObject({ acl: 'private' });
  await client.putObjectTags({ ...target, tags: [{ key: 'a', value: 'b' }] });
  expect(await client.getObjectTags(target)).toHaveLength(1);
  await client.deleteObjectTags(target);
  await client.changeAttributes({ ...target, contentType: 'text/plain' });
  await client.copyObject({ bucket, key: 'b', source: target });
  expect(await client.copy({ bucket, key: 'c', source: target })).toMatchObject({ length: 7 });
  await client.putSymlink({ bucket, key: 'd', target: key });
  expect(await client.getSymlink({ bucket, key: 'd' })).toMatchObject({ target: key });
  await client.putObject({ bucket, key: 'cold', body: '', storageClass: 'Archive' });
  expect(await client.restoreObject({ bucket, key: 'cold' })).toMatchObject({ isRestored: false });
  expect((await fetch((await client.presignUrl(target)).url)).status).toBe(200);
  expect(await client.presignPost({ bucket, key: 'e' })).toHaveProperty('fields.policy');
  const keys = ['a', 'b', 'c', 'cold', 'd'];
  expect(await collect(client.listObjects({ bucket }), (page) => page.objects.map((object) => object.key))).toEqual(
    keys,
  );
  expect(await collect(client.listObjectsV1({ bucket }), (page) => page.objects)).toHaveLength(5);
  expect(await collect(client.listVersions({ bucket }), (page) => page.versions)).toHaveLength(5);
  await client.deleteObject(target);
  const versions = await collect(client.listVersions({ bucket }), (page) => page.versions);
  const { results } = await client.deleteObjects({ bucket, objects: versions });
  expect(results.every(({ isDeleted }) => isDeleted)).toBe(true);
}

async function walkGrowing(client: Client): Promise<void> {
  await client.putObject({ ...target, body: '' });
  expect(await client.convertObject({ ...target, type: 'appendable' })).toMatchObject({ nextPosition: 0 });
  await client.appendObject({ ...target, position: 0, body: '{"a":1}\n' });
  async function* more(): AsyncGenerator<Uint8Array, void, void> {
    yield new TextEncoder().encode('{"a":2}\n');
  }
  await client.appendStream({ ...target, position: 'current', source: more() });
  const writer = client.appendWriter(bucket, key);
  await writer.write('{"a":3}\n');
  const { position } = await writer.close();
  await client.sealObject({ ...target, position });
  expect(await collect(client.follow(bucket, key), (chunk) => [...chunk.bytes])).toHaveLength(24);
  expect(await collect(client.followLines(bucket, key), (line) => [line.text])).toHaveLength(3);
  expect(await collect(client.followJsonLines(bucket, key), ({ value }) => [value])).toEqual([
    { a: 1 },
    { a: 2 },
    { a: 3 },
  ]);
  await client.deleteObject(target);
}

async function walkUploads(client: Client): Promise<void> {
  await client.upload({ ...target, source: 'text' });
  const { uploadId } = await client.initiateMultipartUpload(target);
  const first = await client.uploadPart({ ...target, uploadId, partNumber: 1, body: new Uint8Array(102_400) });
  const second = await client.uploadPartCopy({ ...target, uploadId, partNumber: 2, source: target });
  expect(await collect(client.listParts({ ...target, uploadId }), (page) => page.parts)).toHaveLength(2);
  await client.completeMultipartUpload({ ...target, uploadId, parts: [first, second] });
  expect(await client.headObject(target)).toMatchObject({ length: 102_404, type: 'Multipart' });
  const left = await client.initiateMultipartUpload(target);
  expect(await collect(client.listMultipartUploads({ bucket }), (page) => page.uploads)).toHaveLength(1);
  await client.abortMultipartUpload({ ...target, uploadId: left.uploadId });
  const versions = await collect(client.listVersions({ bucket }), (page) => page.versions);
  await client.deleteObjects({ bucket, objects: versions });
}

/** Names of all functions, those of the settings with the names of their setting. */
function namesOf(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    if (typeof member === 'function') return [`${prefix}${name}`];
    return typeof member === 'object' && member !== null ? namesOf(member, `${prefix}${name}.`) : [];
  });
}

/** The same object, noting which of its functions are called. */
function recordCalls<Value extends object>(value: Value, called: Set<string>, prefix = ''): Value {
  return new Proxy(value, {
    get(whole, name, receiver) {
      const member: unknown = Reflect.get(whole, name, receiver);
      if (typeof member === 'function') called.add(`${prefix}${String(name)}`);
      const isGroup = typeof member === 'object' && member !== null;
      return isGroup ? recordCalls(member, called, `${prefix}${String(name)}.`) : member;
    },
  });
}
