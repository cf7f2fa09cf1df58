/** Buckets and their descriptions as a client sees them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { type ExpectedError, expectDocument, expectError, ownHeaders } from './expectations.js';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const ISO_TIME = '2026-01-02T03:04:05.000Z';

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
      '    <Comment></Comment>',
      `    <CreationDate>${ISO_TIME}</CreationDate>`,
      `    <ExtranetEndpoint>${server.host}</ExtranetEndpoint>`,
      `    <IntranetEndpoint>${server.host}</IntranetEndpoint>`,
      '    <Location>oss-annals</Location>',
      '    <StorageClass>Standard</StorageClass>',
      '    <DataRedundancyType>LRS</DataRedundancyType>',
      '    <TransferAcceleration>Disabled</TransferAcceleration>',
      '    <CrossRegionReplication>Disabled</CrossRegionReplication>',
      '    <Name>described</Name>',
      '    <ResourceGroupId>rg-default-id</ResourceGroupId>',
      '    <Owner>',
      `      <DisplayName>${ownerId}</DisplayName>`,
      `      <ID>${ownerId}</ID>`,
      '    </Owner>',
      '    <AccessControlList>',
      '      <Grant>public-read</Grant>',
      '    </AccessControlList>',
      '    <ServerSideEncryptionRule>',
      '      <SSEAlgorithm>None</SSEAlgorithm>',
      '    </ServerSideEncryptionRule>',
      '    <BucketPolicy>',
      '      <LogBucket></LogBucket>',
      '      <LogPrefix></LogPrefix>',
      '    </BucketPolicy>',
      '    <BlockPublicAccess>false</BlockPublicAccess>',
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
      expect([answer.status, ownHeaders(answer)]).toEqual([200, { 'content-length': '0', location: '/first' }]);
      expectDocument(await server.send({ method: 'GET', bucket: 'first', query: { acl: '' } }), [
        '<AccessControlPolicy>',
        ...owner('  '),
        '  <AccessControlList>',
        `    <Grant>${acl}</Grant>`,
        '  </AccessControlList>',
        '</AccessControlPolicy>',
      ]);
    }
    expect((await server.send({ method: 'PUT', bucket: 'first', query: { acl: '' } })).status).toBe(200);
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

  test('has only the buckets with a tag, which a bucket may have from its first moment on', async () => {
    const tagged = (bucket: string, tags: string) =>
      server.send({ method: 'PUT', bucket, headers: { 'x-oss-bucket-tagging': tags } });
    const namesWith = async (query: Record<string, string>) =>
      (await server.send({ method: 'GET', query })).body.toString().match(/(?<=<Name>)[^<]*/g);
    expect((await tagged('tagged-a', 'team=blue&cost%20centre=1')).status).toBe(200);
    expect((await tagged('tagged-b', 'team=red')).status).toBe(200);
    expect(await namesWith({ 'tag-key': 'team' })).toEqual(['tagged-a', 'tagged-b']);
    expect(await namesWith({ 'tag-key': 'team', 'max-keys': '1', marker: 'tagged-a' })).toEqual(['tagged-b']);
    expect(await namesWith({ 'tag-key': 'cost centre', 'tag-value': '1' })).toEqual(['tagged-a']);
    expect(await namesWith({ 'tag-key': 'team', 'tag-value': 'green' })).toBeNull();
    expect(await namesWith({ tagging: '"team":"blue","cost centre":"1"' })).toEqual(['tagged-a']);
    expect(await namesWith({ tagging: '"team":"red"', 'max-keys': '1' })).toEqual(['tagged-b']);
    expect(await namesWith({ tagging: '"team":"red","cost centre":"1"' })).toBeNull();
    for (const query of [{ tagging: 'team' }, { tagging: '"team":"red"', 'tag-key': 'team' }]) {
      expectError(await server.send({ method: 'GET', query }), {
        status: 400,
        code: 'InvalidArgument',
        details: { ArgumentName: 'tagging', ArgumentValue: query.tagging },
      });
    }
    // Repeated by its owner, the request changes what it names.
    expect((await server.send({ method: 'PUT', bucket: 'tagged-b' })).status).toBe(200);
    expect(await namesWith({ 'tag-key': 'team', 'tag-value': 'red' })).toEqual(['tagged-b']);
    expect((await tagged('tagged-b', '')).status).toBe(200);
    expect(await namesWith({ 'tag-key': 'team' })).toEqual(['tagged-a']);
    for (const [tags, code] of [
      ['a=1&a=2', 'RepeatedTags'],
      ['Aliyun;=1', 'InvalidTag'],
      ['a=b=c', 'InvalidArgument'],
      ['a=%', 'InvalidArgument'],
      [Array.from({ length: 21 }, (_, index) => `k${index}=`).join('&'), 'TooManyTags'],
    ] as const) {
      expectError(await tagged('tagged-c', tags), { status: 400, code });
    }
    expectError(await server.send({ method: 'GET', query: { 'tag-value': 'blue' } }), {
      status: 400,
      code: 'InvalidArgument',
      details: { ArgumentName: 'tag-value', ArgumentValue: 'blue' },
    });
  });

  test('is not for anonymous', async () => {
    expectError(await server.send({ method: 'GET', signature: 'anonymous' }), { status: 403, code: 'AccessDenied' });
    expectError(await server.send({ method: 'GET', query: { 'max-keys': '1001' } }), {
      status: 400,
      code: 'InvalidArgument',
      details: { ArgumentName: 'max-keys', ArgumentValue: '1001' },
    });
  });
});

