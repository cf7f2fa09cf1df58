/**
 * Listings of a bucket, letter for letter: every element, its order, its spelling, and what `encoding-type=url`
 * encodes.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectDocument, ownHeaders } from './expectations.js';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const TIME = '2026-01-02T03:04:05.000Z';
const ETAG_OF_X = '"9DD4E461268C8034F5C8564E155C67A6"';
const PLAIN = 'listed-plain';
const VERSIONED = 'listed-versions';
const ENABLED = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';

let server: TestServer;
let ownerId: string;

beforeAll(async () => {
  server = await startTestServer({ clock: () => NOW_MS, settings: { region: 'cn-hangzhou' } });
  await made({ method: 'PUT', bucket: PLAIN });
  await made({ method: 'PUT', bucket: VERSIONED });
  ownerId = (await server.store.getBucket(PLAIN)).ownerId;
});

afterAll(() => server.close());

async function made(request: TestRequest): Promise<Record<string, string>> {
  const answer = await server.send(request);
  expect(answer.status, answer.body.toString('utf8')).toBeLessThan(300);
  return ownHeaders(answer);
}

const configure = (bucket: string, name: string, body: string) =>
  made({ method: 'PUT', bucket, query: { [name]: '' }, body });
const list = (bucket: string, query: Record<string, string>) => server.send({ method: 'GET', bucket, query });
const indented = (indent: string, lines: readonly string[]) => lines.map((line) => indent + line);
const owner = (indent: string) =>
  indented(indent, ['<Owner>', `  <ID>${ownerId}</ID>`, `  <DisplayName>${ownerId}</DisplayName>`, '</Owner>']);
const contents = (key: string, more: { type?: string; size?: number; etag?: string; withOwner?: boolean } = {}) => [
  '  <Contents>',
  `    <Key>${key}</Key>`,
  `    <LastModified>${TIME}</LastModified>`,
  `    <ETag>${more.etag ?? ETAG_OF_X}</ETag>`,
  `    <Type>${more.type ?? 'Normal'}</Type>`,
  `    <Size>${more.size ?? 1}</Size>`,
  '    <StorageClass>Standard</StorageClass>',
  ...(more.withOwner === false ? [] : owner('    ')),
  '  </Contents>',
];

describe('objects', () => {
  beforeAll(async () => {
    for (const key of ['ä b/1', 'ä b/2+3', 'ä b/sub/4', 'ä b/sub/5', 'ä c']) {
      await made({ method: 'PUT', bucket: PLAIN, key, body: 'x' });
    }
  });

  test('ListObjects encodes prefix, marker, next marker, delimiter, keys and common prefixes', async () => {
    const query = { prefix: 'ä b/', delimiter: '/', marker: 'ä b/1', 'max-keys': '2', 'encoding-type': 'url' };
    expectDocument(await list(PLAIN, query), [
      '<ListBucketResult>',
      `  <Name>${PLAIN}</Name>`,
      '  <Prefix>%C3%A4%20b%2F</Prefix>',
      '  <Marker>%C3%A4%20b%2F1</Marker>',
      '  <MaxKeys>2</MaxKeys>',
      '  <Delimiter>%2F</Delimiter>',
      '  <EncodingType>url</EncodingType>',
      '  <IsTruncated>false</IsTruncated>',
      ...contents('%C3%A4%20b%2F2%2B3'),
      '  <CommonPrefixes>',
      '    <Prefix>%C3%A4%20b%2Fsub%2F</Prefix>',
      '  </CommonPrefixes>',
      '</ListBucketResult>',
    ]);
    const first = await list(PLAIN, { prefix: 'ä b/', 'max-keys': '1', 'encoding-type': 'url' });
    expectDocument(first, [
      '<ListBucketResult>',
      `  <Name>${PLAIN}</Name>`,
      '  <Prefix>%C3%A4%20b%2F</Prefix>',
      '  <Marker></Marker>',
      '  <MaxKeys>1</MaxKeys>',
      '  <Delimiter></Delimiter>',
      '  <EncodingType>url</EncodingType>',
      '  <IsTruncated>true</IsTruncated>',
      '  <NextMarker>%C3%A4%20b%2F1</NextMarker>',
      ...contents('%C3%A4%20b%2F1'),
      '</ListBucketResult>',
    ]);
  });

  test('ListObjects encodes nothing unasked', async () => {
    expectDocument(await list(PLAIN, { prefix: 'ä b/', delimiter: '/', marker: 'ä b/1' }), [
      '<ListBucketResult>',
      `  <Name>${PLAIN}</Name>`,
      '  <Prefix>ä b/</Prefix>',
      '  <Marker>ä b/1</Marker>',
      '  <MaxKeys>100</MaxKeys>',
      '  <Delimiter>/</Delimiter>',
      '  <IsTruncated>false</IsTruncated>',
      ...contents('ä b/2+3'),
      '  <CommonPrefixes>',
      '    <Prefix>ä b/sub/</Prefix>',
      '  </CommonPrefixes>',
      '</ListBucketResult>',
    ]);
  });

  test('ListObjectsV2 encodes the same and where to start, counts rows, and names owners only when asked', async () => {
    const query = { 'list-type': '2', prefix: 'ä b/', delimiter: '/', 'start-after': 'ä b/1', 'encoding-type': 'url' };
    const lines = (withOwner: boolean) => [
      '<ListBucketResult>',
      `  <Name>${PLAIN}</Name>`,
      '  <Prefix>%C3%A4%20b%2F</Prefix>',
      '  <StartAfter>%C3%A4%20b%2F1</StartAfter>',
      '  <MaxKeys>100</MaxKeys>',
      '  <Delimiter>%2F</Delimiter>',
      '  <EncodingType>url</EncodingType>',
      '  <IsTruncated>false</IsTruncated>',
      ...contents('%C3%A4%20b%2F2%2B3', { withOwner }),
      '  <CommonPrefixes>',
      '    <Prefix>%C3%A4%20b%2Fsub%2F</Prefix>',
      '  </CommonPrefixes>',
      '  <KeyCount>2</KeyCount>',
      '</ListBucketResult>',
    ];
    expectDocument(await list(PLAIN, query), lines(false));
    expectDocument(await list(PLAIN, { ...query, 'fetch-owner': 'false' }), lines(false));
    expectDocument(await list(PLAIN, { ...query, 'fetch-owner': 'true' }), lines(true));
  });

  test('a continuation token is the last key, and begins where it ended', async () => {
    const bucket = 'listed-tokens';
    await made({ method: 'PUT', bucket });
    for (const key of ['ab', 'bc', 'cd']) await made({ method: 'PUT', bucket, key, body: 'x' });
    const first = await list(bucket, { 'list-type': '2', 'max-keys': '2' });
    expectDocument(first, [
      '<ListBucketResult>',
      `  <Name>${bucket}</Name>`,
      '  <Prefix></Prefix>',
      '  <MaxKeys>2</MaxKeys>',
      '  <Delimiter></Delimiter>',
      '  <IsTruncated>true</IsTruncated>',
      '  <NextContinuationToken>CgJiYw--</NextContinuationToken>',
      ...contents('ab', { withOwner: false }),
      ...contents('bc', { withOwner: false }),
      '  <KeyCount>2</KeyCount>',
      '</ListBucketResult>',
    ]);
    expectDocument(await list(bucket, { 'list-type': '2', 'max-keys': '2', 'continuation-token': 'CgJiYw--' }), [
      '<ListBucketResult>',
      `  <Name>${bucket}</Name>`,
      '  <Prefix></Prefix>',
      '  <ContinuationToken>CgJiYw--</ContinuationToken>',
      '  <MaxKeys>2</MaxKeys>',
      '  <Delimiter></Delimiter>',
      '  <IsTruncated>false</IsTruncated>',
      ...contents('cd', { withOwner: false }),
      '  <KeyCount>1</KeyCount>',
      '</ListBucketResult>',
    ]);
  });

  test.each(['k', 'k'.repeat(127), 'k'.repeat(128), '?>~ÿ', 'ü'.repeat(511)])('goes on after %s', async (key) => {
    const bucket = 'listed-long-tokens';
    await made({ method: 'PUT', bucket });
    for (const name of [key, `${key}z`]) await made({ method: 'PUT', bucket, key: name, body: 'x' });
    const query = { 'list-type': '2', 'max-keys': '1', prefix: key, 'encoding-type': 'url' };
    const [token = ''] =
      /(?<=<NextContinuationToken>)[\w.-]+/.exec((await list(bucket, query)).body.toString('utf8')) ?? [];
    const rest = (await list(bucket, { ...query, 'continuation-token': token })).body.toString('utf8');
    expect(rest.match(/(?<=<Key>)[^<]*/g)).toEqual([encodeURIComponent(`${key}z`)]);
  });

  test('the four types of objects', async () => {
    const bucket = 'listed-types';
    await made({ method: 'PUT', bucket });
    await made({ method: 'POST', bucket, key: 'appended', query: { append: '', position: '0' }, body: 'x' });
    await made({ method: 'PUT', bucket, key: 'plain', body: 'x' });
    await made({
      method: 'PUT',
      bucket,
      key: 'link',
      query: { symlink: '' },
      headers: { 'x-oss-symlink-target': 'plain' },
    });
    const key = 'parts';
    const begun = await server.send({ method: 'POST', bucket, key, query: { uploads: '' } });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.body.toString('utf8'))?.[1] ?? '';
    await made({ method: 'PUT', bucket, key, query: { partNumber: '1', uploadId }, body: 'x' });
    await made({ method: 'POST', bucket, key, query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' } });
    const text = (await list(bucket, {})).body.toString('utf8');
    expect(text.match(/(?<=<(?:Key|Type)>)[^<]*/g)).toEqual([
      'appended',
      'Appendable',
      'link',
      'Symlink',
      'parts',
      'Multipart',
      'plain',
      'Normal',
    ]);
    const etags = text.match(/(?<=<ETag>)[^<]*/g) ?? [];
    expect([etags[0], etags[2], etags[3]]).toEqual([
      expect.stringMatching(/^"[0-9A-F]{32}"$/),
      expect.stringMatching(/^"[0-9A-F]{32}-1"$/),
      ETAG_OF_X,
    ]);
  });
});

