/**
 * A block of public access refuses new grants to everybody: ACLs in every request that reads them, and bucket policies.
 * Walks the table of headers, so that a new operation is held to it too.
 */
import { OPERATIONS, type OperationName, protectionOutcome } from '@annals/protocol';
import { defaultSettings } from '@annals/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT, startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';
import { makeForm, policyOf, signFormV1 } from './post-form.js';

const BLOCK =
  '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>';
const PUBLIC_ACLS = ['public-read', 'public-read-write'];
const OBJECT_ACL = 'x-oss-object-acl';
const refused = (grant: string, ec: string) => ({
  status: 403,
  code: 'AccessDenied',
  message: `Put public ${grant} is not allowed`,
  ec,
});
const REFUSED_OBJECT = refused('object acl', '0016-00000901');
const REFUSED_BUCKET = refused('bucket acl', '0003-00000001');
const REFUSED_POLICY = refused('bucket policy', '0003-00000001');

let server: TestServer;
let uploadIds: Readonly<Record<string, string>>;

beforeAll(async () => {
  server = await startTestServer();
  const ids: Record<string, string> = {};
  for (const bucket of ['closed', 'open']) {
    await server.send({ method: 'PUT', bucket });
    for (const key of ['k', 'source']) await server.send({ method: 'PUT', bucket, key, body: 'x' });
    const { body } = await server.send({ method: 'POST', bucket, key: 'parts', query: { uploads: '' } });
    ids[bucket] = /<UploadId>(\w+)</.exec(body.toString())?.[1] ?? '';
    const part = { uploadId: ids[bucket] ?? '', partNumber: '1' };
    await server.send({ method: 'PUT', bucket, key: 'parts', query: part, body: 'x' });
  }
  uploadIds = ids;
  await server.send({ method: 'PUT', bucket: 'closed', query: { publicAccessBlock: '' }, body: BLOCK });
});

afterAll(() => server.close());

/** A request of each operation that would set the ACL. */
const WITH_OBJECT_ACL: Readonly<Record<string, (bucket: string, acl: string) => TestRequest>> = {
  PutObject: (bucket, acl) => ({ method: 'PUT', bucket, key: 'new', headers: { [OBJECT_ACL]: acl }, body: 'x' }),
  PostObject: (bucket, acl) => {
    const signed = signFormV1(policyOf([{ bucket }], Date.now() + 3_600_000), ROOT);
    const form = makeForm([['key', 'new'], [OBJECT_ACL, acl], ...signed], { content: 'x' });
    return {
      method: 'POST',
      bucket,
      signature: 'anonymous',
      headers: { 'content-type': form.contentType },
      body: form.body,
    };
  },
  AppendObject: (bucket, acl) => ({
    method: 'POST',
    bucket,
    key: 'new',
    query: { append: '', position: '0' },
    headers: { [OBJECT_ACL]: acl },
    body: 'x',
  }),
  CopyObject: (bucket, acl) => ({
    method: 'PUT',
    bucket,
    key: 'new',
    headers: { [OBJECT_ACL]: acl, 'x-oss-copy-source': `/${bucket}/source` },
  }),
  InitiateMultipartUpload: (bucket, acl) => ({
    method: 'POST',
    bucket,
    key: 'new',
    query: { uploads: '' },
    headers: { [OBJECT_ACL]: acl },
  }),
  CompleteMultipartUpload: (bucket, acl) => ({
    method: 'POST',
    bucket,
    key: 'parts',
    query: { uploadId: uploadIds[bucket] ?? '' },
    headers: { [OBJECT_ACL]: acl, 'x-oss-complete-all': 'yes' },
  }),
  PutSymlink: (bucket, acl) => ({
    method: 'PUT',
    bucket,
    key: 'new',
    query: { symlink: '' },
    headers: { [OBJECT_ACL]: acl, 'x-oss-symlink-target': 'k' },
  }),
  PutObjectAcl: (bucket, acl) => ({
    method: 'PUT',
    bucket,
    key: 'k',
    query: { acl: '' },
    headers: { [OBJECT_ACL]: acl },
  }),
};

test('every operation that reads the ACL of an object is here', () => {
  const readers = (Object.keys(OPERATIONS) as OperationName[]).filter((name) =>
    (['header', 'field'] as const).some((place) => protectionOutcome(name, place, OBJECT_ACL, false) === 'read'),
  );
  expect(Object.keys(WITH_OBJECT_ACL).sort()).toEqual(readers.sort());
});

const keysIn = async (bucket: string): Promise<string[]> => {
  const { body } = await server.send({ method: 'GET', bucket });
  return [...body.toString().matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key = '']) => key);
};

