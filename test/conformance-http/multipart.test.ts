import { crc64 } from '@annals/checksum';
import { beforeAll, describe, expect, test } from 'vitest';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import { expectDocument, expectError, ownHeaders } from './expectations.js';
import { MultipartFixture, md5Etag, PART, UNKNOWN_UPLOAD } from './multipart-fixture.js';

const ISO = '2026-01-02T03:04:05.000Z';

const fixture = new MultipartFixture();
const { send, initiate, upload, complete } = fixture;

describe('InitiateMultipartUpload', () => {
  test('answers with an id of 32 upper-case hex digits', async () => {
    const answer = await send({ method: 'POST', key: 'a film', query: { uploads: '' } });
    const uploadId = /<UploadId>([0-9A-F]{32})<\/UploadId>/.exec(answer.body.toString())?.[1];
    expectDocument(answer, [
      '<InitiateMultipartUploadResult>',
      '  <Bucket>films</Bucket>',
      '  <Key>a film</Key>',
      `  <UploadId>${uploadId}</UploadId>`,
      '</InitiateMultipartUploadResult>',
    ]);
  });

  test('encodes the key when asked to, and takes `sequential`', async () => {
    const { body } = await send({
      method: 'POST',
      key: 'ü &',
      query: { uploads: '', sequential: '', 'encoding-type': 'url' },
      signature: 'v4',
    });
    expect(body.toString()).toContain('<EncodingType>url</EncodingType>');
    expect(body.toString()).toContain('<Key>%C3%BC%20%26</Key>');
  });

  test.each([
    [{ 'x-oss-storage-class': 'Hot' }, 400, 'InvalidArgument'],
    [{ 'x-oss-object-acl': 'everybody' }, 400, 'InvalidArgument'],
    [{ 'x-oss-tagging': 'a=1&a=2' }, 400, 'InvalidArgument'],
    [{ 'if-match': '"x"' }, 400, 'NotImplemented'],
    [{ 'x-oss-forbid-overwrite': 'perhaps' }, 400, 'InvalidArgument'],
  ])('refuses %o', async (headers, status, code) => {
    expectError(await send({ method: 'POST', key: 'x', query: { uploads: '' }, headers }), { status, code });
  });

  test('refuses what is there when that is forbidden, and a bucket that is not there', async () => {
    await send({ method: 'PUT', key: 'there', body: 'x' });
    const headers = { 'x-oss-forbid-overwrite': 'true' };
    expectError(await send({ method: 'POST', key: 'there', query: { uploads: '' }, headers }), {
      status: 409,
      code: 'FileAlreadyExists',
    });
    expectError(await send({ method: 'POST', bucket: 'nowhere', key: 'x', query: { uploads: '' } }), {
      status: 404,
      code: 'NoSuchBucket',
    });
  });
});

describe('UploadPart', () => {
  test.each(SIGNED_KINDS)('signed %s stores a part and tells its digests', async (signature) => {
    const uploadId = await initiate('parts');
    const body = Buffer.from('hello');
    const answer = await send({ method: 'PUT', key: 'parts', query: { partNumber: '7', uploadId }, body, signature });
    expect(answer.status).toBe(200);
    expect(ownHeaders(answer)).toEqual({
      etag: `"${md5Etag(body)}"`,
      'content-md5': 'XUFAKrxLKna5cZ2REBfFkg==',
      'x-oss-hash-crc64ecma': crc64(body).toString(),
      'content-length': '0',
    });
  });

  test.each(['0', '10001', '-1', '1.5', 'one', ''])('refuses the part number "%s"', async (partNumber) => {
    const uploadId = await initiate('numbers');
    expectError(await upload('numbers', uploadId, partNumber, PART), {
      status: 400,
      code: 'InvalidArgument',
      message: 'Part number must be an integer between 1 and 10000, inclusive.',
      details: { ArgumentName: 'partNumber' },
    });
  });

  test('refuses a wrong digest, and an upload that is not there', async () => {
    const uploadId = await initiate('digests');
    expectError(await upload('digests', uploadId, 1, PART, { 'content-md5': 'XUFAKrxLKna5cZ2REBfFkg==' }), {
      status: 400,
      code: 'InvalidDigest',
    });
    expectError(await upload('digests', uploadId, 1, PART, { 'x-oss-hash-crc64ecma': '1' }), {
      status: 400,
      code: 'InvalidCRC64',
    });
    for (const id of [UNKNOWN_UPLOAD, 'nonsense', '%00']) {
      expectError(await upload('digests', id, 1, PART), {
        status: 404,
        code: 'NoSuchUpload',
        ec: '0042-00000104',
      });
    }
  });

  test('does not read the body of a part for an upload that is not there', async () => {
    const head = await fixture.server.sendHeadOnly({
      method: 'PUT',
      bucket: 'films',
      key: 'x',
      query: { partNumber: '1', uploadId: UNKNOWN_UPLOAD },
      headers: { 'content-length': '5000000', expect: '100-continue' },
    });
    expect(head).toMatch(/^HTTP\/1.1 404 /);
  });

  test('without a length is refused', async () => {
    const uploadId = await initiate('unframed');
    const head = await fixture.server.sendHeadOnly({
      method: 'PUT',
      bucket: 'films',
      key: 'unframed',
      query: { partNumber: '1', uploadId },
    });
    expect(head).toMatch(/^HTTP\/1.1 411 /);
  });
});

