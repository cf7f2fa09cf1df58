import { crc64 } from '@annals/checksum';
import { describe, expect, test } from 'vitest';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import type { TestRequest } from '../harness/test-server.js';
import { type ExpectedError, expectError, ownHeaders } from './expectations.js';
import { md5Of, ObjectFixture } from './object-fixture.js';

const fixture = new ObjectFixture();
const { put, get } = fixture;

describe('PutObject', () => {
  test.each(SIGNED_KINDS)('signed %s answers MD5, CRC-64 and etag, and nothing else', async (signature) => {
    const answer = await put(`put-${signature}`, 'hello', { signature });
    expect(answer.status).toBe(200);
    expect(answer.body.length).toBe(0);
    expect(ownHeaders(answer)).toEqual({
      etag: `"${md5Of('hello').toString('hex').toUpperCase()}"`,
      'content-md5': md5Of('hello').toString('base64'),
      'x-oss-hash-crc64ecma': crc64(Buffer.from('hello')).toString(),
      'content-length': '0',
    });
  });

  test('without content is the well-known etag and CRC-64 0', async () => {
    expect((await put('empty', '')).headers).toMatchObject({
      etag: '"D41D8CD98F00B204E9800998ECF8427E"',
      'x-oss-hash-crc64ecma': '0',
    });
    const answer = await get('empty');
    expect([answer.status, answer.headers['content-length'], answer.body.length]).toEqual([200, '0', 0]);
  });

  test('replaces an object, unless that is forbidden or it was appended to', async () => {
    await put('once', 'first');
    expect((await put('once', 'second')).status).toBe(200);
    const forbidden: ExpectedError = {
      status: 409,
      code: 'FileAlreadyExists',
      message: 'The object you specified already exists and can not be overwritten.',
    };
    expectError(await put('once', 'third', { headers: { 'x-oss-forbid-overwrite': 'true' } }), forbidden);
    expect((await get('once')).body.toString()).toBe('second');
    await fixture.server.send({
      method: 'POST',
      bucket: 'data',
      key: 'log',
      query: { append: '', position: '0' },
      body: 'kept',
    });
    expectError(await put('log', 'lost'), forbidden);
    expect((await get('log')).body.toString()).toBe('kept');
  });

  test.each<[string, Partial<TestRequest>, ExpectedError]>([
    [
      'a condition',
      { headers: { 'if-modified-since': 'Fri, 02 Jan 2026 03:04:05 GMT' } },
      {
        status: 400,
        code: 'NotImplemented',
        message: 'A header you provided implies functionality that is not implemented.',
        details: { Header: 'If-Modified-Since' },
      },
    ],
    [
      'a callback without address',
      { headers: { 'x-oss-callback': btoa('{"callbackBody":"a"}') } },
      { status: 400, code: 'InvalidArgument' },
    ],
    [
      'KMS without a key ring',
      { headers: { 'x-oss-server-side-encryption': 'KMS' } },
      { status: 403, code: 'KmsServiceNotEnabled' },
    ],
    ['SM4', { headers: { 'x-oss-server-side-encryption': 'SM4' } }, { status: 501, code: 'NotImplemented' }],
    [
      'a wrong MD5',
      { headers: { 'content-md5': md5Of('other').toString('base64') } },
      { status: 400, code: 'InvalidDigest' },
    ],
    ['a wrong CRC-64', { headers: { 'x-oss-hash-crc64ecma': '7' } }, { status: 400, code: 'InvalidCRC64' }],
    ['an unknown ACL', { headers: { 'x-oss-object-acl': 'x' } }, { status: 400, code: 'InvalidArgument' }],
    ['an unknown class', { headers: { 'x-oss-storage-class': 'x' } }, { status: 400, code: 'InvalidArgument' }],
    ['an extension', { headers: { 'x-oss-annals-append-id': 'x' } }, { status: 400, code: 'InvalidArgument' }],
    [
      'too long a body',
      { body: Buffer.alloc(10_001) },
      { status: 400, code: 'InvalidArgument', message: 'Post body size must be less than 5G.', ec: '0017-00000102' },
    ],
  ])('refuses %s and stores nothing', async (name, request, expected) => {
    expectError(await put(`refused ${name}`, 'x', request), expected);
    expectError(await get(`refused ${name}`), { status: 404, code: 'NoSuchKey' });
  });

  test('refuses keys that cannot be', async () => {
    expectError(await put('a'.repeat(1024), 'x'), {
      status: 400,
      code: 'InvalidObjectName',
      message: 'The Length of Object name must be less than 1024.',
    });
    expectError(await put('\\a', 'x'), { status: 400, code: 'InvalidObjectName' });
    expect((await put('a'.repeat(1023), 'x')).status).toBe(200);
  });
});

describe('DeleteObject', () => {
  test.each(SIGNED_KINDS)('signed %s answers 204, whether there was an object or not', async (signature) => {
    const key = `deleted-${signature}`;
    await put(key, 'x');
    for (let round = 0; round < 2; round++) {
      const answer = await fixture.server.send({ method: 'DELETE', bucket: 'data', key, signature });
      expect(answer.status).toBe(204);
      expect(ownHeaders(answer)).toEqual({});
    }
    expectError(await get(key), { status: 404, code: 'NoSuchKey' });
  });

  test('takes the version null and no other', async () => {
    await put('version', 'x');
    const deletion = (versionId: string): TestRequest => ({
      method: 'DELETE',
      bucket: 'data',
      key: 'version',
      query: { versionId },
    });
    expect((await fixture.server.send(deletion('CAEQNhiBgM'))).status).toBe(204);
    expect((await get('version')).status).toBe(200);
    expect((await fixture.server.send(deletion('null'))).headers['x-oss-version-id']).toBe('null');
    expectError(await get('version'), { status: 404, code: 'NoSuchKey' });
  });
});
