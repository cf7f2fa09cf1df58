/** Listings of parts and of unfinished uploads as a client sees them. */
import { createHash } from 'node:crypto';
import { crc64 } from '@annals/checksum';
import { parseXml } from '@annals/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectDocument, expectError } from './expectations.js';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const ISO = '2026-01-02T03:04:05.000Z';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ clock: () => AT_MS });
  for (const bucket of ['films', 'listed']) await server.send({ method: 'PUT', bucket });
});

afterAll(() => server.close());

function md5Etag(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex').toUpperCase();
}

function send(request: Omit<TestRequest, 'bucket'> & { readonly bucket?: string }): Promise<RawAnswer> {
  return server.send({ bucket: 'films', ...request });
}

async function initiate(key: string, headers: Record<string, string> = {}, bucket = 'films'): Promise<string> {
  const { body } = await send({ method: 'POST', bucket, key, query: { uploads: '' }, headers });
  return parseXml(body).children.find(({ name }) => name === 'UploadId')?.text ?? '';
}

function upload(key: string, uploadId: string, partNumber: number, body: Uint8Array) {
  return send({ method: 'PUT', key, query: { partNumber: String(partNumber), uploadId }, body });
}

describe('ListParts', () => {
  test('shows number, time, etag, checksum and size, page by page', async () => {
    const key = 'listed ü';
    const uploadId = await initiate(key, { 'x-oss-storage-class': 'IA' });
    for (const number of [1, 2, 5]) await upload(key, uploadId, number, Buffer.from(`part ${number}`));
    const answer = await send({ method: 'GET', key, query: { uploadId, 'max-parts': '2', 'encoding-type': 'url' } });
    const part = (number: number) => {
      const bytes = Buffer.from(`part ${number}`);
      return [
        '  <Part>',
        `    <PartNumber>${number}</PartNumber>`,
        `    <LastModified>${ISO}</LastModified>`,
        `    <ETag>"${md5Etag(bytes)}"</ETag>`,
        `    <HashCrc64ecma>${crc64(bytes)}</HashCrc64ecma>`,
        '    <Size>6</Size>',
        '  </Part>',
      ];
    };
    const frame = (lines: readonly string[]) => ['<ListPartsResult>', ...lines, '</ListPartsResult>'];
    expectDocument(
      answer,
      frame([
        '  <EncodingType>url</EncodingType>',
        '  <Bucket>films</Bucket>',
        '  <Key>listed%20%C3%BC</Key>',
        `  <UploadId>${uploadId}</UploadId>`,
        '  <StorageClass>IA</StorageClass>',
        '  <PartNumberMarker>0</PartNumberMarker>',
        '  <NextPartNumberMarker>2</NextPartNumberMarker>',
        '  <MaxParts>2</MaxParts>',
        '  <IsTruncated>true</IsTruncated>',
        ...part(1),
        ...part(2),
      ]),
    );
    const rest = await send({ method: 'GET', key, query: { uploadId, 'part-number-marker': '2' } });
    expect(rest.body.toString()).toContain('<IsTruncated>false</IsTruncated>');
    expect(rest.body.toString().match(/<PartNumber>\d+/g)).toEqual(['<PartNumber>5']);
  });

  test.each([
    { 'max-parts': '0' },
    { 'max-parts': '1001' },
    { 'max-parts': 'x' },
    { 'part-number-marker': '-1' },
    { 'part-number-marker': '10001' },
    { 'encoding-type': 'base64' },
  ])('refuses %o', async (query) => {
    const uploadId = await initiate('bounds');
    expectError(await send({ method: 'GET', key: 'bounds', query: { uploadId, ...query } }), {
      status: 400,
      code: 'InvalidArgument',
    });
  });
});

describe('ListMultipartUploads', () => {
  test('shows uploads with class and time, groups them, and pages through them', async () => {
    const ids: Record<string, string> = {};
    for (const key of ['a', 'dir/1', 'dir/2', 'z']) ids[key] = await initiate(key, {}, 'listed');
    const answer = await send({
      method: 'GET',
      bucket: 'listed',
      query: { uploads: '', delimiter: '/', 'max-uploads': '2' },
    });
    expectDocument(answer, [
      '<ListMultipartUploadsResult>',
      '  <Bucket>listed</Bucket>',
      '  <KeyMarker></KeyMarker>',
      '  <UploadIdMarker></UploadIdMarker>',
      '  <NextKeyMarker>dir/</NextKeyMarker>',
      '  <NextUploadIdMarker></NextUploadIdMarker>',
      '  <Delimiter>/</Delimiter>',
      '  <Prefix></Prefix>',
      '  <MaxUploads>2</MaxUploads>',
      '  <IsTruncated>true</IsTruncated>',
      '  <Upload>',
      '    <Key>a</Key>',
      `    <UploadId>${ids.a}</UploadId>`,
      '    <StorageClass>Standard</StorageClass>',
      `    <Initiated>${ISO}</Initiated>`,
      '  </Upload>',
      '  <CommonPrefixes>',
      '    <Prefix>dir/</Prefix>',
      '  </CommonPrefixes>',
      '</ListMultipartUploadsResult>',
    ]);
    const keysOf = async (query: Record<string, string>) =>
      (await send({ method: 'GET', bucket: 'listed', query: { uploads: '', ...query } })).body
        .toString()
        .match(/<Key>[^<]*/g);
    expect(await keysOf({ delimiter: '/', 'key-marker': 'dir/' })).toEqual(['<Key>z']);
    expect(await keysOf({ prefix: 'dir/' })).toEqual(['<Key>dir/1', '<Key>dir/2']);
    expect(await keysOf({ 'key-marker': 'dir/1' })).toEqual(['<Key>dir/2', '<Key>z']);
    expect(await keysOf({ 'key-marker': 'dir/2', 'upload-id-marker': '0'.repeat(32) })).toEqual([
      '<Key>dir/2',
      '<Key>z',
    ]);
    expect(await keysOf({ 'upload-id-marker': '0'.repeat(32) })).toHaveLength(4);
  });

  test.each([{ 'max-uploads': '0' }, { 'max-uploads': '1001' }, { prefix: 'x'.repeat(1024) }])(
    'refuses %o',
    async (query) => {
      expectError(await send({ method: 'GET', bucket: 'listed', query: { uploads: '', ...query } }), {
        status: 400,
        code: 'InvalidArgument',
      });
    },
  );

  test('a bucket with uploads cannot be deleted', async () => {
    expectError(await send({ method: 'DELETE', bucket: 'listed' }), { status: 409, code: 'BucketNotEmpty' });
  });
});
