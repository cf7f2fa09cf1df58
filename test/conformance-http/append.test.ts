/** AppendObject as a client sees it. What is refused is in `append-refusals.test.ts`. */
import { createHash } from 'node:crypto';
import { crc64 } from '@annals/checksum';
import { describe, expect, test } from 'vitest';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import type { TestRequest } from '../harness/test-server.js';
import { AppendFixture, AT_MS } from './append-fixture.js';
import { expectError, ownHeaders } from './expectations.js';

const fixture = new AppendFixture();
const { append, contentOf } = fixture;

/** The documented form: little-endian CRC-64, second of the write, zeros. */
function appendableEtag(text: string, atMs = AT_MS): string {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(crc64(Buffer.from(text)), 0);
  bytes.writeUInt32LE(Math.floor(atMs / 1000), 8);
  return `"${bytes.toString('hex').toUpperCase()}"`;
}

describe('AppendObject', () => {
  test.each(SIGNED_KINDS)(
    'signed %s answers position, CRC-64 of the whole object and etag, and nothing else',
    async (signature) => {
      const key = `dir/a b+${signature}.log`;
      const first = await append(key, 0, 'hello ', { signature });
      expect(first.status).toBe(200);
      expect(first.body.length).toBe(0);
      expect(ownHeaders(first)).toEqual({
        etag: appendableEtag('hello '),
        'x-oss-hash-crc64ecma': crc64(Buffer.from('hello ')).toString(),
        'x-oss-next-append-position': '6',
        'content-length': '0',
      });
      expect(first.headerNames).toEqual(
        expect.arrayContaining(['ETag', 'Content-Length', 'x-oss-next-append-position']),
      );
      const second = await append(key, 6, 'world', { signature });
      expect(second.headers).toMatchObject({
        etag: appendableEtag('hello world'),
        'x-oss-hash-crc64ecma': crc64(Buffer.from('hello world')).toString(),
        'x-oss-next-append-position': '11',
      });
      expect(await contentOf(key)).toBe('hello world');
    },
  );

  test('takes a chunked body', async () => {
    async function* body() {
      yield Buffer.from('one ');
      yield Buffer.from('two');
    }
    const answer = await fixture.server.send({
      method: 'POST',
      bucket: 'logs',
      key: 'chunked',
      query: { append: '', position: '0' },
      body: body(),
    });
    expect(answer.headers['x-oss-next-append-position']).toBe('7');
    expect(await contentOf('chunked')).toBe('one two');
  });

  test('keeps the headers of the first append and ignores later ones, except the ACL', async () => {
    const headers = {
      'content-type': 'text/x-log',
      'cache-control': 'no-cache',
      'content-disposition': 'attachment; filename=a.log',
      'content-encoding': 'identity',
      'content-language': 'en',
      expires: 'Wed, 21 Oct 2026 07:28:00 GMT',
      'x-oss-meta-author': 'Zoë',
      'x-oss-storage-class': 'IA',
      'x-oss-object-acl': 'private',
      'x-oss-tagging': 'k1=v1&k2=a%20b',
    };
    await append('headers', 0, 'a', { headers });
    await append('headers', 1, 'b', {
      headers: {
        'content-type': 'text/other',
        'x-oss-meta-author': 'other',
        'x-oss-meta-new': '1',
        'x-oss-storage-class': 'Archive',
        'x-oss-object-acl': 'public-read',
        'x-oss-tagging': 'other=1',
        'x-oss-forbid-overwrite': 'true',
      },
    });
    const answer = await fixture.server.send({ method: 'HEAD', bucket: 'logs', key: 'headers' });
    expect(ownHeaders(answer)).toEqual({
      'content-type': 'text/x-log',
      'cache-control': 'no-cache',
      'content-disposition': 'attachment; filename=a.log',
      'content-encoding': 'identity',
      'content-language': 'en',
      expires: 'Wed, 21 Oct 2026 07:28:00 GMT',
      'x-oss-meta-author': 'Zoë',
      'x-oss-storage-class': 'IA',
      'x-oss-object-type': 'Appendable',
      'x-oss-next-append-position': '2',
      'x-oss-hash-crc64ecma': crc64(Buffer.from('ab')).toString(),
      'x-oss-tagging-count': '2',
      'accept-ranges': 'bytes',
      'content-length': '2',
      etag: appendableEtag('ab'),
      'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT',
    });
    const acl = await fixture.server.send({ method: 'GET', bucket: 'logs', key: 'headers', query: { acl: '' } });
    expect(acl.body.toString('utf8')).toContain('<Grant>public-read</Grant>');
  });

  test('checks both digests of the body sent', async () => {
    const md5 = createHash('md5').update('abc').digest('base64');
    const right = { 'content-md5': md5, 'x-oss-hash-crc64ecma': crc64(Buffer.from('abc')).toString() };
    expect((await append('digests', 0, 'abc', { headers: right })).status).toBe(200);
    expect((await append('digests', 3, 'abc', { headers: right })).status).toBe(200);
    expectError(await append('digests', 6, 'abd', { headers: { 'content-md5': md5 } }), {
      status: 400,
      code: 'InvalidDigest',
      message: 'The Content-MD5 you specified was invalid.',
    });
    expectError(await append('digests', 6, 'abc', { headers: { 'x-oss-hash-crc64ecma': '1' } }), {
      status: 400,
      code: 'InvalidCRC64',
    });
    expect(await contentOf('digests')).toBe('abcabc');
  });

  test('without content creates an empty object and changes nothing later', async () => {
    const created = await append('empty', 0, '');
    expect(created.headers).toMatchObject({ 'x-oss-next-append-position': '0', 'x-oss-hash-crc64ecma': '0' });
    const before = await fixture.server.send({ method: 'HEAD', bucket: 'logs', key: 'empty' });
    const again = await append('empty', 0, '');
    expect(again.headers.etag).toBe(created.headers.etag);
    const after = await fixture.server.send({ method: 'HEAD', bucket: 'logs', key: 'empty' });
    expect(ownHeaders(after)).toEqual(ownHeaders(before));
  });

  test('takes the class of its bucket, unless it cannot have it', async () => {
    const configuration = (name: string) =>
      `<CreateBucketConfiguration><StorageClass>${name}</StorageClass></CreateBucketConfiguration>`;
    await fixture.server.send({ method: 'PUT', bucket: 'rare', body: configuration('IA') });
    await fixture.server.send({ method: 'PUT', bucket: 'cold', body: configuration('ColdArchive') });
    const request: TestRequest = {
      method: 'POST',
      bucket: 'rare',
      key: 'k',
      query: { append: '', position: '0' },
      body: 'x',
    };
    expect((await fixture.server.send(request)).status).toBe(200);
    const head = await fixture.server.send({ method: 'HEAD', bucket: 'rare', key: 'k' });
    expect(head.headers['x-oss-storage-class']).toBe('IA');
    expectError(await fixture.server.send({ ...request, bucket: 'cold' }), {
      status: 400,
      code: 'InvalidArgument',
      ec: '0016-00000503',
    });
    const standard = { ...request, bucket: 'cold', headers: { 'x-oss-storage-class': 'Standard' } };
    expect((await fixture.server.send(standard)).status).toBe(200);
    const later = { ...request, bucket: 'cold', query: { append: '', position: '1' } };
    expect((await fixture.server.send(later)).headers['x-oss-next-append-position']).toBe('2');
  });
});
