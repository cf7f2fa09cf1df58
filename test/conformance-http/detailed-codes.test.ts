/** Detailed error codes per operation, as the service documents them (line 42 of the list of differences). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectError } from './expectations.js';
import { startTestServer, type TestRequest, type TestServer } from './test-server.js';

const BUCKET = 'codes';
const UPLOAD_ID = 'B'.repeat(32);
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ storeSettings: { archive: { restoreDelayMs: 3_600_000 } } });
  await server.send({ method: 'PUT', bucket: BUCKET });
  await server.send({ method: 'PUT', bucket: BUCKET, key: 'k', body: 'x' });
  const cold = { 'x-oss-storage-class': 'Archive' };
  await server.send({ method: 'PUT', bucket: BUCKET, key: 'cold', headers: cold, body: 'x' });
  await server.send({ method: 'POST', bucket: BUCKET, key: 'cold', query: { restore: '' } });
});

afterAll(() => server.close());

const PART = { uploadId: UPLOAD_ID, partNumber: '1' };
const COPY = { 'x-oss-copy-source': `/${BUCKET}/k` };
const TAGS = '<Tagging><TagSet><Tag><Key></Key></Tag></TagSet></Tagging>';

test.each<[string, Omit<TestRequest, 'bucket'>, number, string, string | undefined]>([
  ['UploadPart', { method: 'PUT', key: 'k', query: PART, body: 'x' }, 404, 'NoSuchUpload', '0042-00000104'],
  ['UploadPartCopy', { method: 'PUT', key: 'k', query: PART, headers: COPY }, 404, 'NoSuchUpload', '0042-00000311'],
  ['ListParts', { method: 'GET', key: 'k', query: { uploadId: UPLOAD_ID } }, 404, 'NoSuchUpload', '0042-00000002'],
  ['Complete', { method: 'POST', key: 'k', query: { uploadId: UPLOAD_ID } }, 404, 'NoSuchUpload', '0042-00000002'],
  ['Abort', { method: 'DELETE', key: 'k', query: { uploadId: UPLOAD_ID } }, 404, 'NoSuchUpload', '0042-00000002'],
  [
    'a running restore',
    { method: 'POST', key: 'cold', query: { restore: '' } },
    409,
    'RestoreAlreadyInProgress',
    '0016-00000701',
  ],
  [
    'a class',
    { method: 'PUT', key: 'k', headers: { 'x-oss-storage-class': 'Warm' } },
    400,
    'InvalidArgument',
    '0017-00000132',
  ],
  [
    'no class',
    { method: 'PUT', key: 'k', headers: { 'x-oss-storage-class': '' } },
    400,
    'InvalidArgument',
    '0017-00000131',
  ],
  ['an ACL of a bucket', { method: 'PUT', headers: { 'x-oss-acl': 'x' } }, 400, 'InvalidArgument', '0015-00000204'],
  [
    'another digest',
    { method: 'PUT', key: 'k', headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } },
    400,
    'InvalidDigest',
    '0017-00000503',
  ],
  ['no digest', { method: 'PUT', key: 'k', headers: { 'content-md5': 'x' } }, 400, 'InvalidDigest', '0017-00000502'],
  [
    'a tag of an object',
    { method: 'PUT', key: 'k', query: { tagging: '' }, body: TAGS },
    400,
    'InvalidTag',
    '0010-00000217',
  ],
  ['a tag of a bucket', { method: 'PUT', query: { tagging: '' }, body: TAGS }, 400, 'InvalidTag', '0010-00000219'],
  ['what no page names', { method: 'GET', query: { 'max-keys': 'x' } }, 400, 'InvalidArgument', undefined],
])('%s', async (_, request, status, code, ec) => {
  const answer = await server.send({ ...request, bucket: BUCKET });
  expectError(answer, { status, code, ...(ec !== undefined && { ec }) });
  expect(answer.headers['x-oss-ec']).toBe(ec);
});

/** Whatever reads a traffic limit. */
const LIMITED: readonly Omit<TestRequest, 'bucket'>[] = [
  { method: 'PUT', key: 'k', body: 'x' },
  { method: 'POST', key: 'a', query: { append: '', position: '0' }, body: 'x' },
  { method: 'GET', key: 'k' },
  { method: 'PUT', key: 'k', headers: COPY },
];

test.each(['0', '1', 'x', '838860801'])('a traffic limit of %s', async (limit) => {
  for (const request of LIMITED) {
    for (const more of [
      { headers: { ...request.headers, 'x-oss-traffic-limit': limit } },
      { query: { ...request.query, 'x-oss-traffic-limit': limit } },
    ]) {
      const answer = await server.send({ ...request, ...more, bucket: BUCKET });
      expectError(answer, { status: 400, code: 'InvalidArgument', ec: '0004-00000502' });
    }
  }
});

test('a body without a length', async () => {
  for (const request of [
    { method: 'PUT', key: 'k' },
    { method: 'POST', key: 'a', query: { append: '', position: '0' } },
    { method: 'POST', query: { delete: '' } },
  ]) {
    const head = await server.sendHeadOnly({ ...request, bucket: BUCKET });
    expect(head).toMatch(/^HTTP\/1\.1 411 /);
    expect(head).toMatch(/\r\nx-oss-ec: 0017-00000101(\r\n|$)/);
  }
});
