/** ListObjectVersions as a client sees it: pages, markers, prefixes and groups. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';

const UNKNOWN_ID = `CAEQ${'A'.repeat(60)}`;

let server: TestServer;
let ownerId: string;

beforeAll(async () => {
  server = await startTestServer();
  for (const bucket of ['versions', 'empty', 'plain', 'pages', 'suspended'])
    await server.send({ method: 'PUT', bucket });
  for (const bucket of ['versions', 'empty', 'pages']) await setVersioning(bucket, 'Enabled');
  await setVersioning('suspended', 'Suspended');
  ownerId = (await server.store.getBucket('versions')).ownerId;
});

afterAll(() => server.close());

function setVersioning(bucket: string, status: string): Promise<RawAnswer> {
  const body = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
  return server.send({ method: 'PUT', bucket, query: { versioning: '' }, body });
}

const idOf = (answer: RawAnswer): string => answer.headers['x-oss-version-id'] as string;

describe('ListObjectVersions', () => {
  const list = (query: Readonly<Record<string, string>> = {}, bucket = 'pages') =>
    server.send({ method: 'GET', bucket, query: { versions: '', ...query } });

  test('shows versions and markers with all they have', async () => {
    const page = (key: string, body?: string) =>
      server.send({
        method: body === undefined ? 'DELETE' : 'PUT',
        bucket: 'pages',
        key,
        ...(body !== undefined && { body }),
      });
    const first = idOf(await page('a b', 'x'));
    const second = idOf(await page('a b', 'xy'));
    const marker = idOf(await page('a b'));
    await page('dir/1', 'z');
    const modifiedAtMs = async (versionId: string) =>
      (await server.store.headObject({ bucket: 'pages', key: 'a b', versionId })).lastModifiedAtMs;
    const [firstAt, secondAt] = [await modifiedAtMs(first), await modifiedAtMs(second)];
    const answer = await list({ 'encoding-type': 'url', delimiter: '/', 'max-keys': '10' });
    const markerAt = /<DeleteMarker>[\s\S]*?<LastModified>([^<]+)</.exec(answer.body.toString())?.[1];
    const described = (id: string, atMs: number, size: number, etag: string) => [
      '  <Version>',
      '    <Key>a%20b</Key>',
      `    <VersionId>${id}</VersionId>`,
      '    <IsLatest>false</IsLatest>',
      `    <LastModified>${new Date(atMs).toISOString()}</LastModified>`,
      `    <ETag>"${etag}"</ETag>`,
      '    <Type>Normal</Type>',
      `    <Size>${size}</Size>`,
      '    <StorageClass>Standard</StorageClass>',
      '    <Owner>',
      `      <ID>${ownerId}</ID>`,
      `      <DisplayName>${ownerId}</DisplayName>`,
      '    </Owner>',
      '  </Version>',
    ];
    expect(
      answer.body
        .toString()
        .replace(/\.\d{3}Z/g, '.000Z')
        .split('\n'),
    ).toEqual(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<ListVersionsResult>',
        '  <Name>pages</Name>',
        '  <Prefix></Prefix>',
        '  <KeyMarker></KeyMarker>',
        '  <VersionIdMarker></VersionIdMarker>',
        '  <MaxKeys>10</MaxKeys>',
        '  <Delimiter>%2F</Delimiter>',
        '  <EncodingType>url</EncodingType>',
        '  <IsTruncated>false</IsTruncated>',
        '  <DeleteMarker>',
        '    <Key>a%20b</Key>',
        `    <VersionId>${marker}</VersionId>`,
        '    <IsLatest>true</IsLatest>',
        `    <LastModified>${markerAt}</LastModified>`,
        '    <Owner>',
        `      <ID>${ownerId}</ID>`,
        `      <DisplayName>${ownerId}</DisplayName>`,
        '    </Owner>',
        '  </DeleteMarker>',
        ...described(second, secondAt, 2, '3E44107170A520582ADE522FA73C1D15'),
        ...described(first, firstAt, 1, '9DD4E461268C8034F5C8564E155C67A6'),
        '  <CommonPrefixes>',
        '    <Prefix>dir%2F</Prefix>',
        '  </CommonPrefixes>',
        '</ListVersionsResult>',
        '',
      ].map((line) => line.replace(/\.\d{3}Z/, '.000Z')),
    );
  });

  test('goes through all versions page by page', async () => {
    const element = (text: string, name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1];
    const ids: (string | undefined)[] = [];
    let query: Record<string, string> = {};
    for (let pageCount = 0; pageCount < 10; pageCount++) {
      const text = (await list({ 'max-keys': '1', ...query })).body.toString();
      ids.push(element(text, 'VersionId'));
      const keyMarker = element(text, 'NextKeyMarker');
      if (keyMarker === undefined) break;
      query = { 'key-marker': keyMarker, 'version-id-marker': element(text, 'NextVersionIdMarker') ?? '' };
    }
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(4);
  });

  test('shows the objects of a bucket that was never versioned as "null"', async () => {
    await server.send({ method: 'PUT', bucket: 'plain', key: 'one', body: 'x' });
    const text = (await list({ prefix: 'one' }, 'plain')).body.toString();
    expect(text).toContain('<VersionId>null</VersionId>\n    <IsLatest>true</IsLatest>');
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['a version without a key', { 'version-id-marker': UNKNOWN_ID }],
    ['no version', { 'key-marker': 'a', 'version-id-marker': 'x' }],
    ['no number', { 'max-keys': 'x' }],
    ['too many', { 'max-keys': '1001' }],
    ['no encoding', { 'encoding-type': 'gzip' }],
  ])('refuses %s', async (_name, query) => {
    expectError(await list(query), { status: 400, code: 'InvalidArgument' });
  });

  test('of a missing bucket is refused', async () => {
    expectError(await list({}, 'absent'), { status: 404, code: 'NoSuchBucket' });
  });
});
