/** PostObject over the wire: what a browser's form does. What is refused is in `post-object-refusals.test.ts`. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../harness/test-server.js';
import { expectDocument, expectError, ownHeaders } from './expectations.js';
import { makeForm, partText, signFormV4 } from './post-form.js';

import { BUCKET, CONTENT, type Fields, HOUR_MS, PostObjectFixture } from './post-object-fixture.js';

const FILENAME = '$'.concat('{filename}');

const forms = new PostObjectFixture();

describe('PostObject', () => {
  test('V1: stores the file with what the fields say, and answers 204', async () => {
    const answer = await forms.post({
      fields: [
        ['KEY', forms.key],
        ['Cache-Control', 'no-cache'],
        ['content-disposition', 'attachment'],
        ['Expires', 'Sat, 21 Nov 2026 12:00:00 GMT'],
        ['x-oss-meta-Who', 'Ünal'],
        ['x-oss-object-acl', 'public-read'],
        ['x-oss-storage-class', 'IA'],
        ...forms.signed(),
      ],
      file: { name: 'photo.png', type: 'image/png', content: 'content of the file' },
    });
    expect(answer.status).toBe(204);
    expect(answer.body).toHaveLength(0);
    const md5 = createHash('md5').update('content of the file').digest('hex').toUpperCase();
    expect(ownHeaders(answer)).toEqual({ etag: `"${md5}"`, 'x-oss-hash-crc64ecma': expect.stringMatching(/^\d+$/) });
    const head = await forms.server.send({ method: 'HEAD', bucket: BUCKET, key: forms.key });
    expect(head.headers).toMatchObject({
      'content-length': '19',
      'content-type': 'image/png',
      'cache-control': 'no-cache',
      'content-disposition': 'attachment',
      expires: 'Sat, 21 Nov 2026 12:00:00 GMT',
      'x-oss-meta-who': 'Ünal',
      'x-oss-storage-class': 'IA',
      'x-oss-object-type': 'Normal',
      etag: `"${md5}"`,
    });
    expect(
      (await forms.server.send({ method: 'GET', bucket: BUCKET, key: forms.key, signature: 'anonymous' })).status,
    ).toBe(200);
  });

  test('V4: signed with the key of the day, region and product', async () => {
    const fields = signFormV4([{ bucket: BUCKET }], ROOT, { atMs: forms.nowMs, expiresAtMs: forms.nowMs + HOUR_MS });
    expect((await forms.post({ fields: [['key', forms.key], ...fields] })).status).toBe(204);
    expect(await forms.stored()).toBe('content of the file');
  });

  test('the name of the file goes into the key after the policy is checked', async () => {
    const fields: Fields = [
      ['key', `${forms.key}/${FILENAME}`],
      ...forms.signed([['eq', '$key', `${forms.key}/${FILENAME}`]]),
    ];
    expect((await forms.post({ fields, file: { name: 'C:\\dir\\a b.txt', content: 'x' } })).status).toBe(204);
    expect(await forms.stored(`${forms.key}/a b.txt`)).toBe('x');
  });

  test('fields behind the file are ignored, and of a field given twice the first counts', async () => {
    const fields: Fields = [['key', forms.key], ['key', 'other'], ...forms.signed()];
    expect((await forms.post({ fields, tail: partText('x-oss-object-acl', 'nonsense') })).status).toBe(204);
    expect(await forms.stored()).toBe('content of the file');
    expect(await forms.stored('other')).toBeUndefined();
  });

  test.each([
    [[], 'image/png'],
    [[['Content-Type', 'text/css']], 'image/png'],
    [
      [
        ['x-oss-content-type', 'text/html'],
        ['Content-Type', 'text/css'],
      ],
      'text/html',
    ],
  ] as [Fields, string][])('the content type with fields %j is %s', async (fields, expected) => {
    await forms.post({
      fields: [['key', forms.key], ...fields, ...forms.signed()],
      file: { type: 'image/png', content: 'x' },
    });
    expect((await forms.server.send({ method: 'HEAD', bucket: BUCKET, key: forms.key })).headers['content-type']).toBe(
      expected,
    );
  });

  test.each([
    ['200', 200],
    ['204', 204],
    ['500', 204],
    ['', 204],
  ])('success_action_status %j: %d without a body', async (text, status) => {
    const answer = await forms.post({
      fields: [['key', forms.key], ['success_action_status', text], ...forms.signed()],
    });
    expect({ status: answer.status, length: answer.body.length }).toEqual({ status, length: 0 });
  });

  test('success_action_status 201: a document', async () => {
    const answer = await forms.post({
      fields: [['key', forms.key], ['success_action_status', '201'], ...forms.signed()],
    });
    expect(answer.status).toBe(201);
    const location = `http://${forms.server.host}/${BUCKET}/${forms.key.replace(' ', '%20')}`;
    expect(answer.headers.location).toBe(location);
    expectDocument(answer, [
      '<PostResponse>',
      `  <Bucket>${BUCKET}</Bucket>`,
      `  <ETag>${answer.headers.etag}</ETag>`,
      `  <Key>${forms.key}</Key>`,
      `  <Location>${location}</Location>`,
      '</PostResponse>',
    ]);
  });

  test.each([
    ['http://app.example.com/done?a=b', 'http://app.example.com/done?a=b&'],
    ['https://app.example.com/done', 'https://app.example.com/done?'],
  ])('success_action_redirect %s: 303 with bucket, key and etag', async (redirect, start) => {
    const fields: Fields = [
      ['key', forms.key],
      ['success_action_redirect', redirect],
      ['success_action_status', '200'],
    ];
    const answer = await forms.post({ fields: [...fields, ...forms.signed()] });
    expect(answer.status).toBe(303);
    const etag = encodeURIComponent(answer.headers.etag ?? '');
    expect(answer.headers.location).toBe(`${start}bucket=${BUCKET}&key=${encodeURIComponent(forms.key)}&etag=${etag}`);
  });

  test('a redirect to what is no page is as if it were not there', async () => {
    for (const redirect of ['javascript:alert(1)', '/done', 'http://']) {
      const answer = await forms.post({
        fields: [['key', forms.key], ['success_action_redirect', redirect], ...forms.signed()],
      });
      expect([answer.status, answer.headers.location]).toEqual([204, undefined]);
    }
  });

  test('forbid-overwrite and appendable objects are kept, as with PutObject', async () => {
    await forms.post({ fields: [['key', forms.key], ...forms.signed()] });
    const again = await forms.post({
      fields: [['key', forms.key], ['x-oss-forbid-overwrite', 'true'], ...forms.signed()],
      file: { content: 'other' },
    });
    expectError(again, { status: 409, code: 'FileAlreadyExists' });
    expect(await forms.stored()).toBe('content of the file');
    const log = `${forms.key}.log`;
    await forms.server.send({
      method: 'POST',
      bucket: BUCKET,
      key: log,
      query: { append: '', position: '0' },
      body: 'a',
    });
    expectError(await forms.post({ fields: [['key', log], ...forms.signed()] }), {
      status: 409,
      code: 'FileAlreadyExists',
    });
  });

  test('the MD5 of the form and the MD5 and CRC of the file are checked', async () => {
    const form = makeForm([['key', forms.key], ...forms.signed()], CONTENT);
    const md5 = createHash('md5').update(form.body).digest('base64');
    const fields: Fields = [['key', forms.key], ...forms.signed()];
    expectError(await forms.post({ fields, headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } }), {
      status: 400,
      code: 'InvalidDigest',
    });
    for (const field of [
      ['Content-MD5', 'AAAAAAAAAAAAAAAAAAAAAA=='],
      ['x-oss-hash-crc64ecma', '1'],
    ] as const) {
      const code = field[0] === 'Content-MD5' ? 'InvalidDigest' : 'InvalidCRC64';
      expectError(await forms.post({ fields: [...fields, field] }), { status: 400, code });
    }
    expect(await forms.stored()).toBeUndefined();
    expect((await forms.post({ fields, headers: { 'content-md5': md5 } })).status).toBe(204);
    expect(await forms.stored()).toBe('content of the file');
  });

  test('a chunked form, and the connection goes on', async () => {
    const form = makeForm([['key', forms.key], ...forms.signed()], { content: Buffer.alloc(300_000, 'x') });
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < form.body.length; at += 7001) yield form.body.subarray(at, at + 7001);
    }
    const answer = await forms.server.send({
      method: 'POST',
      bucket: BUCKET,
      signature: 'anonymous',
      headers: { 'content-type': form.contentType },
      body: chunks(),
    });
    expect([answer.status, answer.headers.connection]).toEqual([204, 'keep-alive']);
    expect(await forms.stored()).toBe('x'.repeat(300_000));
  });

  test('the answer of a form signed in its head is that of an unsigned one: only the form counts', async () => {
    const form = makeForm([['key', forms.key]], CONTENT);
    const request = { method: 'POST', bucket: BUCKET, headers: { 'content-type': form.contentType }, body: form.body };
    expectError(await forms.server.send(request), { status: 403, code: 'AccessDenied' });
  });
});
