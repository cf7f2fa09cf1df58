import { crc64 } from '@annals/checksum';
import { describe, expect, test } from 'vitest';
import type { TestRequest } from '../harness/test-server.js';
import { AppendFixture, LENGTH_BYTES_MAX } from './append-fixture.js';
import { type ExpectedError, expectError } from './expectations.js';

const fixture = new AppendFixture();
const { append, contentOf } = fixture;

describe('AppendObject', () => {
  test('at a wrong position says the right one, as text, as header and with what proves a lost append', async () => {
    await append('conflict', 0, 'hello ');
    await append('conflict', 6, 'world');
    expectError(await append('conflict', 6, 'world'), {
      status: 409,
      code: 'PositionNotEqualToLength',
      message: 'Position is not equal to file length',
      ec: '0026-00000016',
      headers: {
        'content-type': 'application/xml',
        'x-oss-next-append-position': '11',
        'x-oss-hash-crc64ecma': crc64(Buffer.from('hello world')).toString(),
        'x-oss-annals-last-append-length': '5',
        'x-oss-annals-last-append-crc64': crc64(Buffer.from('world')).toString(),
      },
    });
    expectError(await append('absent', 3, 'x'), {
      status: 409,
      code: 'PositionNotEqualToLength',
      headers: { 'x-oss-next-append-position': '0' },
    });
  });

  test('to a normal object is refused for its type', async () => {
    await fixture.server.send({ method: 'PUT', bucket: 'logs', key: 'normal', body: 'abc' });
    for (const position of [0, 3, 9]) {
      expectError(await append('normal', position, 'x'), {
        status: 409,
        code: 'ObjectNotAppendable',
        message: 'The object is not appendable',
        ec: '0026-00000017',
      });
    }
  });

  const badPosition: ExpectedError = { status: 400, code: 'InvalidArgument', ec: '0016-00000502' };
  const bad = (ArgumentName: string, more: Partial<ExpectedError> = {}): ExpectedError => ({
    status: 400,
    code: 'InvalidArgument',
    ...more,
    details: { ArgumentName, ...more.details },
  });

  test.each<[string, Partial<TestRequest>, ExpectedError]>([
    ['a position that is no number', { query: { position: 'test' } }, badPosition],
    ['a negative position', { query: { position: '-1' } }, badPosition],
    ['an empty position', { query: { position: '' } }, badPosition],
    ['a position beyond 2^53', { query: { position: '99999999999999999999' } }, badPosition],
    ['a version', { query: { versionId: 'null' } }, bad('versionId', { ec: '0016-00000504' })],
    ['a callback header', { headers: { 'x-oss-callback': 'e30=' } }, bad('x-oss-callback')],
    ['callback variables', { headers: { 'x-oss-callback-var': 'e30=' } }, bad('x-oss-callback-var')],
    ['a callback parameter', { query: { callback: 'e30=' } }, bad('callback')],
    [
      'the class ColdArchive',
      { headers: { 'x-oss-storage-class': 'ColdArchive' } },
      bad('x-oss-storage-class', { ec: '0016-00000503' }),
    ],
    [
      'the class DeepColdArchive',
      { headers: { 'x-oss-storage-class': 'DeepColdArchive' } },
      bad('x-oss-storage-class', { ec: '0016-00000503' }),
    ],
    ['an unknown class', { headers: { 'x-oss-storage-class': 'standard' } }, bad('x-oss-storage-class')],
    [
      'an unknown ACL',
      { headers: { 'x-oss-object-acl': 'public' } },
      bad('x-oss-object-acl', { details: { ArgumentValue: 'public' } }),
    ],
    [
      'an unknown encryption',
      { headers: { 'x-oss-server-side-encryption': 'ROT13' } },
      { status: 400, code: 'InvalidEncryptionAlgorithmError' },
    ],
    [
      'the id of a key',
      { headers: { 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': 'payroll' } },
      bad('x-oss-server-side-encryption-key-id', { details: { ArgumentValue: 'payroll' } }),
    ],
    [
      'encryption by SM4',
      { headers: { 'x-oss-server-side-encryption': 'SM4' } },
      { status: 501, code: 'NotImplemented' },
    ],
    [
      'a condition',
      { headers: { 'if-none-match': '*' } },
      { status: 400, code: 'NotImplemented', details: { Header: 'If-None-Match' } },
    ],
    ['an unreadable Content-MD5', { headers: { 'content-md5': 'abc' } }, { status: 400, code: 'InvalidDigest' }],
    ['an unreadable CRC-64', { headers: { 'x-oss-hash-crc64ecma': '-1' } }, bad('x-oss-hash-crc64ecma')],
    ['a tag twice', { headers: { 'x-oss-tagging': 'a=1&a=2' } }, bad('x-oss-tagging')],
    ['a bad tag', { headers: { 'x-oss-tagging': 'a%26=1' } }, { status: 400, code: 'InvalidTag' }],
    [
      'eleven tags',
      { headers: { 'x-oss-tagging': Array.from({ length: 11 }, (_, index) => `k${index}=v`).join('&') } },
      { status: 400, code: 'BadRequest', message: 'Object tags cannot be greater than 10' },
    ],
    [
      'too much user metadata',
      { headers: { 'x-oss-meta-a': 'x'.repeat(8192) } },
      { status: 400, code: 'InvalidArgument' },
    ],
    ['a misspelled forbid-overwrite', { headers: { 'x-oss-forbid-overwrite': 'yes' } }, bad('x-oss-forbid-overwrite')],
    [
      'a traffic limit out of range',
      { headers: { 'x-oss-traffic-limit': '1' } },
      {
        status: 400,
        code: 'InvalidArgument',
        message: 'x-oss-traffic-limit is invalid, should be specified between 819200(100KB/s) and 838860800(100MB/s).',
      },
    ],
    [
      'a body above the limit',
      { body: 'x'.repeat(LENGTH_BYTES_MAX + 1) },
      { status: 400, code: 'InvalidArgument', message: 'Post body size must be less than 5G.', ec: '0017-00000102' },
    ],
  ])('refuses %s and appends nothing', async (name, request, expected) => {
    const key = `refused/${name}`;
    expectError(await append(key, 0, 'x', request), expected);
    expectError(await fixture.server.send({ method: 'GET', bucket: 'logs', key }), { status: 404, code: 'NoSuchKey' });
  });

  test('refuses a chunked body above the limit and appends nothing', async () => {
    async function* body() {
      for (let sent = 0; sent <= LENGTH_BYTES_MAX; sent += 100) yield Buffer.alloc(100);
    }
    const answer = await fixture.server.send({
      method: 'POST',
      bucket: 'logs',
      key: 'long',
      query: { append: '', position: '0' },
      body: body(),
    });
    expectError(answer, { status: 400, code: 'InvalidArgument', ec: '0017-00000102' });
    expectError(await fixture.server.send({ method: 'GET', bucket: 'logs', key: 'long' }), {
      status: 404,
      code: 'NoSuchKey',
    });
  });

  test('refuses an append beyond the length an object may have before it reads the body', async () => {
    await fixture.server.store.updateBucket('logs', { appendable: { lengthMax: 8 } });
    try {
      await append('limited', 0, '12345');
      expectError(await append('limited', 5, '6789'), { status: 400, code: 'InvalidArgument' });
      expect((await append('limited', 5, '678')).status).toBe(200);
      expect(await contentOf('limited')).toBe('12345678');
    } finally {
      await fixture.server.store.updateBucket('logs', { appendable: {} });
    }
  });

  test('without position is a missing argument', async () => {
    expectError(
      await fixture.server.send({ method: 'POST', bucket: 'logs', key: 'k', query: { append: '' }, body: 'x' }),
      {
        status: 400,
        code: 'MissingArgument',
        message: 'Missing Some Required Arguments.',
        ec: '0016-00000501',
      },
    );
  });

  test('to a missing bucket is refused for the bucket', async () => {
    const request: TestRequest = {
      method: 'POST',
      bucket: 'absent',
      key: 'k',
      query: { append: '', position: '0' },
      body: 'x',
    };
    expectError(await fixture.server.send(request), {
      status: 404,
      code: 'NoSuchBucket',
      message: 'The specified bucket does not exist.',
      ec: '0015-00000101',
      details: { BucketName: 'absent' },
    });
  });

  test('answers before it reads the body, when the head tells that it cannot win', async () => {
    await append('unread', 0, 'abc');
    const head = (position: string, length: number): Promise<string> =>
      fixture.server.sendHeadOnly({
        method: 'POST',
        bucket: 'logs',
        key: 'unread',
        query: { append: '', position },
        headers: { 'content-length': String(length) },
      });
    const conflict = await head('2', 10);
    expect(conflict).toMatch(/^HTTP\/1\.1 409 /);
    expect(conflict).toContain('\r\nx-oss-next-append-position: 3');
    const tooLong = await head('3', LENGTH_BYTES_MAX + 1);
    expect(tooLong).toMatch(/^HTTP\/1\.1 400 /);
    expect(tooLong).toContain('\r\nx-oss-ec: 0017-00000102');
  });

  test('without any word on its body is 411', async () => {
    const request: TestRequest = { method: 'POST', bucket: 'logs', key: 'k', query: { append: '', position: '0' } };
    expect(await fixture.server.sendHeadOnly(request)).toMatch(/^HTTP\/1\.1 411 /);
    expect(await fixture.server.sendHeadOnly({ method: 'PUT', bucket: 'logs', key: 'k' })).toMatch(/^HTTP\/1\.1 411 /);
    const deletion: TestRequest = { method: 'POST', bucket: 'logs', query: { delete: '' } };
    expect(await fixture.server.sendHeadOnly(deletion)).toMatch(/^HTTP\/1\.1 411 /);
  });
});
