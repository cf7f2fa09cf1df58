/** Buckets, listings and batches of deletions as a client sees them. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExpectedError, expectDocument, expectError, ownHeaders } from './expectations.js';
import { SIGNED_KINDS } from './sign-request.js';
import { startTestServer, type TestRequest, type TestServer } from './test-server.js';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const ISO_TIME = '2026-01-02T03:04:05.000Z';
const ETAG_OF_X = '"9DD4E461268C8034F5C8564E155C67A6"';

let server: TestServer;
let ownerId: string;

beforeAll(async () => {
  server = await startTestServer({ clock: () => AT_MS });
  await server.send({ method: 'PUT', bucket: 'first' });
  ownerId = (await server.store.getBucket('first')).ownerId;
});

afterAll(() => server.close());

function owner(indent: string): string[] {
  return [
    `${indent}<Owner>`,
    `${indent}  <ID>${ownerId}</ID>`,
    `${indent}  <DisplayName>${ownerId}</DisplayName>`,
    `${indent}</Owner>`,
  ];
}

function configuration(content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><CreateBucketConfiguration>${content}</CreateBucketConfiguration>`;
}

describe('PutBucket and DeleteBucket', () => {
  test.each(SIGNED_KINDS)('signed %s create and delete', async (signature) => {
    const bucket = `made-${signature}`;
    const made = await server.send({ method: 'PUT', bucket, signature });
    expect([made.status, made.body.length, ownHeaders(made)]).toEqual([
      200,
      0,
      { location: `/${bucket}`, 'content-length': '0' },
    ]);
    await server.send({ method: 'PUT', bucket, key: 'k', body: 'x', signature });
    expectError(await server.send({ method: 'DELETE', bucket, signature }), {
      status: 409,
      code: 'BucketNotEmpty',
      message: 'The bucket has objects. Please delete them first.',
      ec: '0015-00000301',
      details: { BucketName: bucket },
    });
    await server.send({ method: 'DELETE', bucket, key: 'k', signature });
    const deleted = await server.send({ method: 'DELETE', bucket, signature });
    expect([deleted.status, ownHeaders(deleted)]).toEqual([204, {}]);
    expectError(await server.send({ method: 'DELETE', bucket, signature }), { status: 404, code: 'NoSuchBucket' });
  });

  test('repeated by the owner succeeds and may change the ACL, nothing else', async () => {
    const bucket = 'repeated';
    const body = configuration('<StorageClass>IA</StorageClass><DataRedundancyType>ZRS</DataRedundancyType>');
    await server.send({ method: 'PUT', bucket, body });
    expect((await server.send({ method: 'PUT', bucket, body })).status).toBe(200);
    expect((await server.send({ method: 'PUT', bucket })).status).toBe(200);
    await server.send({ method: 'PUT', bucket, headers: { 'x-oss-acl': 'public-read' } });
    await server.send({ method: 'PUT', bucket });
    expect(await server.store.getBucket(bucket)).toMatchObject({
      acl: 'public-read',
      storageClass: 'IA',
      dataRedundancyType: 'ZRS',
    });
    expectError(
      await server.send({ method: 'PUT', bucket, body: configuration('<StorageClass>Standard</StorageClass>') }),
      {
        status: 409,
        code: 'BucketAlreadyExists',
        message: "Cannot modify existing bucket's storage class",
        ec: '0015-00000104',
      },
    );
    const redundancy = configuration('<DataRedundancyType>LRS</DataRedundancyType>');
    expectError(await server.send({ method: 'PUT', bucket, body: redundancy }), {
      status: 409,
      code: 'BucketAlreadyExists',
    });
  });

  test("another owner's bucket cannot be had, seen in a list, or overwritten", async () => {
    await server.store.createBucket({
      name: 'foreign',
      ownerId: 'somebody-else',
      acl: 'private',
      storageClass: 'Standard',
      dataRedundancyType: 'LRS',
    });
    expectError(await server.send({ method: 'PUT', bucket: 'foreign' }), { status: 409, code: 'BucketAlreadyExists' });
    const list = (await server.send({ method: 'GET' })).body.toString('utf8');
    expect(list).toContain('<Name>first</Name>');
    expect(list).not.toContain('foreign');
  });

  test.each<[string, TestRequest, ExpectedError]>([
    ['a bad name', { method: 'PUT', bucket: 'a_b' }, { status: 400, code: 'InvalidBucketName' }],
    ['a short name', { method: 'PUT', bucket: 'ab' }, { status: 400, code: 'InvalidBucketName' }],
    [
      'a bad ACL',
      { method: 'PUT', bucket: 'new', headers: { 'x-oss-acl': 'default' } },
      {
        status: 400,
        code: 'InvalidArgument',
        message: 'no such bucket access control exists',
        details: { ArgumentName: 'x-oss-acl', ArgumentValue: 'default' },
      },
    ],
    ['a broken document', { method: 'PUT', bucket: 'new', body: '<Create' }, { status: 400, code: 'MalformedXML' }],
    [
      'another document',
      { method: 'PUT', bucket: 'new', body: '<Delete></Delete>' },
      { status: 400, code: 'MalformedXML' },
    ],
    [
      'another location',
      { method: 'PUT', bucket: 'new', body: configuration('<LocationConstraint>oss-mars</LocationConstraint>') },
      { status: 400, code: 'InvalidLocationConstraint' },
    ],
    [
      'a hierarchical namespace',
      { method: 'PUT', bucket: 'new', headers: { 'x-oss-hns-status': 'enabled' } },
      { status: 501, code: 'NotImplemented', details: { Header: 'x-oss-hns-status' } },
    ],
    ['nobody', { method: 'PUT', bucket: 'new', signature: 'anonymous' }, { status: 403, code: 'AccessDenied' }],
  ])('refuses %s and makes no bucket', async (_name, request, expected) => {
    expectError(await server.send(request), expected);
    expectError(await server.send({ method: 'GET', bucket: 'new' }), { status: 404, code: 'NoSuchBucket' });
  });
});

describe('descriptions of buckets', () => {
  test('GetBucketInfo', async () => {
    await server.send({ method: 'PUT', bucket: 'described', headers: { 'x-oss-acl': 'public-read' } });
    expectDocument(await server.send({ method: 'GET', bucket: 'described', query: { bucketInfo: '' } }), [
      '<BucketInfo>',
      '  <Bucket>',
      '    <AccessMonitor>Disabled</AccessMonitor>',
      '    <BlockPublicAccess>false</BlockPublicAccess>',
      `    <CreationDate>${ISO_TIME}</CreationDate>`,
      '    <CrossRegionReplication>Disabled</CrossRegionReplication>',
      '    <DataRedundancyType>LRS</DataRedundancyType>',
      `    <ExtranetEndpoint>${server.host}</ExtranetEndpoint>`,
      `    <IntranetEndpoint>${server.host}</IntranetEndpoint>`,
      '    <Location>oss-annals</Location>',
      '    <Name>described</Name>',
      '    <StorageClass>Standard</StorageClass>',
      '    <TransferAcceleration>Disabled</TransferAcceleration>',
      ...owner('    '),
      '    <AccessControlList>',
      '      <Grant>public-read</Grant>',
      '    </AccessControlList>',
      '    <ServerSideEncryptionRule>',
      '      <SSEAlgorithm>None</SSEAlgorithm>',
      '    </ServerSideEncryptionRule>',
      '  </Bucket>',
      '</BucketInfo>',
    ]);
    const virtualHosted = await server.send({
      method: 'GET',
      bucket: 'described',
      query: { bucketInfo: '' },
      headers: { host: `described.localhost:${server.host.split(':')[1]}` },
    });
    expect(virtualHosted.status).toBe(200);
    expect(virtualHosted.body.toString('utf8')).toContain('<ExtranetEndpoint>localhost:');
  });

  test('GetBucketLocation and GetBucketAcl', async () => {
    expectDocument(await server.send({ method: 'GET', bucket: 'first', query: { location: '' } }), [
      '<LocationConstraint>oss-annals</LocationConstraint>',
    ]);
    for (const acl of ['public-read-write', 'private']) {
      const answer = await server.send({
        method: 'PUT',
        bucket: 'first',
        query: { acl: '' },
        headers: { 'x-oss-acl': acl },
      });
      expect([answer.status, ownHeaders(answer)]).toEqual([200, { 'content-length': '0' }]);
      expectDocument(await server.send({ method: 'GET', bucket: 'first', query: { acl: '' } }), [
        '<AccessControlPolicy>',
        ...owner('  '),
        '  <AccessControlList>',
        `    <Grant>${acl}</Grant>`,
        '  </AccessControlList>',
        '</AccessControlPolicy>',
      ]);
    }
    expectError(await server.send({ method: 'PUT', bucket: 'first', query: { acl: '' } }), {
      status: 400,
      code: 'MissingArgument',
    });
  });

  test.each(['bucketInfo', 'location', 'acl'])('?%s is for the owner, and for buckets there are', async (name) => {
    expectError(await server.send({ method: 'GET', bucket: 'absent', query: { [name]: '' } }), {
      status: 404,
      code: 'NoSuchBucket',
      details: { BucketName: 'absent' },
    });
    expectError(await server.send({ method: 'GET', bucket: 'first', query: { [name]: '' }, signature: 'anonymous' }), {
      status: 403,
      code: 'AccessDenied',
    });
  });
});

describe('ListBuckets', () => {
  test('describes every bucket and has no paging elements when all are there', async () => {
    expectDocument(await server.send({ method: 'GET', query: { prefix: 'firs' } }), [
      '<ListAllMyBucketsResult>',
      ...owner('  '),
      '  <Buckets>',
      '    <Bucket>',
      `      <CreationDate>${ISO_TIME}</CreationDate>`,
      `      <ExtranetEndpoint>${server.host}</ExtranetEndpoint>`,
      `      <IntranetEndpoint>${server.host}</IntranetEndpoint>`,
      '      <Location>oss-annals</Location>',
      '      <Name>first</Name>',
      '      <Region>annals</Region>',
      '      <StorageClass>Standard</StorageClass>',
      '    </Bucket>',
      '  </Buckets>',
      '</ListAllMyBucketsResult>',
    ]);
  });

  test.each(SIGNED_KINDS)('signed %s pages', async (signature) => {
    for (const name of ['page-a', 'page-b', 'page-c']) await server.send({ method: 'PUT', bucket: name });
    const query = { prefix: 'page-', 'max-keys': '2' };
    const first = (await server.send({ method: 'GET', query, signature })).body.toString('utf8');
    expect(first.match(/<Name>[^<]*/g)).toEqual(['<Name>page-a', '<Name>page-b']);
    expect(first).toContain(
      '<Prefix>page-</Prefix>\n  <MaxKeys>2</MaxKeys>\n  <IsTruncated>true</IsTruncated>\n  <NextMarker>page-b</NextMarker>\n',
    );
    const last = await server.send({ method: 'GET', query: { ...query, marker: 'page-b' }, signature });
    expect(last.body.toString('utf8').match(/<Name>[^<]*/g)).toEqual(['<Name>page-c']);
    expect(last.body.toString('utf8')).toContain('<IsTruncated>false</IsTruncated>');
  });

  test('is not for anonymous, nor for tags nobody has yet', async () => {
    expectError(await server.send({ method: 'GET', signature: 'anonymous' }), { status: 403, code: 'AccessDenied' });
    expectError(await server.send({ method: 'GET', query: { 'tag-key': 'a' } }), {
      status: 501,
      code: 'NotImplemented',
    });
    expectError(await server.send({ method: 'GET', query: { 'max-keys': '1001' } }), {
      status: 400,
      code: 'InvalidArgument',
      details: { ArgumentName: 'max-keys', ArgumentValue: '1001' },
    });
  });
});

