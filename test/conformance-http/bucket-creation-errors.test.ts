/** Names that no bucket can have, and every documented refusal of PutBucket, compared whole. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { anonymous, noSuchBucket } from './bucket-refusals.js';
import { type ExactError, expectExactError, invalidArgument, malformedXml } from './error-document.js';
import { ownHeaders } from './expectations.js';

const BUCKET = 'errors';
const FOREIGN = 'foreign';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket: BUCKET });
  await server.store.createBucket({
    name: FOREIGN,
    ownerId: 'somebody-else',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
});

afterAll(() => server.close());

async function expectRefused(request: TestRequest, expected: ExactError): Promise<void> {
  expectExactError(await server.send(request), expected, server.host);
}

describe('names', () => {
  test.each(['ab', 'a'.repeat(64), '-abc', 'abc-', 'Abc', 'a_b', 'a.b', 'a b', 'büro'])(
    '%j is none',
    async (bucket) => {
      const refused: ExactError = {
        status: 400,
        code: 'InvalidBucketName',
        message: 'The specified bucket is not valid.',
        details: [['BucketName', bucket]],
      };
      for (const request of [{ method: 'PUT' }, { method: 'GET' }, { method: 'DELETE' }, { method: 'GET', key: 'k' }]) {
        // The driver leaves names as they are; what a path cannot carry is escaped.
        const path = { ...request, bucket: encodeURIComponent(bucket), signature: 'anonymous' } as const;
        expectExactError(await server.send(path), refused, server.host);
      }
    },
  );

  test.each(['abc', '0-0', 'a'.repeat(63)])('%j is one', async (bucket) => {
    expect((await server.send({ method: 'PUT', bucket })).status).toBe(200);
    expect((await server.send({ method: 'DELETE', bucket })).status).toBe(204);
  });
});

describe('PutBucket', () => {
  const put = (content: string, headers: Record<string, string> = {}): TestRequest => ({
    method: 'PUT',
    bucket: 'refused',
    headers,
    body: `<CreateBucketConfiguration>${content}</CreateBucketConfiguration>`,
  });
  const md5Of = (text: string) => createHash('md5').update(text).digest('base64');
  const digest: ExactError = {
    status: 400,
    code: 'InvalidDigest',
    message: 'The Content-MD5 you specified was invalid.',
  };

  test.each<[string, TestRequest, ExactError]>([
    [
      'a storage class that is none',
      put('<StorageClass>Cheap</StorageClass>'),
      malformedXml('There is no storage class Cheap.'),
    ],
    [
      'a redundancy that is none',
      put('<DataRedundancyType>GRS</DataRedundancyType>'),
      malformedXml('There is no data redundancy type GRS.'),
    ],
    [
      'another document',
      { ...put(''), body: '<Tagging/>' },
      malformedXml('The root element must be CreateBucketConfiguration, not Tagging.'),
    ],
    ['the MD5 of something else', put('', { 'content-md5': md5Of('x') }), { ...digest, ec: '0017-00000503' }],
    ['an MD5 that is none', put('', { 'content-md5': 'MD5' }), { ...digest, ec: '0017-00000502' }],
    [
      'an ACL that is none',
      put('', { 'x-oss-acl': 'default' }),
      invalidArgument('x-oss-acl', 'default', 'no such bucket access control exists'),
    ],
    [
      'another location',
      put('<LocationConstraint>oss-mars</LocationConstraint>'),
      { status: 400, code: 'InvalidLocationConstraint', message: 'The specified location-constraint is not valid' },
    ],
    [
      'no signature',
      { ...put(''), signature: 'anonymous' },
      anonymous('Anonymous access is forbidden for this operation.', 'refused'),
    ],
    [
      'the name of a bucket of somebody else',
      { method: 'PUT', bucket: FOREIGN },
      {
        status: 409,
        code: 'BucketAlreadyExists',
        message:
          'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.',
        ec: '0015-00000104',
        details: [['BucketName', FOREIGN]],
      },
    ],
  ])('%s', async (_what, request, expected) => {
    await expectRefused(request, expected);
    await expectRefused({ method: 'GET', bucket: 'refused' }, noSuchBucket('refused'));
  });

  test('an own bucket keeps its place, storage class and redundancy', async () => {
    for (const [content, message, ec = '0015-00000104'] of [
      ['<LocationConstraint>oss-mars</LocationConstraint>', "Bucket already exists can't modify location"],
      ['<StorageClass>IA</StorageClass>', "Cannot modify existing bucket's storage class"],
      [
        '<DataRedundancyType>ZRS</DataRedundancyType>',
        "Bucket already exists CAN'T modify data redundancy type",
        '0015-00000228',
      ],
    ] as const) {
      const refused = { status: 409, code: 'BucketAlreadyExists', message, ec };
      await expectRefused({ ...put(content), bucket: BUCKET }, { ...refused, details: [['BucketName', BUCKET]] });
    }
  });

  test('a right MD5 is taken', async () => {
    const body = '<CreateBucketConfiguration/>';
    const headers = { 'content-md5': md5Of(body) };
    const answer = await server.send({ method: 'PUT', bucket: BUCKET, headers, body });
    expect([answer.status, ownHeaders(answer)]).toEqual([200, { location: `/${BUCKET}`, 'content-length': '0' }]);
  });
});
