/**
 * Options that are sent empty ask for nothing; values that were lost on their way are refused. Walks both lists (lines
 * 22 and 23 of the list of differences).
 */
import { EMPTY_OPTIONS } from '@annals/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { ROOT, startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';
import { makeForm, policyOf, signFormV1 } from './post-form.js';

const BUCKET = 'options';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket: BUCKET });
  await server.send({ method: 'PUT', bucket: BUCKET, key: 'source', body: 'bytes' });
});

afterAll(() => server.close());

function encoded(document: unknown): string {
  return Buffer.from(JSON.stringify(document)).toString('base64');
}

function post(fields: readonly (readonly [string, string])[]): Promise<RawAnswer> {
  const signed = signFormV1(policyOf([{ bucket: BUCKET }], Date.now() + 3_600_000), ROOT);
  const form = makeForm([...fields, ...signed], { name: 'a', content: 'hello' });
  return server.send({
    method: 'POST',
    bucket: BUCKET,
    signature: 'anonymous',
    headers: { 'content-type': form.contentType },
    body: form.body,
  });
}

/** Operations that between them read every option. */
const REQUESTS: Readonly<Record<string, TestRequest>> = {
  PutBucket: { method: 'PUT', bucket: BUCKET },
  PutBucketAcl: { method: 'PUT', bucket: BUCKET, query: { acl: '' } },
  PutObject: { method: 'PUT', bucket: BUCKET, key: 'put', body: 'x' },
  CopyObject: {
    method: 'PUT',
    bucket: BUCKET,
    key: 'copy',
    headers: { 'x-oss-copy-source': `/${BUCKET}/source` },
  },
  PutSymlink: {
    method: 'PUT',
    bucket: BUCKET,
    key: 'link',
    query: { symlink: '' },
    headers: { 'x-oss-symlink-target': 'source' },
  },
  InitiateMultipartUpload: { method: 'POST', bucket: BUCKET, key: 'parts', query: { uploads: '' } },
  GetObject: { method: 'GET', bucket: BUCKET, key: 'source' },
  HeadObject: { method: 'HEAD', bucket: BUCKET, key: 'source' },
  DeleteObject: { method: 'DELETE', bucket: BUCKET, key: 'nothing' },
  PutBucketLifecycle: {
    method: 'PUT',
    bucket: BUCKET,
    query: { lifecycle: '' },
    body: '<LifecycleConfiguration><Rule><Prefix>a/</Prefix><Status>Enabled</Status><Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>',
  },
};

describe.each(Object.entries(REQUESTS))('%s', (_, request) => {
  test.each([...EMPTY_OPTIONS])('with an empty %s is as without', async (name) => {
    const without = await server.send(request);
    const empty = await server.send({ ...request, headers: { ...request.headers, [name]: '' } });
    expect([empty.status, Math.floor(empty.status / 100)]).toEqual([without.status, 2]);
  });
});

test('an append with every empty option, and an empty callback in its query, is an append', async () => {
  const headers = Object.fromEntries([...EMPTY_OPTIONS].map((name) => [name, '']));
  for (const query of [{}, { callback: '' }, { 'callback-var': '' }]) {
    const key = `appended${Object.keys(query).join('')}`;
    const append = { append: '', position: '0', ...query };
    const answer = await server.send({ method: 'POST', bucket: BUCKET, key, query: append, headers, body: 'x' });
    expect([query, answer.status]).toEqual([query, 200]);
  }
});

test('an empty option is no right, no rule and no change', async () => {
  const target = { bucket: BUCKET, key: 'closed' };
  await server.send({ method: 'PUT', ...target, headers: { 'x-oss-object-acl': 'private' }, body: 'x' });
  await server.send({
    method: 'POST',
    bucket: BUCKET,
    key: 'grown',
    query: { append: '', position: '0' },
    headers: { 'x-oss-object-acl': 'private' },
    body: 'x',
  });
  await server.send({
    method: 'POST',
    bucket: BUCKET,
    key: 'grown',
    query: { append: '', position: '1' },
    headers: { 'x-oss-object-acl': '' },
    body: 'x',
  });
  for (const key of ['closed', 'grown']) {
    const acl = await server.send({ method: 'GET', bucket: BUCKET, key, query: { acl: '' } });
    expect(acl.body.toString()).toContain('<Grant>private</Grant>');
  }
});

