/** ConvertObject as a client sees it. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';

const bucket = 'converted';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket });
});

afterAll(() => server.close());

const put = (key: string, body: string, headers: Record<string, string> = {}): Promise<RawAnswer> =>
  server.send({ method: 'PUT', bucket, key, body, headers });

const append = (key: string, position: number, body: string): Promise<RawAnswer> =>
  server.send({ method: 'POST', bucket, key, body, query: { append: '', position: String(position) } });

const convert = (key: string, query: Record<string, string>, more: Partial<TestRequest> = {}): Promise<RawAnswer> =>
  server.send({ method: 'POST', bucket, key, ...more, query: { convert: '', ...query } });

const head = async (key: string) => (await server.send({ method: 'HEAD', bucket, key })).headers;

test.each(SIGNED_KINDS)(
  'signed %s, an object becomes appendable and Normal again, and keeps what is said of it',
  async (signature) => {
    const key = `log ${signature}`;
    await put(key, 'abc', { 'content-type': 'text/x-log', 'x-oss-meta-a': 'b', 'x-oss-tagging': 'k=v' });
    const before = await head(key);
    const converted = await convert(key, { type: 'appendable' }, { signature });
    expect(converted.status).toBe(200);
    expect(converted.headers).toMatchObject({
      'x-oss-object-type': 'Appendable',
      'x-oss-next-append-position': '3',
      'x-oss-hash-crc64ecma': before['x-oss-hash-crc64ecma'],
    });
    expect(await head(key)).toMatchObject({
      'content-type': 'text/x-log',
      'x-oss-meta-a': 'b',
      'x-oss-tagging-count': '1',
      etag: converted.headers.etag,
    });
    expect((await append(key, 3, 'def')).status).toBe(200);
    const again = await convert(key, { type: 'normal' }, { signature });
    const digest = createHash('md5').update('abcdef').digest();
    expect(again.headers).toMatchObject({
      etag: `"${digest.toString('hex').toUpperCase()}"`,
      'x-oss-object-type': 'Normal',
    });
    expect((await head(key))['content-md5']).toBe(digest.toString('base64'));
    // Two deliberate calls: what was recorded can now be overwritten.
    expect((await put(key, 'other')).status).toBe(200);
  },
);

test('of that type already, an object is left as it is', async () => {
  await put('same', 'abc');
  const before = await head('same');
  const answer = await convert('same', { type: 'normal' });
  expect([answer.status, answer.headers.etag, answer.headers['last-modified']]).toEqual([
    200,
    before.etag,
    before['last-modified'],
  ]);
});

test('is refused where it may not be', async () => {
  await put('plain', 'abc');
  await append('sealed', 0, 'abc');
  await server.send({ method: 'POST', bucket, key: 'sealed', query: { seal: '', position: '3' } });
  await server.send({
    method: 'PUT',
    bucket,
    key: 'link',
    query: { symlink: '' },
    headers: { 'x-oss-symlink-target': 'plain' },
  });
  await put('cold', 'abc', { 'x-oss-storage-class': 'ColdArchive' });
  await put('archived', 'abc', { 'x-oss-storage-class': 'Archive' });
  const invalid = { status: 400, code: 'InvalidArgument' };
  expectError(await convert('none', { type: 'normal' }), { status: 404, code: 'NoSuchKey' });
  expectError(await convert('sealed', { type: 'normal' }), { status: 409, code: 'AppendSealedObjectNotAllowed' });
  expectError(await convert('link', { type: 'appendable' }), { status: 409, code: 'ObjectNotAppendable' });
  expectError(await convert('cold', { type: 'appendable' }), invalid);
  expectError(await convert('archived', { type: 'appendable' }), { status: 403, code: 'InvalidObjectState' });
  expectError(await convert('plain', {}), { status: 400, code: 'MissingArgument' });
  for (const query of [
    { type: 'symlink' },
    { type: '' },
    { type: 'Normal' },
    { type: 'normal', versionId: 'null' },
    { type: 'normal', convert: 'x' },
    { type: 'normal', wait: '1' },
    { type: 'normal', position: '0' },
    { type: 'normal', follow: '' },
    { type: 'normal', append: '' },
  ]) {
    expectError(await convert('plain', query), invalid);
  }
  const { etag = '' } = await head('plain');
  const failed = { status: 412, code: 'PreconditionFailed' };
  expectError(await convert('plain', { type: 'appendable' }, { headers: { 'if-match': '"other"' } }), failed);
  expectError(await convert('plain', { type: 'appendable' }, { headers: { 'if-none-match': etag } }), failed);
  const matching = await convert('plain', { type: 'appendable' }, { headers: { 'if-match': etag } });
  expect(matching.status).toBe(200);
  const anonymous = await convert('plain', { type: 'normal' }, { signature: 'anonymous' });
  expectError(anonymous, { status: 403, code: 'AccessDenied' });
});

test('keeps the version, and ends who follows as replaced', async () => {
  await server.send({ method: 'PUT', bucket: 'converted-versions', headers: { 'x-oss-acl': 'public-read' } });
  await server.store.updateBucket('converted-versions', { versioning: 'enabled' });
  const target = { bucket: 'converted-versions', key: 'log' };
  const query = { append: '', position: '0' };
  const { headers } = await server.send({ ...target, method: 'POST', query, body: 'abc' });
  const following = await fetch(`http://${server.host}/converted-versions/log?follow=text&wait=600`);
  const converted = await server.send({ ...target, method: 'POST', query: { convert: '', type: 'normal' } });
  expect(converted.headers['x-oss-version-id']).toBe(headers['x-oss-version-id']);
  expect(await following.text()).toMatch(/event: end\ndata: replaced\n\n$/);
});