test('a bucket may say for itself whether its appendable objects are overwritten and copied', async () => {
  const bucket = 'overriding';
  const put = (headers: Record<string, string>) => server.send({ method: 'PUT', bucket, headers });
  const write = (headers: Record<string, string> = {}) =>
    server.send({ method: 'PUT', bucket, key: headers['x-oss-copy-source'] === undefined ? 'log' : 'copy', headers });
  const copy = { 'x-oss-copy-source': `/${bucket}/log` };
  expect((await put({ 'x-oss-annals-appendable-overwrite': 'deny' })).status).toBe(200);
  await server.send({ method: 'POST', bucket, key: 'log', query: { append: '', position: '0' }, body: 'x' });
  expectError(await write(), { status: 409, code: 'FileAlreadyExists' });
  expectError(await write(copy), { status: 400, code: 'OperationNotSupported' });
  expect((await put({ 'x-oss-annals-appendable-copy': 'allow' })).status).toBe(200);
  expect((await write(copy)).status).toBe(200);
  expectError(await write(), { status: 409, code: 'FileAlreadyExists' });
  expect((await put({ 'x-oss-annals-appendable-overwrite': 'allow' })).status).toBe(200);
  const { headers } = await server.send({ method: 'GET', bucket, query: { bucketInfo: '' } });
  expect(headers).toMatchObject({
    'x-oss-annals-appendable-overwrite': 'allow',
    'x-oss-annals-appendable-copy': 'allow',
  });
  expect((await write()).status).toBe(200);
  // `default` takes one back and leaves the other; then the settings decide again, which deny both here.
  const overrides = async () => {
    const info = await server.send({ method: 'GET', bucket, query: { bucketInfo: '' } });
    return Object.entries(info.headers).filter(([name]) => name.startsWith('x-oss-annals-appendable'));
  };
  expect((await put({ 'x-oss-annals-appendable-overwrite': 'default' })).status).toBe(200);
  expect(await overrides()).toEqual([['x-oss-annals-appendable-copy', 'allow']]);
  await server.send({ method: 'DELETE', bucket, key: 'log' });
  await server.send({ method: 'POST', bucket, key: 'log', query: { append: '', position: '0' }, body: 'x' });
  expectError(await write(), { status: 409, code: 'FileAlreadyExists' });
  expect((await write(copy)).status).toBe(200);
  expect((await put({ 'x-oss-annals-appendable-copy': 'default' })).status).toBe(200);
  expect(await overrides()).toEqual([]);
  expectError(await write(copy), { status: 400, code: 'OperationNotSupported' });
  expectError(await put({ 'x-oss-annals-appendable-overwrite': 'maybe' }), { status: 400, code: 'InvalidArgument' });
});

test('operations that are not built say so', async () => {
  expectError(await server.send({ method: 'GET', bucket: 'first', query: { asyncFetch: '' } }), {
    status: 501,
    code: 'NotImplemented',
  });
  expectError(await server.send({ method: 'GET', bucket: 'first', key: 'k', query: { vod: '' } }), {
    status: 501,
    code: 'NotImplemented',
  });
});

test('a deletion of something unknown deletes nothing', async () => {
  const bucket = 'not-the-whole';
  await server.send({ method: 'PUT', bucket });
  const notImplemented = { status: 501, code: 'NotImplemented' };
  expectError(await server.send({ method: 'DELETE', bucket, query: { lifecyle: '' } }), notImplemented);
  await server.send({ method: 'PUT', bucket, key: 'k', body: 'x' });
  expectError(await server.send({ method: 'DELETE', bucket, key: 'k', query: { taggings: '' } }), notImplemented);
  expect((await server.send({ method: 'GET', bucket, key: 'k' })).body.toString()).toBe('x');
  // A parameter with a value says how, and is ignored like on other methods.
  expect((await server.send({ method: 'DELETE', bucket, key: 'k', query: { trace: '1' } })).status).toBe(204);
  expect((await server.send({ method: 'DELETE', bucket })).status).toBe(204);
});
