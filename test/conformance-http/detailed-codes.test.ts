/** Detailed error codes per operation, as the service documents them (line 42 of the list of differences). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';

const BUCKET = 'codes';
const UPLOAD_ID = 'B'.repeat(32);
let server: TestServer;
let uploadId: string;

beforeAll(async () => {
  server = await startTestServer({ storeSettings: { archive: { restoreDelayMs: 3_600_000 } } });
  await server.send({ method: 'PUT', bucket: BUCKET });
  await server.send({ method: 'PUT', bucket: BUCKET, key: 'k', body: 'x' });
  const cold = { 'x-oss-storage-class': 'Archive' };
  await server.send({ method: 'PUT', bucket: BUCKET, key: 'cold', headers: cold, body: 'x' });
  await server.send({ method: 'POST', bucket: BUCKET, key: 'cold', query: { restore: '' } });
  await server.send({
    method: 'PUT',
    bucket: BUCKET,
    key: 'link',
    query: { symlink: '' },
    headers: { 'x-oss-symlink-target': 'k' },
  });
  const started = await server.send({ method: 'POST', bucket: BUCKET, key: 'k', query: { uploads: '' } });
  uploadId = /<UploadId>(\w+)</.exec(started.body.toString())?.[1] ?? '';
});

afterAll(() => server.close());

const PART = { uploadId: UPLOAD_ID, partNumber: '1' };
const COPY = { 'x-oss-copy-source': `/${BUCKET}/k` };
const INVENTORY =
  '<InventoryConfiguration><Id>a</Id><IsEnabled>true</IsEnabled><Destination><OSSBucketDestination><Format>CSV</Format><AccountId>1</AccountId>' +
  '<RoleArn>acs:ram::1:role/a</RoleArn><Bucket>acs:oss:::never-made</Bucket></OSSBucketDestination></Destination><Schedule><Frequency>Daily</Frequency></Schedule>' +
  '<IncludedObjectVersions>All</IncludedObjectVersions></InventoryConfiguration>';
const base64Json = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64');

function form(end: string, head: string): Omit<TestRequest, 'bucket'> {
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  return { method: 'POST', signature: 'anonymous', headers, body: `--b\r\n${head}\r\n\r\nk\r\n${end}` };
}

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
  [
    'encryption where nothing is encrypted',
    { method: 'DELETE', key: 'k', headers: { 'x-oss-server-side-encryption': 'AES256' } },
    400,
    'InvalidArgument',
    '0005-00000002',
  ],
  [
    'an empty key id',
    {
      method: 'PUT',
      key: 'k',
      headers: { 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': '' },
    },
    400,
    'InvalidArgument',
    '0005-00000205',
  ],
  ...['www.callback-example.com:test', 'a;b;c;d;e;f'].map(
    (callbackUrl): [string, Omit<TestRequest, 'bucket'>, number, string, string] => [
      `the callback ${callbackUrl}`,
      { method: 'PUT', key: 'k', headers: { 'x-oss-callback': base64Json({ callbackUrl, callbackBody: 'a=b' }) } },
      400,
      'InvalidArgument',
      '0007-00000004',
    ],
  ),
  [
    'a copy source with a parameter',
    { method: 'PUT', key: 'copy', headers: { 'x-oss-copy-source': `/${BUCKET}/k?unknown=x` } },
    400,
    'InvalidArgument',
    '0016-00000304',
  ],
  [
    'a part of a link',
    {
      method: 'PUT',
      key: 'k',
      query: { ...PART, uploadId: 'started' },
      headers: { 'x-oss-copy-source': `/${BUCKET}/link` },
    },
    400,
    'OperationNotSupported',
    '0042-00000308',
  ],
  [
    'an inventory to nowhere',
    {
      method: 'PUT',
      query: { inventory: '', inventoryId: 'a' },
      body: INVENTORY,
    },
    400,
    'InvalidArgument',
    '0020-00000032',
  ],
  [
    'an element beside the rules of a lifecycle',
    { method: 'PUT', query: { lifecycle: '' }, body: '<LifecycleConfiguration><Unknown/></LifecycleConfiguration>' },
    400,
    'MalformedXML',
    '0014-00000015',
  ],
  [
    'no shut form',
    form('', 'Content-Disposition: form-data; name="key"'),
    400,
    'MalformedPOSTRequest',
    '0006-00000104',
  ],
  [
    'a field of a form without a disposition',
    form('--b--\r\n', 'Content: form-data; name="key"'),
    400,
    'MalformedPOSTRequest',
    '0006-00000109',
  ],
  ['what no page names', { method: 'GET', query: { 'max-keys': 'x' } }, 400, 'InvalidArgument', undefined],
])('%s', async (_, request, status, code, ec) => {
  const query = request.query?.uploadId === 'started' ? { ...request.query, uploadId } : request.query;
  const answer = await server.send({ ...request, bucket: BUCKET, ...(query !== undefined && { query }) });
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