describe('UploadPartCopy', () => {
  const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));

  async function copyPart(headers: Record<string, string>, partNumber = 1) {
    const uploadId = await initiate('copied');
    const query = { partNumber: String(partNumber), uploadId };
    const answer = await send({ method: 'PUT', key: 'copied', query, headers });
    return { answer, uploadId };
  }

  beforeAll(async () => {
    await send({ method: 'PUT', key: 'source/ü', body: bytes });
  });

  test.each([
    [undefined, 0, 1000],
    ['bytes=0-99', 0, 100],
    ['bytes=900-999', 900, 1000],
    ['bytes=5-5', 5, 6],
    ['bytes=990-1000', 0, 1000],
    ['bytes=2000-3000', 0, 1000],
    ['nonsense', 0, 1000],
  ])('with the range %s copies bytes %i to %i', async (range, start, end) => {
    const { answer, uploadId } = await copyPart({
      'x-oss-copy-source': '/films/source/%C3%BC',
      ...(range !== undefined && { 'x-oss-copy-source-range': range }),
    });
    const expected = bytes.subarray(start, end);
    expectDocument(answer, [
      '<CopyPartResult>',
      `  <LastModified>${ISO}</LastModified>`,
      `  <ETag>"${md5Etag(expected)}"</ETag>`,
      '</CopyPartResult>',
    ]);
    expect((await complete('copied', uploadId, [[1, expected]])).status).toBe(200);
    expect((await send({ method: 'GET', key: 'copied' })).body.equals(expected)).toBe(true);
  });

  test.each([
    [{ 'x-oss-copy-source-if-match': '"wrong"' }, 412, 'PreconditionFailed'],
    [{ 'x-oss-copy-source-if-unmodified-since': 'Thu, 01 Jan 2026 00:00:00 GMT' }, 412, 'PreconditionFailed'],
    [{ 'x-oss-copy-source': '/films' }, 400, 'InvalidArgument'],
    [{ 'x-oss-copy-source': '/films/missing' }, 404, 'NoSuchKey'],
    [{ 'x-oss-copy-source': '/nowhere/missing' }, 404, 'NoSuchBucket'],
    [{ 'x-oss-copy-source': '/films/missing?versionId=' }, 400, 'InvalidArgument'],
  ])('refuses %o', async (headers, status, code) => {
    const { answer } = await copyPart({ 'x-oss-copy-source': '/films/source/%C3%BC', ...headers });
    expectError(answer, { status, code });
  });

  test('answers 304 without a body when the source is as it was', async () => {
    const { answer } = await copyPart({
      'x-oss-copy-source': '/films/source/%C3%BC',
      'x-oss-copy-source-if-none-match': `"${md5Etag(bytes)}"`,
    });
    expect([answer.status, answer.body.length]).toEqual([304, 0]);
  });

  test('from an appendable object is refused unless allowed', async () => {
    await send({ method: 'POST', key: 'log', query: { append: '', position: '0' }, body: 'line' });
    const { answer } = await copyPart({ 'x-oss-copy-source': '/films/log' });
    expectError(answer, { status: 400, code: 'OperationNotSupported' });
  });
});

describe('AbortMultipartUpload', () => {
  test('answers 204, then NoSuchUpload', async () => {
    const uploadId = await initiate('aborted');
    await upload('aborted', uploadId, 1, PART);
    const answer = await send({ method: 'DELETE', key: 'aborted', query: { uploadId } });
    expect([answer.status, answer.body.length]).toEqual([204, 0]);
    for (const method of ['DELETE', 'GET']) {
      expectError(await send({ method, key: 'aborted', query: { uploadId } }), {
        status: 404,
        code: 'NoSuchUpload',
        ec: '0042-00000002',
      });
    }
  });
});

describe('anonymous callers', () => {
  test('may upload in parts where anyone may write, and nowhere else; listing is the owner’s', async () => {
    const anonymous = { signature: 'anonymous', key: 'open' } as const;
    const started = await send({ ...anonymous, method: 'POST', bucket: 'public', query: { uploads: '' } });
    expect(started.status).toBe(200);
    const uploadId = /<UploadId>(\w+)/.exec(started.body.toString())?.[1] ?? '';
    const query = { partNumber: '1', uploadId };
    expect((await send({ ...anonymous, method: 'PUT', bucket: 'public', query, body: 'x' })).status).toBe(200);
    const headers = { 'x-oss-complete-all': 'yes' };
    const made = await send({ ...anonymous, method: 'POST', bucket: 'public', query: { uploadId }, headers });
    expect(made.status).toBe(200);
    for (const request of [
      { method: 'POST', key: 'closed', query: { uploads: '' } },
      { method: 'PUT', key: 'closed', query },
      { method: 'DELETE', key: 'closed', query: { uploadId } },
      { method: 'GET', bucket: 'public', key: 'open', query: { uploadId } },
      { method: 'GET', bucket: 'public', query: { uploads: '' } },
    ]) {
      expectError(await send({ ...request, signature: 'anonymous' }), { status: 403, code: 'AccessDenied' });
    }
  });
});