describe('listings', () => {
  const list = (query: Record<string, string>, more: Partial<TestRequest> = {}) =>
    server.send({ method: 'GET', bucket: 'listed', query, ...more });

  beforeAll(async () => {
    await server.send({ method: 'PUT', bucket: 'listed' });
    for (const key of ['a b', 'dir/1', 'dir/2', 'z&'])
      await server.send({ method: 'PUT', bucket: 'listed', key, body: 'x' });
    await server.send({ method: 'POST', bucket: 'listed', key: 'log', query: { append: '', position: '0' }, body: '' });
  });

  const contents = (key: string, options: { owner: boolean }) => [
    '  <Contents>',
    `    <Key>${key}</Key>`,
    `    <LastModified>${ISO_TIME}</LastModified>`,
    `    <ETag>${ETAG_OF_X}</ETag>`,
    '    <Type>Normal</Type>',
    '    <Size>1</Size>',
    '    <StorageClass>Standard</StorageClass>',
    ...(options.owner ? owner('    ') : []),
    '  </Contents>',
  ];

  test('ListObjects, all of it', async () => {
    const answer = await list({});
    expect(answer.body.toString('utf8').match(/<Key>[^<]*/g)).toEqual([
      '<Key>a b',
      '<Key>dir/1',
      '<Key>dir/2',
      '<Key>log',
      '<Key>z&amp;',
    ]);
    expect(answer.body.toString('utf8')).toMatch(
      /<Key>log<\/Key>[\s\S]*?<Type>Appendable<\/Type>\n {4}<Size>0<\/Size>/,
    );
  });

  test('ListObjects with everything, letter for letter', async () => {
    const query = { prefix: '', delimiter: '/', 'max-keys': '2', 'encoding-type': 'url' };
    expectDocument(await list(query), [
      '<ListBucketResult>',
      '  <Name>listed</Name>',
      '  <MaxKeys>2</MaxKeys>',
      '  <Delimiter>%2F</Delimiter>',
      '  <EncodingType>url</EncodingType>',
      '  <IsTruncated>true</IsTruncated>',
      '  <NextMarker>dir%2F</NextMarker>',
      ...contents('a%20b', { owner: true }),
      '  <CommonPrefixes>',
      '    <Prefix>dir%2F</Prefix>',
      '  </CommonPrefixes>',
      '</ListBucketResult>',
    ]);
    expectDocument(await list({ prefix: 'z', marker: 'dir/' }), [
      '<ListBucketResult>',
      '  <Name>listed</Name>',
      '  <Prefix>z</Prefix>',
      '  <Marker>dir/</Marker>',
      '  <MaxKeys>100</MaxKeys>',
      '  <IsTruncated>false</IsTruncated>',
      ...contents('z&amp;', { owner: true }),
      '</ListBucketResult>',
    ]);
  });

  test.each(SIGNED_KINDS)('ListObjectsV2 signed %s pages by tokens', async (signature) => {
    const query = { 'list-type': '2', 'max-keys': '3', 'start-after': 'a', delimiter: '/' };
    const first = await list(query, { signature });
    const [, token = ''] = /<NextContinuationToken>([^<]*)</.exec(first.body.toString('utf8')) ?? [];
    expect(token).toMatch(/^[A-Za-z0-9\-._~]+$/);
    expectDocument(await list({ ...query, 'continuation-token': token }, { signature }), [
      '<ListBucketResult>',
      '  <Name>listed</Name>',
      '  <StartAfter>a</StartAfter>',
      `  <ContinuationToken>${token}</ContinuationToken>`,
      '  <MaxKeys>3</MaxKeys>',
      '  <Delimiter>/</Delimiter>',
      '  <IsTruncated>false</IsTruncated>',
      ...contents('z&amp;', { owner: false }),
      '  <KeyCount>1</KeyCount>',
      '</ListBucketResult>',
    ]);
    expect(first.body.toString('utf8')).toContain('<KeyCount>3</KeyCount>');
    const owned = await list({ 'list-type': '2', prefix: 'z', 'fetch-owner': 'true' }, { signature });
    expect(owned.body.toString('utf8')).toContain(contents('z&amp;', { owner: true }).join('\n'));
  });

  test.each<[Record<string, string>, string]>([
    [{ 'max-keys': '0' }, 'max-keys'],
    [{ 'max-keys': '1001' }, 'max-keys'],
    [{ 'max-keys': 'x' }, 'max-keys'],
    [{ prefix: 'p'.repeat(1024) }, 'prefix'],
    [{ marker: 'p'.repeat(1024) }, 'marker'],
    [{ delimiter: 'p'.repeat(1024) }, 'delimiter'],
    [{ 'encoding-type': 'base64' }, 'encoding-type'],
    [{ 'list-type': '2', 'start-after': 'p'.repeat(1024) }, 'start-after'],
    [{ 'list-type': '2', 'continuation-token': 'made-up' }, 'continuation-token'],
    [{ 'list-type': '2', 'continuation-token': 'CmE=' }, 'continuation-token'],
  ])('refuse %j', async (query, name) => {
    expectError(await list(query), { status: 400, code: 'InvalidArgument', details: { ArgumentName: name } });
  });

  test('of a private bucket are not for anonymous, of a public one they are', async () => {
    expectError(await list({}, { signature: 'anonymous' }), { status: 403, code: 'AccessDenied' });
    await server.send({ method: 'PUT', bucket: 'public', headers: { 'x-oss-acl': 'public-read' } });
    const answer = await server.send({ method: 'GET', bucket: 'public', signature: 'anonymous' });
    expect(answer.status).toBe(200);
    expectError(await server.send({ method: 'GET', bucket: 'absent' }), { status: 404, code: 'NoSuchBucket' });
  });
});

