/** CompleteMultipartUpload as a client sees it: what the object is then, and which lists of parts are refused. */
import { createHash } from 'node:crypto';
import { crc64 } from '@annals/checksum';
import { describe, expect, test } from 'vitest';
import { SIGNED_KINDS } from '../harness/sign-request.js';
import { expectDocument, expectError } from './expectations.js';
import { completeDocument } from './http-upload-driver.js';
import { MultipartFixture, md5Etag, PART, UNKNOWN_UPLOAD } from './multipart-fixture.js';

const fixture = new MultipartFixture();
const { send, initiate, upload, complete } = fixture;

describe('CompleteMultipartUpload', () => {
  test.each(SIGNED_KINDS)('signed %s makes the object, with its checksum and a multipart etag', async (signature) => {
    const key = `made ${signature}`;
    const uploadId = await initiate(key, { 'content-type': 'video/x', 'x-oss-meta-camera': 'one' });
    await upload(key, uploadId, 2, Buffer.from('end'));
    await upload(key, uploadId, 1, PART);
    const answer = await send({
      method: 'POST',
      key,
      query: { uploadId },
      signature,
      body: completeDocument([
        { partNumber: 1, etag: md5Etag(PART) },
        { partNumber: 2, etag: md5Etag(Buffer.from('end')) },
      ]),
    });
    const digests = createHash('md5').update(md5Etag(PART) + md5Etag(Buffer.from('end')));
    const etag = `${digests.digest('hex').toUpperCase()}-2`;
    const whole = Buffer.concat([PART, Buffer.from('end')]);
    expectDocument(answer, [
      '<CompleteMultipartUploadResult>',
      `  <Location>http://${fixture.server.host}/films/${encodeURIComponent(key)}</Location>`,
      '  <Bucket>films</Bucket>',
      `  <Key>${key}</Key>`,
      `  <ETag>"${etag}"</ETag>`,
      '</CompleteMultipartUploadResult>',
    ]);
    expect(answer.headers).toMatchObject({ etag: `"${etag}"`, 'x-oss-hash-crc64ecma': crc64(whole).toString() });
    const head = await send({ method: 'HEAD', key });
    expect(head.headers).toMatchObject({
      etag: `"${etag}"`,
      'x-oss-object-type': 'Multipart',
      'content-type': 'video/x',
      'x-oss-meta-camera': 'one',
      'content-length': String(whole.length),
      'x-oss-hash-crc64ecma': crc64(whole).toString(),
    });
    expect(head.headers['content-md5']).toBeUndefined();
    const range = await send({ method: 'GET', key, headers: { range: `bytes=${PART.length - 2}-${PART.length + 1}` } });
    expect([range.status, range.body.toString()]).toEqual([206, 'ppen']);
  });

  test('with x-oss-complete-all takes all parts, and no list beside', async () => {
    const uploadId = await initiate('all');
    await upload('all', uploadId, 3, PART);
    await upload('all', uploadId, 9, Buffer.from('end'));
    const headers = { 'x-oss-complete-all': 'yes' };
    expectError(await complete('all', uploadId, [[3, PART]], headers), {
      status: 400,
      code: 'InvalidArgument',
      message: 'Should not speficy both complete all header and http body.',
      ec: '0042-00000216',
      details: { ArgumentName: 'x-oss-complete-all' },
    });
    const answer = await send({ method: 'POST', key: 'all', query: { uploadId, 'encoding-type': 'url' }, headers });
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).toContain('<EncodingType>url</EncodingType>');
    expect(answer.headers.etag).toMatch(/-2"$/);
    const wrong = { 'x-oss-complete-all': 'maybe' };
    expectError(await send({ method: 'POST', key: 'all', query: { uploadId }, headers: wrong }), {
      status: 400,
      code: 'InvalidArgument',
    });
  });

  test.each([
    ['no XML', 'hello'],
    ['another root', '<Complete/>'],
    ['a part without number', '<CompleteMultipartUpload><Part><ETag>x</ETag></Part></CompleteMultipartUpload>'],
    [
      'a number that is none',
      '<CompleteMultipartUpload><Part><PartNumber>one</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>',
    ],
  ])('refuses %s as a list of parts', async (_, body) => {
    const uploadId = await initiate('malformed');
    expectError(await send({ method: 'POST', key: 'malformed', query: { uploadId }, body }), {
      status: 400,
      code: 'MalformedXML',
      ec: '0042-00000205',
    });
  });

  test('refuses wrong parts and says which', async () => {
    const key = 'strict';
    const uploadId = await initiate(key);
    const short = Buffer.from('short');
    await upload(key, uploadId, 1, PART);
    await upload(key, uploadId, 2, short);
    await upload(key, uploadId, 3, PART);
    expectError(
      await complete(key, uploadId, [
        [2, short],
        [1, PART],
      ]),
      { status: 400, code: 'InvalidPartOrder' },
    );
    expectError(await complete(key, uploadId, [[1, short]]), {
      status: 400,
      code: 'InvalidPart',
      details: { PartNumber: '1' },
    });
    expectError(await complete(key, uploadId, [[4, PART]]), { status: 400, code: 'InvalidPart' });
    expectError(
      await complete(key, uploadId, [
        [1, PART],
        [2, short],
        [3, PART],
      ]),
      {
        status: 400,
        code: 'EntityTooSmall',
        message: 'Your proposed upload smaller than the minimum allowed size.',
        details: { PartNumber: '2', MinSizeAllowed: '102400', ProposedSize: '5' },
      },
    );
    expectError(await complete(key, UNKNOWN_UPLOAD, [[1, PART]]), {
      status: 404,
      code: 'NoSuchUpload',
      ec: '0042-00000002',
    });
    expectError(await send({ method: 'HEAD', key }), { status: 404, code: 'NoSuchKey' });
    const taken = { 'x-oss-forbid-overwrite': 'true' };
    await send({ method: 'PUT', key, body: 'there' });
    expectError(await complete(key, uploadId, [[1, PART]], taken), { status: 409, code: 'FileAlreadyExists' });
    expect(
      (
        await complete(key, uploadId, [
          [1, PART],
          [2, short],
        ])
      ).status,
    ).toBe(200);
    expectError(
      await complete(key, uploadId, [
        [1, PART],
        [2, short],
      ]),
      { status: 404, code: 'NoSuchUpload' },
    );
  });

  test('onto an appendable object is refused', async () => {
    const uploadId = await initiate('grown');
    await upload('grown', uploadId, 1, PART);
    await send({ method: 'POST', key: 'grown', query: { append: '', position: '0' }, body: 'line' });
    expectError(await complete('grown', uploadId, [[1, PART]]), { status: 409, code: 'FileAlreadyExists' });
    expect((await send({ method: 'GET', key: 'grown' })).body.toString()).toBe('line');
  });
});
