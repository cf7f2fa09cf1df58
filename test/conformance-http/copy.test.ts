/** CopyObject as a client sees it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { SIGNED_KINDS, type SignatureKind } from '../harness/sign-request.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { expectDocument, expectError } from './expectations.js';
import { copySource } from './http-upload-driver.js';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const ISO = '2026-01-02T03:04:05.000Z';
const ETAG = '"900150983CD24FB0D6963F7D28E17F72"';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ clock: () => AT_MS });
  for (const bucket of ['from', 'into', 'cold', 'versions', 'public']) await server.send({ method: 'PUT', bucket });
  await server.send({
    method: 'PUT',
    bucket: 'public',
    query: { acl: '' },
    headers: { 'x-oss-acl': 'public-read-write' },
  });
  await server.store.updateBucket('versions', { versioning: 'enabled' });
  await server.send({
    method: 'PUT',
    bucket: 'from',
    key: 'source/ü',
    body: 'abc',
    headers: {
      'content-type': 'text/x',
      'cache-control': 'no-cache',
      'x-oss-meta-a': '1',
      'x-oss-tagging': 'k=v',
      'x-oss-object-acl': 'public-read',
      'x-oss-storage-class': 'IA',
    },
  });
});

afterAll(() => server.close());

function copy(
  key: string,
  headers: Record<string, string> = {},
  options: { readonly bucket?: string; readonly signature?: SignatureKind } = {},
): Promise<RawAnswer> {
  return server.send({
    method: 'PUT',
    bucket: 'into',
    key,
    headers: { 'x-oss-copy-source': '/from/source/%C3%BC', ...headers },
    ...options,
  });
}

async function headersOf(key: string, bucket = 'into'): Promise<Readonly<Record<string, string>>> {
  return (await server.send({ method: 'HEAD', bucket, key })).headers;
}

describe('CopyObject', () => {
  test.each(SIGNED_KINDS)('signed %s copies bytes, metadata and tags; not ACL and storage class', async (signature) => {
    const key = `copy-${signature}`;
    const answer = await copy(key, {}, { signature });
    expectDocument(answer, [
      '<CopyObjectResult>',
      `  <ETag>${ETAG}</ETag>`,
      `  <LastModified>${ISO}</LastModified>`,
      '</CopyObjectResult>',
    ]);
    expect(answer.headers.etag).toBe(ETAG);
    const source = await headersOf('source/ü', 'from');
    expect(answer.headers['x-oss-hash-crc64ecma']).toBe(source['x-oss-hash-crc64ecma']);
    expect(await headersOf(key)).toMatchObject({
      etag: ETAG,
      'content-type': 'text/x',
      'cache-control': 'no-cache',
      'content-md5': 'kAFQmDzST7DWlj99KOF/cg==',
      'x-oss-meta-a': '1',
      'x-oss-tagging-count': '1',
      'x-oss-object-type': 'Normal',
      'x-oss-storage-class': 'Standard',
    });
    const { body } = await server.send({ method: 'GET', bucket: 'into', key, query: { acl: '' } });
    expect(body.toString()).toContain('<Grant>default</Grant>');
  });

  test('takes what the request says where it says so', async () => {
    await copy('replaced', {
      'x-oss-metadata-directive': 'REPLACE',
      'content-type': 'text/y',
      'x-oss-meta-b': '2',
      'x-oss-tagging-directive': 'Replace',
      'x-oss-tagging': 'x=1&y=2',
      'x-oss-object-acl': 'private',
      'x-oss-storage-class': 'IA',
    });
    const headers = await headersOf('replaced');
    expect(headers).toMatchObject({
      'content-type': 'text/y',
      'x-oss-meta-b': '2',
      'x-oss-tagging-count': '2',
      'x-oss-storage-class': 'IA',
    });
    expect([headers['x-oss-meta-a'], headers['cache-control']]).toEqual([undefined, undefined]);
    await copy('kept', { 'x-oss-meta-b': '2', 'x-oss-tagging': 'x=1&y=2', 'content-type': 'text/y' });
    expect(await headersOf('kept')).toMatchObject({
      'content-type': 'text/x',
      'x-oss-meta-a': '1',
      'x-oss-tagging-count': '1',
    });
  });

  test.each([
    [{ 'x-oss-copy-source-if-match': ETAG }, 200],
    [{ 'x-oss-copy-source-if-match': '"other"' }, 412],
    [{ 'x-oss-copy-source-if-none-match': '"other"' }, 200],
    [{ 'x-oss-copy-source-if-none-match': ETAG }, 304],
    [{ 'x-oss-copy-source-if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' }, 200],
    [{ 'x-oss-copy-source-if-modified-since': 'Sat, 03 Jan 2026 00:00:00 GMT' }, 304],
    [{ 'x-oss-copy-source-if-modified-since': 'yesterday' }, 200],
    [{ 'x-oss-copy-source-if-unmodified-since': 'Sat, 03 Jan 2026 00:00:00 GMT' }, 200],
    [{ 'x-oss-copy-source-if-unmodified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' }, 412],
    [{ 'x-oss-copy-source-if-match': '"other"', 'x-oss-copy-source-if-none-match': ETAG }, 412],
  ])('under the condition %o is %i', async (headers, status) => {
    const answer = await copy(`conditional-${status}`, headers);
    expect(answer.status).toBe(status);
    if (status === 412) expectError(answer, { status, code: 'PreconditionFailed' });
    if (status === 304) expect(answer.body.length).toBe(0);
    if (status !== 200) {
      expect((await server.send({ method: 'HEAD', bucket: 'into', key: `conditional-${status}` })).status).toBe(404);
    }
  });

  test.each([
    [{ 'x-oss-copy-source': '/from' }, 400, 'InvalidArgument'],
    [{ 'x-oss-copy-source': '' }, 400, 'InvalidArgument'],
    [{ 'x-oss-copy-source': '/from/%ZZ' }, 400, 'InvalidArgument'],
    [{ 'x-oss-copy-source': '/from/missing' }, 404, 'NoSuchKey'],
    [{ 'x-oss-copy-source': '/nowhere/x' }, 404, 'NoSuchBucket'],
    [{ 'x-oss-copy-source': '/from/source/%C3%BC?versionId=unknown' }, 404, 'NoSuchVersion'],
    [{ 'x-oss-copy-source': '/from/source/%C3%BC?versionId=' }, 400, 'InvalidArgument'],
    [{ 'x-oss-metadata-directive': 'MERGE' }, 400, 'InvalidArgument'],
    [{ 'x-oss-tagging-directive': 'MERGE' }, 400, 'InvalidArgument'],
    [{ 'x-oss-storage-class': 'Hot' }, 400, 'InvalidArgument'],
    [{ 'x-oss-traffic-limit': '1' }, 400, 'InvalidArgument'],
    [{ 'if-match': ETAG }, 400, 'NotImplemented'],
  ])('refuses %o', async (headers, status, code) => {
    expectError(await copy('refused', headers), { status, code });
  });

  test('says how to write a source', async () => {
    expectError(await copy('refused', { 'x-oss-copy-source': '/from' }), {
      status: 400,
      code: 'InvalidArgument',
      message: 'Copy Source must mention the source bucket and key: /sourcebucket/sourcekey.',
    });
  });

  test('does not replace what must stay', async () => {
    await server.send({ method: 'PUT', bucket: 'into', key: 'there', body: 'x' });
    expectError(await copy('there', { 'x-oss-forbid-overwrite': 'true' }), { status: 409, code: 'FileAlreadyExists' });
    const append = { append: '', position: '0' };
    await server.send({ method: 'POST', bucket: 'into', key: 'log', query: append, body: 'line' });
    expectError(await copy('log'), { status: 409, code: 'FileAlreadyExists' });
    expect((await copy('there')).status).toBe(200);
  });

  test('from an appendable object is refused, and onto itself changes its metadata alone', async () => {
    const append = { append: '', position: '0' };
    await server.send({
      method: 'POST',
      bucket: 'from',
      key: 'log',
      query: append,
      body: 'line',
      headers: { 'x-oss-meta-a': '1' },
    });
    expectError(await copy('copied', { 'x-oss-copy-source': '/from/log' }), {
      status: 400,
      code: 'OperationNotSupported',
    });
    const own = { 'x-oss-copy-source': '/from/log', 'x-oss-meta-b': '2' };
    const answer = await copy('log', own, { bucket: 'from' });
    expect(answer.status).toBe(200);
    const headers = await headersOf('log', 'from');
    expect(headers).toMatchObject({
      'x-oss-object-type': 'Appendable',
      'x-oss-next-append-position': '4',
      'x-oss-meta-b': '2',
    });
    expect(headers['x-oss-meta-a']).toBeUndefined();
    const query = { append: '', position: '4' };
    expect((await server.send({ method: 'POST', bucket: 'from', key: 'log', query, body: '!' })).status).toBe(200);
    const cold = { 'x-oss-copy-source': '/from/log', 'x-oss-storage-class': 'ColdArchive' };
    expectError(await copy('log', cold, { bucket: 'from' }), {
      status: 400,
      code: 'InvalidArgument',
      ec: '0016-00000503',
    });
    await server.store.updateBucket('from', { appendable: { copy: 'allow' } });
    expect((await copy('copied', { 'x-oss-copy-source': '/from/log' })).status).toBe(200);
    expect(await headersOf('copied')).toMatchObject({ 'x-oss-object-type': 'Normal', 'content-length': '5' });
    await server.store.updateBucket('from', { appendable: {} });
  });

  test('onto itself keeps ACL, tags and class, and takes the metadata of the request', async () => {
    const headers = { 'x-oss-object-acl': 'private', 'x-oss-tagging': 'k=v', 'x-oss-meta-a': '1' };
    await server.send({ method: 'PUT', bucket: 'into', key: 'self', body: 'x', headers });
    const source = { 'x-oss-copy-source': '/into/self' };
    expect((await copy('self', { ...source, 'content-type': 'text/z', 'x-oss-storage-class': 'IA' })).status).toBe(200);
    const found = await headersOf('self');
    expect(found).toMatchObject({ 'content-type': 'text/z', 'x-oss-storage-class': 'IA', 'x-oss-tagging-count': '1' });
    expect(found['x-oss-meta-a']).toBeUndefined();
    const { body } = await server.send({ method: 'GET', bucket: 'into', key: 'self', query: { acl: '' } });
    expect(body.toString()).toContain('<Grant>private</Grant>');
    const statistics = await server.store.bucketStatistics('into');
    expect(statistics.storageClasses.IA.objectCount).toBeGreaterThanOrEqual(1);
  });

  test('between versions names both', async () => {
    const put = async (body: string) =>
      (await server.send({ method: 'PUT', bucket: 'versions', key: 'k', body })).headers['x-oss-version-id'] ?? '';
    const first = await put('first');
    await put('second');
    const source = { 'x-oss-copy-source': copySource({ bucket: 'versions', key: 'k', versionId: first }) };
    const answer = await copy('k', source, { bucket: 'versions' });
    expect(answer.headers['x-oss-copy-source-version-id']).toBe(first);
    const third = answer.headers['x-oss-version-id'] ?? '';
    expect([first, ''].includes(third)).toBe(false);
    expect((await server.send({ method: 'GET', bucket: 'versions', key: 'k' })).body.toString()).toBe('first');
    const marker = await server.send({ method: 'DELETE', bucket: 'versions', key: 'k' });
    const from = (versionId?: string) =>
      copySource({ bucket: 'versions', key: 'k', ...(versionId !== undefined && { versionId }) });
    expectError(await copy('gone', { 'x-oss-copy-source': from() }), { status: 404, code: 'NoSuchKey' });
    expectError(await copy('gone', { 'x-oss-copy-source': from(marker.headers['x-oss-version-id']) }), {
      status: 400,
      code: 'InvalidArgument',
    });
    expect((await copy('back', { 'x-oss-copy-source': from(third) })).status).toBe(200);
  });

  test('by anonymous callers needs a source they may read and a bucket they may write', async () => {
    await server.send({ method: 'PUT', bucket: 'from', key: 'secret', body: 'x' });
    const anonymous = { signature: 'anonymous', bucket: 'public' } as const;
    // No ACL lets anybody read tags, so the source's own cannot come along.
    expectError(await copy('open', {}, anonymous), { status: 403, code: 'AccessDenied' });
    expect((await copy('open', { 'x-oss-tagging-directive': 'Replace' }, anonymous)).status).toBe(200);
    await server.send({
      method: 'PUT',
      bucket: 'from',
      key: 'plain',
      body: 'x',
      headers: { 'x-oss-object-acl': 'public-read' },
    });
    expect((await copy('open', { 'x-oss-copy-source': '/from/plain' }, anonymous)).status).toBe(200);
    expectError(await copy('closed', { 'x-oss-copy-source': '/from/secret' }, anonymous), {
      status: 403,
      code: 'AccessDenied',
    });
    expectError(await copy('closed', {}, { signature: 'anonymous' }), { status: 403, code: 'AccessDenied' });
  });
});