describe('DeleteMultipleObjects', () => {
  const remove = (body: string, more: Partial<TestRequest> = {}) =>
    server.send({ method: 'POST', bucket: 'first', body, ...more, query: { delete: '', ...more.query } });
  const named = (...keys: string[]) => keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('');

  test.each(SIGNED_KINDS)('signed %s names what is gone, whether it was there or not', async (signature) => {
    await server.send({ method: 'PUT', bucket: 'first', key: 'a b&c', body: 'x' });
    const body = `<?xml version="1.0" encoding="UTF-8"?><Delete><Quiet>false</Quiet>${named('a b&amp;c', 'absent')}</Delete>`;
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    expectDocument(await remove(body, { headers, signature, query: { 'encoding-type': 'url' } }), [
      '<DeleteResult>',
      '  <EncodingType>url</EncodingType>',
      '  <Deleted>',
      '    <Key>a%20b%26c</Key>',
      '  </Deleted>',
      '  <Deleted>',
      '    <Key>absent</Key>',
      '  </Deleted>',
      '</DeleteResult>',
    ]);
    expectError(await server.send({ method: 'GET', bucket: 'first', key: 'a b&c' }), {
      status: 404,
      code: 'NoSuchKey',
    });
  });

  test('quiet says nothing', async () => {
    await server.send({ method: 'PUT', bucket: 'first', key: 'k', body: 'x' });
    const answer = await remove(`<Delete><Quiet>true</Quiet>${named('k')}</Delete>`);
    expect([answer.status, answer.body.length, ownHeaders(answer)]).toEqual([200, 0, { 'content-length': '0' }]);
    expectError(await server.send({ method: 'GET', bucket: 'first', key: 'k' }), { status: 404, code: 'NoSuchKey' });
  });

  test('takes a thousand keys', async () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `k${index}`);
    const answer = await remove(`<Delete>${named(...keys)}</Delete>`);
    expect(answer.body.toString('utf8').match(/<Deleted>/g)?.length).toBe(1000);
  });

  const malformed: ExpectedError = { status: 400, code: 'MalformedXML', ec: '0016-00000608' };
  test.each<[string, string, ExpectedError]>([
    ['1001 keys', `<Delete>${'<Object><Key>kept</Key></Object>'.repeat(1001)}</Delete>`, malformed],
    ['more than 2 MiB', `<Delete><Object><Key>kept</Key></Object>${' '.repeat(2 * 1024 * 1024)}</Delete>`, malformed],
    ['no keys', '<Delete></Delete>', malformed],
    ['an object without key', '<Delete><Object></Object></Delete>', malformed],
    ['another document', '<Remove><Object><Key>kept</Key></Object></Remove>', malformed],
    ['a broken document', '<Delete><Object><Key>kept</Key>', { status: 400, code: 'MalformedXML' }],
    [
      'a bad version',
      '<Delete><Object><Key>kept</Key><VersionId>a b</VersionId></Object></Delete>',
      { status: 400, code: 'InvalidArgument', message: 'Invalid version id specified.' },
    ],
  ])('refuses %s and deletes nothing', async (_name, body, expected) => {
    await server.send({ method: 'PUT', bucket: 'first', key: 'kept', body: 'x' });
    expectError(await remove(body), expected);
    expect((await server.send({ method: 'HEAD', bucket: 'first', key: 'kept' })).status).toBe(200);
  });

  test('refuses a wrong Content-MD5 and a missing bucket', async () => {
    const body = `<Delete>${named('k')}</Delete>`;
    const headers = { 'content-md5': createHash('md5').update('other').digest('base64') };
    expectError(await remove(body, { headers }), { status: 400, code: 'InvalidDigest' });
    expectError(await remove(body, { bucket: 'absent' }), { status: 404, code: 'NoSuchBucket' });
  });
});

test('operations that are not built say so', async () => {
  expectError(await server.send({ method: 'GET', bucket: 'first', query: { lifecycle: '' } }), {
    status: 501,
    code: 'NotImplemented',
  });
  expectError(await server.send({ method: 'POST', bucket: 'first', key: 'k', query: { uploads: '' } }), {
    status: 501,
    code: 'NotImplemented',
  });
});
