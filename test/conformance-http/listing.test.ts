/** ListObjects in both versions as a client sees it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectDocument, expectError } from './expectations.js';

const ISO_TIME = '2026-01-02T03:04:05.000Z';
const ETAG_OF_X = '"9DD4E461268C8034F5C8564E155C67A6"';

let server: TestServer;
let ownerId: string;

beforeAll(async () => {
  server = await startTestServer({ clock: () => Date.parse(ISO_TIME) + 678 });
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

describe('listings', () => {
  const list = (query: Record<string, string>, more: Partial<TestRequest> = {}) =>
    server.send({ method: 'GET', bucket: 'listed', query, ...more });

  beforeAll(async () => {
    await server.send({ method: 'PUT', bucket: 'listed' });
    ownerId = (await server.store.getBucket('listed')).ownerId;
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
      '  <Prefix></Prefix>',
      '  <Marker></Marker>',
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
      '  <Delimiter></Delimiter>',
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
      '  <Prefix></Prefix>',
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