describe.each(Object.entries(WITH_OBJECT_ACL))('%s', (_name, request) => {
  test('a public ACL is refused in a bucket that is blocked, and nothing is stored', async () => {
    for (const acl of PUBLIC_ACLS) expectError(await server.send(request('closed', acl)), REFUSED_OBJECT);
    expect(await keysIn('closed')).toEqual(['k', 'source']);
    const { body } = await server.send({ method: 'GET', bucket: 'closed', key: 'k', query: { acl: '' } });
    expect(body.toString()).toContain('<Grant>default</Grant>');
  });

  test('where all are blocked, everywhere; and taken where none is', async () => {
    const all = { query: { publicAccessBlock: '' } };
    await server.send({ method: 'PUT', ...all, body: BLOCK });
    try {
      expectError(await server.send(request('open', 'public-read')), REFUSED_OBJECT);
    } finally {
      await server.send({ method: 'DELETE', ...all });
    }
    expect((await server.send(request('open', 'public-read'))).status).toBeLessThan(300);
    await server.send({ method: 'DELETE', bucket: 'open', key: 'new' });
  });
});

test.each(Object.entries(WITH_OBJECT_ACL).filter(([name]) => name !== 'CompleteMultipartUpload'))(
  '%s: an ACL that is not public is taken, and one that is none is a wrong value',
  async (_name, request) => {
    for (const acl of ['private', 'default']) {
      expect((await server.send(request('closed', acl))).status).toBeLessThan(300);
      await server.send({ method: 'DELETE', bucket: 'closed', key: 'new' });
    }
    expectError(await server.send(request('closed', 'open')), { status: 400, code: 'InvalidArgument' });
  },
);

describe('ACLs of buckets', () => {
  const putBucket = (bucket: string, acl: string): TestRequest => ({
    method: 'PUT',
    bucket,
    headers: { 'x-oss-acl': acl },
  });
  const putAcl = (bucket: string, acl: string): TestRequest => ({ ...putBucket(bucket, acl), query: { acl: '' } });

  test('PutBucket and PutBucketAcl refuse a public one, private stays', async () => {
    for (const put of [putBucket, putAcl]) {
      for (const acl of PUBLIC_ACLS) expectError(await server.send(put('closed', acl)), REFUSED_BUCKET);
      expect((await server.send(put('closed', 'private'))).status).toBe(200);
    }
    const { body } = await server.send({ method: 'GET', bucket: 'closed', query: { acl: '' } });
    expect(body.toString()).toContain('<Grant>private</Grant>');
  });

  test('new buckets that are blocked from their birth are not made public, and not made', async () => {
    const blocked = await startTestServer({ settings: { ...defaultSettings, root: ROOT, blocksNewBuckets: true } });
    try {
      for (const put of [putBucket, putAcl]) {
        expectError(await blocked.send(put('born', 'public-read')), REFUSED_BUCKET);
        expectError(await blocked.send({ method: 'GET', bucket: 'born' }), { status: 404, code: 'NoSuchBucket' });
      }
      expect((await blocked.send(putBucket('born', 'private'))).status).toBe(200);
      expectError(await blocked.send(putAcl('born', 'public-read')), REFUSED_BUCKET);
      await blocked.send({ method: 'DELETE', bucket: 'born', query: { publicAccessBlock: '' } });
      expect((await blocked.send(putAcl('born', 'public-read'))).status).toBe(200);
    } finally {
      await blocked.close();
    }
  });

  test('an upload may repeat the public ACL that its bucket has from before the block', async () => {
    await server.send(putBucket('was-public', 'public-read'));
    await server.send({ method: 'PUT', bucket: 'was-public', query: { publicAccessBlock: '' }, body: BLOCK });
    const headers = { 'x-oss-acl': 'public-read' };
    expect((await server.send({ method: 'PUT', bucket: 'was-public', key: 'k', headers, body: 'x' })).status).toBe(200);
    expect((await server.send({ method: 'GET', bucket: 'was-public', key: 'k', signature: 'anonymous' })).status).toBe(
      403,
    );
  });
});

test('a policy for everybody is refused, a policy for one user is taken', async () => {
  const policy = (Principal: readonly string[], more: object = {}) =>
    JSON.stringify({
      Version: '1',
      Statement: [
        { Effect: 'Allow', Action: ['oss:GetObject'], Principal, Resource: ['acs:oss:*:*:closed/*'], ...more },
      ],
    });
  const put = (body: string) => server.send({ method: 'PUT', bucket: 'closed', query: { policy: '' }, body });
  expectError(await put(policy(['*'])), REFUSED_POLICY);
  expectError(
    await put(policy(['*'], { Condition: { IpAddress: { 'acs:SourceIp': ['0.0.0.0/0'] } } })),
    REFUSED_POLICY,
  );
  expectError(await server.send({ method: 'GET', bucket: 'closed', query: { policy: '' } }), {
    status: 404,
    code: 'NoSuchBucketPolicy',
  });
  expect((await put(policy(['1234567890123456']))).status).toBe(200);
  expect((await put(policy(['*'], { Effect: 'Deny' }))).status).toBe(200);
  expect((await put(policy(['*'], { Condition: { IpAddress: { 'acs:SourceIp': ['10.0.0.0/8'] } } }))).status).toBe(200);
});