describe('versions', () => {
  const entry = (kind: 'Version' | 'DeleteMarker', key: string, id: string, isLatest: boolean) => [
    `  <${kind}>`,
    `    <Key>${key}</Key>`,
    `    <VersionId>${id}</VersionId>`,
    `    <IsLatest>${isLatest}</IsLatest>`,
    `    <LastModified>${TIME}</LastModified>`,
    ...(kind === 'Version'
      ? indented('    ', [
          `<ETag>${ETAG_OF_X}</ETag>`,
          '<Type>Normal</Type>',
          '<Size>1</Size>',
          '<StorageClass>Standard</StorageClass>',
        ])
      : []),
    ...owner('    '),
    `  </${kind}>`,
  ];
  let old = '';
  let first = '';
  let marker = '';

  beforeAll(async () => {
    const put = (key: string): TestRequest => ({ method: 'PUT', bucket: VERSIONED, key, body: 'x' });
    await made(put('ä/1'));
    old = 'null';
    await configure(VERSIONED, 'versioning', ENABLED);
    first = (await made(put('ä/1')))['x-oss-version-id'] ?? '';
    marker = (await made({ method: 'DELETE', bucket: VERSIONED, key: 'ä/1' }))['x-oss-version-id'] ?? '';
    await made(put('ä/sub/2'));
    await made(put('ö'));
  });

  test('newest first, delete markers among them, and what encoding-type=url encodes', async () => {
    const query = { versions: '', prefix: 'ä/', delimiter: '/', 'encoding-type': 'url' };
    expectDocument(await list(VERSIONED, query), [
      '<ListVersionsResult>',
      `  <Name>${VERSIONED}</Name>`,
      '  <Prefix>%C3%A4%2F</Prefix>',
      '  <KeyMarker></KeyMarker>',
      '  <VersionIdMarker></VersionIdMarker>',
      '  <MaxKeys>100</MaxKeys>',
      '  <Delimiter>%2F</Delimiter>',
      '  <EncodingType>url</EncodingType>',
      '  <IsTruncated>false</IsTruncated>',
      ...entry('DeleteMarker', '%C3%A4%2F1', marker, true),
      ...entry('Version', '%C3%A4%2F1', first, false),
      ...entry('Version', '%C3%A4%2F1', old, false),
      '  <CommonPrefixes>',
      '    <Prefix>%C3%A4%2Fsub%2F</Prefix>',
      '  </CommonPrefixes>',
      '</ListVersionsResult>',
    ]);
  });

  test('in pages, which end and begin within a key', async () => {
    const query = { versions: '', prefix: 'ä/', 'max-keys': '1', 'encoding-type': 'url' };
    expectDocument(await list(VERSIONED, { ...query, 'key-marker': 'ä/1', 'version-id-marker': marker }), [
      '<ListVersionsResult>',
      `  <Name>${VERSIONED}</Name>`,
      '  <Prefix>%C3%A4%2F</Prefix>',
      '  <KeyMarker>%C3%A4%2F1</KeyMarker>',
      `  <VersionIdMarker>${marker}</VersionIdMarker>`,
      '  <MaxKeys>1</MaxKeys>',
      '  <Delimiter></Delimiter>',
      '  <EncodingType>url</EncodingType>',
      '  <IsTruncated>true</IsTruncated>',
      '  <NextKeyMarker>%C3%A4%2F1</NextKeyMarker>',
      `  <NextVersionIdMarker>${first}</NextVersionIdMarker>`,
      ...entry('Version', '%C3%A4%2F1', first, false),
      '</ListVersionsResult>',
    ]);
    // A key alone means all its versions.
    const after = (await list(VERSIONED, { versions: '', 'key-marker': 'ä/1' })).body.toString('utf8');
    expect(after.match(/(?<=<Key>)[^<]*/g)).toEqual(['ä/sub/2', 'ö']);
  });
});