describe('a callback that asks for nothing', () => {
  test.each([
    ['empty', ''],
    ['an empty object', encoded({})],
    ['of empty members', encoded({ callbackUrl: '', callbackBody: '' })],
  ])('%s: as without, by header, by query, and by form', async (_, callback) => {
    const target = { method: 'PUT', bucket: BUCKET, key: 'told', body: 'hello' } as const;
    const answers = [
      await server.send({ ...target, headers: { 'x-oss-callback': callback } }),
      await server.send({ ...target, headers: { 'x-oss-callback': callback, 'x-oss-callback-var': '' } }),
      await server.send({ ...target, query: { callback } }),
      await server.send({ ...target, query: { 'x-oss-callback': callback } }),
      await server.send({ ...target, signature: 'v4-url', query: { callback, 'callback-var': '' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const posted = await post([
      ['key', 'posted'],
      ['callback', callback],
      ['x-oss-object-acl', ''],
    ]);
    expect(posted.status).toBe(204);
  });

  test('one that says half of what it takes is refused', async () => {
    for (const callback of [{ callbackBody: 'a' }, { callbackUrl: 'http://192.0.2.1/' }]) {
      const headers = { 'x-oss-callback': encoded(callback) };
      const answer = await server.send({ method: 'PUT', bucket: BUCKET, key: 'half', headers, body: 'x' });
      expectError(answer, { status: 400, code: 'InvalidArgument' });
    }
    expect((await server.send({ method: 'HEAD', bucket: BUCKET, key: 'half' })).status).toBe(404);
  });
});

test.each([
  ['x-oss-storage-class', 'InvalidArgument', undefined],
  ['x-oss-server-side-encryption', 'InvalidEncryptionAlgorithmError', undefined],
  ['x-oss-server-side-data-encryption', 'InvalidDataEncryptionAlgorithmError', undefined],
  ['content-md5', 'InvalidDigest', undefined],
  ['x-oss-hash-crc64ecma', 'InvalidArgument', undefined],
  ['x-oss-forbid-overwrite', 'InvalidArgument', undefined],
  ['x-oss-traffic-limit', 'InvalidArgument', undefined],
  ['x-oss-object-worm-mode', 'InvalidArgument', undefined],
  ['x-oss-object-worm-legal-hold', 'InvalidArgument', undefined],
])('an empty %s is refused', async (name, code, ec) => {
  const answer = await server.send({
    method: 'PUT',
    bucket: BUCKET,
    key: 'refused',
    headers: { [name]: '' },
    body: 'x',
  });
  expectError(answer, { status: 400, code, ...(ec !== undefined && { ec }) });
  expect((await server.send({ method: 'HEAD', bucket: BUCKET, key: 'refused' })).status).toBe(404);
});

test('PutObjectAcl takes an ACL', async () => {
  for (const headers of [{}, { 'x-oss-object-acl': '' }]) {
    const answer = await server.send({ method: 'PUT', bucket: BUCKET, key: 'source', query: { acl: '' }, headers });
    expectError(answer, { status: 400, code: 'MissingArgument', ec: '0017-00000105' });
  }
});

describe('PutBucketAcl', () => {
  function setAcl(bucket: string, headers: Record<string, string>, more: Partial<TestRequest> = {}) {
    return server.send({ method: 'PUT', bucket, query: { acl: '' }, headers, ...more });
  }

  async function aclOf(bucket: string): Promise<string | undefined> {
    const answer = await server.send({ method: 'GET', bucket, query: { acl: '' } });
    return /<Grant>(.*)<\/Grant>/.exec(answer.body.toString())?.[1];
  }

  test('says where the bucket is, and without an ACL changes nothing', async () => {
    const set = await setAcl(BUCKET, { 'x-oss-acl': 'public-read' });
    expect([set.status, set.headers.location, set.body.length]).toEqual([200, `/${BUCKET}`, 0]);
    for (const headers of [{}, { 'x-oss-acl': '' }] as Record<string, string>[]) {
      expect((await setAcl(BUCKET, headers)).status).toBe(200);
      expect(await aclOf(BUCKET)).toBe('public-read');
    }
    await setAcl(BUCKET, { 'x-oss-acl': 'private' });
  });

  test.each([
    ['made-public', { 'x-oss-acl': 'public-read-write' }, 'public-read-write'],
    ['made-private', {}, 'private'],
  ] as [string, Record<string, string>, string][])('makes %s, which is not there', async (bucket, headers, acl) => {
    const made = await setAcl(bucket, headers);
    expect([made.status, made.headers.location]).toEqual([200, `/${bucket}`]);
    expect(await aclOf(bucket)).toBe(acl);
    expect((await server.send({ method: 'PUT', bucket, key: 'k', body: 'x' })).status).toBe(200);
  });

  test('makes none for a stranger, of a reserved name, or with an ACL that is none', async () => {
    expect((await setAcl('unmade', {}, { signature: 'anonymous' })).status).toBe(403);
    const wrong = { keys: { ...ROOT, accessKeySecret: 'wrong' } };
    expectError(await setAcl('unmade', {}, wrong), { status: 403, code: 'SignatureDoesNotMatch' });
    const nonsense = await setAcl('unmade', { 'x-oss-acl': 'open' });
    expectError(nonsense, {
      status: 400,
      code: 'InvalidArgument',
      message: 'no such bucket access control exists',
    });
    expectError(await setAcl('unmade-ossalias', {}), { status: 400, code: 'InvalidBucketName' });
    for (const bucket of ['unmade', 'unmade-ossalias']) {
      expectError(await server.send({ method: 'GET', bucket }), { status: 404, code: 'NoSuchBucket' });
    }
  });
});
