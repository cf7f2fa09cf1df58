import { crc64 } from '@annals/checksum';
import { describe, expect, test } from 'vitest';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import type { TestRequest } from '../harness/test-server.js';
import { type ExpectedError, expectError, ownHeaders } from './expectations.js';
import { md5Of, ObjectFixture, THOUSAND } from './object-fixture.js';

const LAST_MODIFIED = 'Fri, 02 Jan 2026 03:04:05 GMT';

const fixture = new ObjectFixture();
const { put, get } = fixture;

describe('GetObject and HeadObject', () => {
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'max-age=1',
    'x-oss-meta-author': 'Zoë 日本',
    'x-oss-storage-class': 'IA',
    'x-oss-tagging': 'a=1',
  };
  const expected = {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'max-age=1',
    'x-oss-meta-author': 'Zoë 日本',
    'x-oss-storage-class': 'IA',
    'x-oss-tagging-count': '1',
    'x-oss-object-type': 'Normal',
    'x-oss-hash-crc64ecma': crc64(Buffer.from('hello')).toString(),
    'content-md5': md5Of('hello').toString('base64'),
    etag: `"${md5Of('hello').toString('hex').toUpperCase()}"`,
    'last-modified': LAST_MODIFIED,
    'accept-ranges': 'bytes',
    'content-length': '5',
  };

  test.each(['GET', 'HEAD'])('%s says all of an object', async (method) => {
    await put('told', 'hello', { headers });
    const answer = await get('told', { method });
    expect(answer.status).toBe(200);
    expect(ownHeaders(answer)).toEqual(expected);
    expect(answer.body.toString()).toBe(method === 'GET' ? 'hello' : '');
    expect(answer.headerNames).toEqual(
      expect.arrayContaining([
        'ETag',
        'Content-Length',
        'Content-Type',
        'Last-Modified',
        'Accept-Ranges',
        'Content-MD5',
      ]),
    );
  });

  test.each(['HEAD', 'GET'])('GetObjectMeta by %s says only length, etag, time and CRC-64', async (method) => {
    await put('meta', 'hello', { headers });
    const answer = await get('meta', { method, query: { objectMeta: '' } });
    expect(answer.body.length).toBe(0);
    expect(ownHeaders(answer)).toEqual({
      etag: expected.etag,
      'last-modified': LAST_MODIFIED,
      'x-oss-hash-crc64ecma': expected['x-oss-hash-crc64ecma'],
      'content-length': method === 'HEAD' ? '5' : '0',
    });
    // It knows no conditions.
    const conditional = await get('meta', { method, query: { objectMeta: '' }, headers: { 'if-match': '"x"' } });
    expect(conditional.status).toBe(200);
  });

  test('of a missing object is NoSuchKey, for HEAD in headers alone', async () => {
    const missing: ExpectedError = {
      status: 404,
      code: 'NoSuchKey',
      message: 'The specified key does not exist.',
      ec: '0026-00000001',
      details: { Key: 'missing' },
    };
    expectError(await get('missing'), missing);
    for (const query of [{}, { objectMeta: '' }]) {
      const head = await get('missing', { method: 'HEAD', query });
      expect(head.body.length).toBe(0);
      expectError(head, missing);
    }
  });

  type RangeOutcome = [status: number, start: number, end: number] | 416;
  const whole: RangeOutcome = [200, 0, 1000];
  test.each<[string, RangeOutcome, RangeOutcome]>([
    ['bytes=0-499', [206, 0, 500], [206, 0, 500]],
    ['bytes=-500', [206, 500, 1000], [206, 500, 1000]],
    ['bytes=500-', [206, 500, 1000], [206, 500, 1000]],
    ['bytes=999-999', [206, 999, 1000], [206, 999, 1000]],
    ['bytes=500-2000', whole, [206, 500, 1000]],
    ['bytes=0-1000', whole, [206, 0, 1000]],
    ['bytes=1000-2000', whole, 416],
    ['bytes=1000-', whole, 416],
    ['bytes=-2000', whole, [206, 0, 1000]],
    ['byte=0-1', whole, whole],
    ['bytes=5-2', whole, whole],
    ['bytes=0-1,5-6', [206, 0, 2], [206, 0, 2]],
  ])('Range %s', async (range, byDefault, standard) => {
    for (const [outcome, more] of [
      [byDefault, {}],
      [standard, { 'x-oss-range-behavior': 'standard' }],
    ] as const) {
      const answer = await get('thousand', { headers: { range, ...more } });
      if (outcome === 416) {
        expectError(answer, { status: 416, code: 'InvalidRange', headers: { 'content-range': 'bytes */1000' } });
        continue;
      }
      const [status, start, end] = outcome;
      expect(answer.status).toBe(status);
      expect(answer.body.equals(THOUSAND.subarray(start, end))).toBe(true);
      expect(answer.headers['content-length']).toBe(String(end - start));
      expect(answer.headers['content-range']).toBe(status === 206 ? `bytes ${start}-${end - 1}/1000` : undefined);
      expect(answer.headers['x-oss-hash-crc64ecma']).toBe(crc64(THOUSAND).toString());
    }
  });

  test('a range counts only for the state that If-Range names', async () => {
    const etag = (await get('thousand')).headers.etag ?? '';
    for (const [ifRange, status] of [
      [etag, 206],
      [LAST_MODIFIED, 206],
      ['"0"', 200],
      [`W/${etag}`, 200],
      ['Fri, 02 Jan 2026 03:04:04 GMT', 200],
      ['Fri, 02 Jan 2026 03:04:06 GMT', 200],
    ] as const) {
      const answer = await get('thousand', { headers: { range: 'bytes=0-9', 'if-range': ifRange } });
      expect([ifRange, answer.status, answer.body.length]).toEqual([ifRange, status, status === 206 ? 10 : 1000]);
    }
    const several = { range: 'bytes=0-9,20-29', 'x-oss-multi-range-behavior': 'multi-range', 'if-range': '"0"' };
    expect((await get('thousand', { headers: several })).body).toEqual(THOUSAND);
    // A range that does not fit is no error where it does not count.
    const unsatisfiable = { range: 'bytes=2000-', 'x-oss-range-behavior': 'standard', 'if-range': '"0"' };
    expect((await get('thousand', { headers: unsatisfiable })).status).toBe(200);
  });

  test('several ranges come as multipart/byteranges when asked for', async () => {
    const answer = await get('thousand', {
      headers: { range: 'bytes=5-6,0-1,-2', 'x-oss-multi-range-behavior': 'multi-range' },
    });
    expect(answer.status).toBe(206);
    const [, boundary] = /^multipart\/byteranges; boundary=(\w+)$/.exec(answer.headers['content-type'] ?? '') ?? [];
    const part = (first: number, last: number) =>
      `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${first}-${last}/1000\r\n\r\n${THOUSAND.subarray(first, last + 1).toString('latin1')}`;
    expect(answer.body.toString('latin1')).toBe(`${part(5, 6)}${part(0, 1)}${part(998, 999)}\r\n--${boundary}--\r\n`);
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    expect(answer.headers['content-range']).toBeUndefined();
    const tooMany = `bytes=${new Array(51).fill('0-1').join()}`;
    expectError(await get('thousand', { headers: { range: tooMany, 'x-oss-multi-range-behavior': 'multi-range' } }), {
      status: 400,
      code: 'MultiRangeFailed',
      ec: '0016-00000110',
    });
  });

  const etag = `"${md5Of(THOUSAND).toString('hex').toUpperCase()}"`;
  const earlier = 'Fri, 02 Jan 2026 03:04:04 GMT';
  test.each<[Record<string, string>, number]>([
    [{ 'if-match': etag }, 200],
    [{ 'if-match': '"x"' }, 412],
    [{ 'if-none-match': etag }, 304],
    [{ 'if-none-match': '"x"' }, 200],
    [{ 'if-modified-since': LAST_MODIFIED }, 304],
    [{ 'if-modified-since': earlier }, 200],
    [{ 'if-unmodified-since': LAST_MODIFIED }, 200],
    [{ 'if-unmodified-since': earlier }, 412],
    [{ 'if-modified-since': 'yesterday' }, 200],
    [{ 'if-match': etag, 'if-none-match': etag }, 304],
  ])('under the conditions %j is %i', async (conditions, status) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await get('thousand', { method, headers: conditions });
      expect(answer.status).toBe(status);
      if (status === 304) {
        expect(answer.body.length).toBe(0);
        expect(answer.headers).toMatchObject({ etag, 'last-modified': LAST_MODIFIED });
      }
      if (status === 412) expectError(answer, { status, code: 'PreconditionFailed' });
    }
  });

  test.each(SIGNED_KINDS)('signed %s may choose headers of the answer', async (signature) => {
    const query = {
      'response-content-type': 'text/x-chosen',
      'response-content-language': 'fr',
      'response-content-encoding': 'identity',
      'response-content-disposition': "attachment; filename*=utf-8''a b é",
      'response-expires': '0',
      'response-cache-control': 'no-store',
    };
    for (const headers of [{}, { range: 'bytes=0-1' }]) {
      const answer = await get('thousand', { signature, query, headers });
      expect(answer.headers).toMatchObject({
        'content-type': 'text/x-chosen',
        'content-language': 'fr',
        'content-encoding': 'identity',
        'content-disposition': "attachment; filename*=utf-8''a b é",
        expires: '0',
        'cache-control': 'no-store',
      });
    }
    expectError(await get('thousand', { signature, query: { 'response-expires': 'a\r\nx-evil: 1' } }), {
      status: 400,
      code: 'InvalidArgument',
      details: { ArgumentName: 'response-expires' },
    });
  });

  test('anonymous may read what is public, but not choose headers', async () => {
    await fixture.server.send({ method: 'PUT', bucket: 'readable', key: 'k', body: 'abc' });
    const request: TestRequest = { method: 'GET', bucket: 'readable', key: 'k', signature: 'anonymous' };
    expect((await fixture.server.send(request)).body.toString()).toBe('abc');
    expectError(await fixture.server.send({ ...request, query: { 'response-expires': '0' } }), {
      status: 400,
      code: 'InvalidRequest',
      message: 'Request specific response headers cannot be used for anonymous GET requests.',
    });
    expectError(await get('thousand', { signature: 'anonymous' }), { status: 403, code: 'AccessDenied' });
    expectError(await fixture.server.send({ ...request, method: 'PUT', body: 'x' }), {
      status: 403,
      code: 'AccessDenied',
    });
  });

  test('versions: null is the only one of a bucket that was never versioned', async () => {
    expect((await get('thousand', { query: { versionId: 'null' } })).status).toBe(200);
    expectError(await get('thousand', { query: { versionId: 'CAEQNhiBgM' } }), { status: 404, code: 'NoSuchVersion' });
    expectError(await get('thousand', { query: { versionId: '' } }), {
      status: 400,
      code: 'InvalidArgument',
      message: 'Version id can not be the empty string.',
    });
    expectError(await get('thousand', { query: { versionId: 'a b' } }), {
      status: 400,
      code: 'InvalidArgument',
      message: 'Invalid version id specified.',
    });
  });

  test('processing is refused, a payer is accepted, a traffic limit is kept within its bounds', async () => {
    expectError(await get('thousand', { query: { 'x-oss-process': 'image/info' } }), {
      status: 501,
      code: 'NotImplemented',
    });
    expect((await get('thousand', { headers: { 'x-oss-request-payer': 'requester' } })).status).toBe(200);
    const limited = await get('thousand', { query: { 'x-oss-traffic-limit': '838860800' } });
    expect(limited.body.equals(THOUSAND)).toBe(true);
    for (const value of ['819199', '838860801', 'fast']) {
      expectError(await get('thousand', { query: { 'x-oss-traffic-limit': value } }), {
        status: 400,
        code: 'InvalidArgument',
      });
    }
  });
});
