/**
 * PostObject over the wire: what a browser's form does, what its policy allows, and what is refused without a trace.
 */
import { createHash } from 'node:crypto';
import { StoreFailure } from '@annals/store';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { expectDocument, expectError, ownHeaders } from './expectations.js';
import { type FormFile, makeForm, partText, policyOf, signFormV1, signFormV4 } from './post-form.js';

const BUCKET = 'form-bucket';
const OPEN_BUCKET = 'open-bucket';
const FILENAME = '$'.concat('{filename}');
const HOUR_MS = 3_600_000;

let server: TestServer;
let nowMs = Date.UTC(2026, 10, 21, 12);
let keyNumber = 0;
let key = '';

beforeAll(async () => {
  server = await startTestServer({ clock: () => nowMs });
  for (const [bucket, acl] of [
    [BUCKET, 'private'],
    [OPEN_BUCKET, 'public-read-write'],
  ] as const) {
    expect((await server.send({ method: 'PUT', bucket, headers: { 'x-oss-acl': acl } })).status).toBe(200);
  }
});

afterAll(() => server.close());

beforeEach(() => {
  nowMs = Date.UTC(2026, 10, 21, 12);
  keyNumber += 1;
  key = `dir/key ${keyNumber}`;
});

type Fields = readonly (readonly [string, string])[];

interface Post {
  readonly bucket?: string;
  readonly fields: Fields;
  readonly file?: FormFile | null;
  readonly tail?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

const CONTENT: FormFile = { name: 'photo.png', content: 'content of the file' };

function post({
  bucket = BUCKET,
  fields,
  file = CONTENT,
  tail = '',
  headers = {},
  query = {},
}: Post): Promise<RawAnswer> {
  const form = makeForm(fields, file ?? undefined, tail);
  return server.send({
    method: 'POST',
    bucket,
    signature: 'anonymous',
    query,
    headers: { 'content-type': form.contentType, ...headers },
    body: form.body,
  });
}

function signed(conditions: readonly unknown[] = [{ bucket: BUCKET }], expiresAtMs = nowMs + HOUR_MS): Fields {
  return signFormV1(policyOf(conditions, expiresAtMs), ROOT);
}

async function stored(name = key): Promise<string | undefined> {
  const answer = await server.send({ method: 'GET', bucket: BUCKET, key: name });
  if (answer.status === 404) return undefined;
  expect(answer.status).toBe(200);
  return answer.body.toString('utf8');
}

describe('PostObject', () => {
  test('V1: stores the file with what the fields say, and answers 204', async () => {
    const answer = await post({
      fields: [
        ['KEY', key],
        ['Cache-Control', 'no-cache'],
        ['content-disposition', 'attachment'],
        ['Expires', 'Sat, 21 Nov 2026 12:00:00 GMT'],
        ['x-oss-meta-Who', 'Ünal'],
        ['x-oss-object-acl', 'public-read'],
        ['x-oss-storage-class', 'IA'],
        ...signed(),
      ],
      file: { name: 'photo.png', type: 'image/png', content: 'content of the file' },
    });
    expect(answer.status).toBe(204);
    expect(answer.body).toHaveLength(0);
    const md5 = createHash('md5').update('content of the file').digest('hex').toUpperCase();
    expect(ownHeaders(answer)).toEqual({ etag: `"${md5}"`, 'x-oss-hash-crc64ecma': expect.stringMatching(/^\d+$/) });
    const head = await server.send({ method: 'HEAD', bucket: BUCKET, key });
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
    expect((await server.send({ method: 'GET', bucket: BUCKET, key, signature: 'anonymous' })).status).toBe(200);
  });

  test('V4: signed with the key of the day, region and product', async () => {
    const fields = signFormV4([{ bucket: BUCKET }], ROOT, { atMs: nowMs, expiresAtMs: nowMs + HOUR_MS });
    expect((await post({ fields: [['key', key], ...fields] })).status).toBe(204);
    expect(await stored()).toBe('content of the file');
  });

  test('the name of the file goes into the key after the policy is checked', async () => {
    const fields: Fields = [['key', `${key}/${FILENAME}`], ...signed([['eq', '$key', `${key}/${FILENAME}`]])];
    expect((await post({ fields, file: { name: 'C:\\dir\\a b.txt', content: 'x' } })).status).toBe(204);
    expect(await stored(`${key}/a b.txt`)).toBe('x');
  });

  test('fields behind the file are ignored, and of a field given twice the first counts', async () => {
    const fields: Fields = [['key', key], ['key', 'other'], ...signed()];
    expect((await post({ fields, tail: partText('x-oss-object-acl', 'nonsense') })).status).toBe(204);
    expect(await stored()).toBe('content of the file');
    expect(await stored('other')).toBeUndefined();
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
    await post({ fields: [['key', key], ...fields, ...signed()], file: { type: 'image/png', content: 'x' } });
    expect((await server.send({ method: 'HEAD', bucket: BUCKET, key })).headers['content-type']).toBe(expected);
  });

  test.each([
    ['200', 200],
    ['204', 204],
    ['500', 204],
    ['', 204],
  ])('success_action_status %j: %d without a body', async (text, status) => {
    const answer = await post({ fields: [['key', key], ['success_action_status', text], ...signed()] });
    expect({ status: answer.status, length: answer.body.length }).toEqual({ status, length: 0 });
  });

  test('success_action_status 201: a document', async () => {
    const answer = await post({ fields: [['key', key], ['success_action_status', '201'], ...signed()] });
    expect(answer.status).toBe(201);
    const location = `http://${server.host}/${BUCKET}/${key.replace(' ', '%20')}`;
    expect(answer.headers.location).toBe(location);
    expectDocument(answer, [
      '<PostResponse>',
      `  <Bucket>${BUCKET}</Bucket>`,
      `  <ETag>${answer.headers.etag}</ETag>`,
      `  <Key>${key}</Key>`,
      `  <Location>${location}</Location>`,
      '</PostResponse>',
    ]);
  });

  test.each([
    ['http://app.example.com/done?a=b', 'http://app.example.com/done?a=b&'],
    ['https://app.example.com/done', 'https://app.example.com/done?'],
  ])('success_action_redirect %s: 303 with bucket, key and etag', async (redirect, start) => {
    const fields: Fields = [
      ['key', key],
      ['success_action_redirect', redirect],
      ['success_action_status', '200'],
    ];
    const answer = await post({ fields: [...fields, ...signed()] });
    expect(answer.status).toBe(303);
    const etag = encodeURIComponent(answer.headers.etag ?? '');
    expect(answer.headers.location).toBe(`${start}bucket=${BUCKET}&key=${encodeURIComponent(key)}&etag=${etag}`);
  });

  test('a redirect to what is no page is as if it were not there', async () => {
    for (const redirect of ['javascript:alert(1)', '/done', 'http://']) {
      const answer = await post({ fields: [['key', key], ['success_action_redirect', redirect], ...signed()] });
      expect([answer.status, answer.headers.location]).toEqual([204, undefined]);
    }
  });

  test('forbid-overwrite and appendable objects are kept, as with PutObject', async () => {
    await post({ fields: [['key', key], ...signed()] });
    const again = await post({
      fields: [['key', key], ['x-oss-forbid-overwrite', 'true'], ...signed()],
      file: { content: 'other' },
    });
    expectError(again, { status: 409, code: 'FileAlreadyExists' });
    expect(await stored()).toBe('content of the file');
    const log = `${key}.log`;
    await server.send({ method: 'POST', bucket: BUCKET, key: log, query: { append: '', position: '0' }, body: 'a' });
    expectError(await post({ fields: [['key', log], ...signed()] }), { status: 409, code: 'FileAlreadyExists' });
  });

  test('the MD5 of the form and the MD5 and CRC of the file are checked', async () => {
    const form = makeForm([['key', key], ...signed()], CONTENT);
    const md5 = createHash('md5').update(form.body).digest('base64');
    const fields: Fields = [['key', key], ...signed()];
    expectError(await post({ fields, headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } }), {
      status: 400,
      code: 'InvalidDigest',
    });
    for (const field of [
      ['Content-MD5', 'AAAAAAAAAAAAAAAAAAAAAA=='],
      ['x-oss-hash-crc64ecma', '1'],
    ] as const) {
      const code = field[0] === 'Content-MD5' ? 'InvalidDigest' : 'InvalidCRC64';
      expectError(await post({ fields: [...fields, field] }), { status: 400, code });
    }
    expect(await stored()).toBeUndefined();
    expect((await post({ fields, headers: { 'content-md5': md5 } })).status).toBe(204);
    expect(await stored()).toBe('content of the file');
  });

  test('a chunked form, and the connection goes on', async () => {
    const form = makeForm([['key', key], ...signed()], { content: Buffer.alloc(300_000, 'x') });
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < form.body.length; at += 7001) yield form.body.subarray(at, at + 7001);
    }
    const answer = await server.send({
      method: 'POST',
      bucket: BUCKET,
      signature: 'anonymous',
      headers: { 'content-type': form.contentType },
      body: chunks(),
    });
    expect([answer.status, answer.headers.connection]).toEqual([204, 'keep-alive']);
    expect(await stored()).toBe('x'.repeat(300_000));
  });

  test('the answer of a form signed in its head is that of one signed by nobody: only the form counts', async () => {
    const form = makeForm([['key', key]], CONTENT);
    const request = { method: 'POST', bucket: BUCKET, headers: { 'content-type': form.contentType }, body: form.body };
    expectError(await server.send(request), { status: 403, code: 'AccessDenied' });
  });
});

describe('PostObject without a signature', () => {
  test('writes into a bucket that anyone may write, and no other', async () => {
    expect((await post({ bucket: OPEN_BUCKET, fields: [['key', key]] })).status).toBe(204);
    expectError(await post({ fields: [['key', key]] }), { status: 403, code: 'AccessDenied' });
    expect(await stored()).toBeUndefined();
  });

  test.each(['OSSAccessKeyId', 'policy', 'Signature'])('a signature without %s is no signature', async (name) => {
    const fields = signed([{ bucket: OPEN_BUCKET }]).filter(([field]) => field !== name);
    expectError(await post({ bucket: OPEN_BUCKET, fields: [['key', key], ...fields] }), {
      status: 400,
      code: 'InvalidArgument',
      details: { ArgumentName: name },
    });
  });
});

describe('PostObject refuses, and stores nothing', () => {
  test.each<[string, () => Post, { status: number; code: string; message?: string; ec?: string }]>([
    [
      'a form without a key',
      () => ({ fields: signed() }),
      {
        status: 400,
        code: 'InvalidArgument',
        message:
          "The bucket POST must contain the specified 'key'. If it is specified, please check the order of the fields.",
      },
    ],
    [
      'a form without a file',
      () => ({ fields: [['key', key], ...signed()], file: null }),
      { status: 400, code: 'IncorrectNumberOfFilesInPOSTRequest' },
    ],
    [
      'two files',
      () => ({ fields: [['key', key], ...signed()], tail: partText('file', 'x', '; filename="b"') }),
      { status: 400, code: 'IncorrectNumberOfFilesInPOSTRequest' },
    ],
    [
      'a policy that has expired',
      () => ({ fields: [['key', key], ...signed([{ bucket: BUCKET }], nowMs - 1)] }),
      { status: 403, code: 'AccessDenied', message: 'Invalid according to Policy: Policy expired.' },
    ],
    [
      'another key than the policy says',
      () => ({ fields: [['key', key], ...signed([['starts-with', '$key', 'user/eric/']])] }),
      {
        status: 403,
        code: 'AccessDenied',
        message: 'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "user/eric/"]',
      },
    ],
    [
      'another bucket than the policy says, whatever a field claims',
      () => ({ fields: [['key', key], ['bucket', 'other'], ...signed([{ bucket: 'other' }])] }),
      {
        status: 403,
        code: 'AccessDenied',
        message: 'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "other"]',
      },
    ],
    [
      'another content type than the policy says, wherever it is named',
      () => ({
        fields: [['key', key], ['Content-Type', 'image/png'], ...signed([['in', '$content-type', ['image/png']]])],
        file: { type: 'text/html', content: 'x' },
      }),
      {
        status: 403,
        code: 'AccessDenied',
        message: 'Invalid according to Policy: Policy Condition failed: ["in", "$content-type", ["image/png"]]',
      },
    ],
    [
      'a file longer than the policy says',
      () => ({ fields: [['key', key], ...signed([['content-length-range', 0, 18]])] }),
      { status: 400, code: 'EntityTooLarge', ec: '0006-00000003' },
    ],
    [
      'a file shorter than the policy says',
      () => ({ fields: [['key', key], ...signed([['content-length-range', 20, 100]])] }),
      { status: 400, code: 'EntityTooSmall' },
    ],
    [
      'a policy that is none',
      () => ({ fields: [['key', key], ...signFormV1(Buffer.from('{').toString('base64'), ROOT)] }),
      { status: 400, code: 'InvalidPolicyDocument', message: 'Invalid Policy: the policy is not JSON.' },
    ],
    [
      'a signature with another secret',
      () => ({
        fields: [
          ['key', key],
          ...signFormV1(policyOf([{ bucket: BUCKET }], nowMs + HOUR_MS), { ...ROOT, accessKeySecret: 'x' }),
        ],
      }),
      { status: 403, code: 'SignatureDoesNotMatch', ec: '0002-00000040' },
    ],
    [
      'an unknown access key',
      () => ({
        fields: [
          ['key', key],
          ...signFormV1(policyOf([{ bucket: BUCKET }], nowMs + HOUR_MS), { ...ROOT, accessKeyId: 'x' }),
        ],
      }),
      { status: 403, code: 'InvalidAccessKeyId' },
    ],
    [
      'a security token of nobody',
      () => ({ fields: [['key', key], ['x-oss-security-token', 'token'], ...signed()] }),
      { status: 403, code: 'InvalidSecurityToken' },
    ],
    [
      'an empty signature',
      () => ({ fields: [['key', key], ['Signature', ''], ...signed()] }),
      { status: 400, code: 'InvalidArgument', message: 'Post request signature is empty.', ec: '0002-00000704' },
    ],
    [
      'a V4 form signed too far ahead',
      () => ({
        fields: [['key', key], ...signFormV4([], ROOT, { atMs: nowMs + 901_000, expiresAtMs: nowMs + HOUR_MS })],
      }),
      { status: 403, code: 'RequestTimeTooSkewed' },
    ],
    [
      'a V4 form older than 7 days',
      () => ({
        fields: [
          ['key', key],
          ...signFormV4([], ROOT, { atMs: nowMs - 8 * 24 * HOUR_MS, expiresAtMs: nowMs + HOUR_MS }),
        ],
      }),
      { status: 403, code: 'AccessDenied', message: 'Request has expired.' },
    ],
    [
      'an ACL that does not exist',
      () => ({ fields: [['key', key], ['x-oss-object-acl', 'everyone'], ...signed()] }),
      { status: 400, code: 'InvalidArgument' },
    ],
    [
      'a key that is too long with the name of the file',
      () => ({ fields: [['key', `${key}${FILENAME}`], ...signed()], file: { name: 'n'.repeat(1020), content: 'x' } }),
      { status: 400, code: 'InvalidObjectName' },
    ],
    [
      'a long name of a field',
      () => ({ fields: [['key', key], ['f'.repeat(8193), 'x'], ...signed()] }),
      { status: 400, code: 'FieldItemTooLong' },
    ],
    [
      'more fields than fit',
      () => ({ fields: [['key', key], ['a', 'x'.repeat(2 ** 21)], ['b', 'x'.repeat(2 ** 21)], ...signed()] }),
      { status: 400, code: 'MaxPOSTPreDataLengthExceededError' },
    ],
    [
      'tags in a header',
      () => ({ fields: [['key', key], ...signed()], headers: { 'x-oss-tagging': 'a=b' } }),
      { status: 400, code: 'InvalidArgument' },
    ],
    [
      'a traffic limit both as field and in the query',
      () => ({
        fields: [['key', key], ['x-oss-traffic-limit', '819200'], ...signed()],
        query: { 'x-oss-traffic-limit': '819200' },
      }),
      { status: 400, code: 'InvalidArgument' },
    ],
    [
      'a form that is no form',
      () => ({ fields: [], headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
      { status: 400, code: 'RequestIsNotMultiPartContent' },
    ],
    [
      'a form with another boundary',
      () => ({
        fields: [['key', key], ...signed()],
        headers: { 'content-type': 'multipart/form-data; boundary=other' },
      }),
      { status: 400, code: 'MalformedPOSTRequest' },
    ],
    [
      'a bucket that is not there',
      () => ({ bucket: 'missing-bucket', fields: [['key', key], ...signed([{ bucket: 'missing-bucket' }])] }),
      { status: 404, code: 'NoSuchBucket' },
    ],
  ])('%s', async (_, make, expected) => {
    expectError(await post(make()), expected);
    await expect(server.store.headObject({ bucket: BUCKET, key })).rejects.toThrow(StoreFailure);
  });

  test('a V4 form whose policy leaves its date open', async () => {
    const good = signFormV4([], ROOT, { atMs: nowMs, expiresAtMs: nowMs + HOUR_MS });
    const bare = policyOf([{ bucket: BUCKET }], nowMs + HOUR_MS);
    // Signed rightly, but anyone who has it may choose the date.
    const { createHmac } = await import('node:crypto');
    const scope = [
      new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', ''),
      'cn-hangzhou',
      'oss',
      'aliyun_v4_request',
    ];
    const signingKey = scope.reduce<string | Buffer>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `aliyun_v4${ROOT.accessKeySecret}`,
    );
    const signature = createHmac('sha256', signingKey).update(bare).digest('hex');
    const fields = good.map(([name, value]): [string, string] => [
      name,
      name === 'policy' ? bare : name === 'x-oss-signature' ? signature : value,
    ]);
    expectError(await post({ fields: [['key', key], ...fields] }), {
      status: 403,
      code: 'AccessDenied',
      message: 'Invalid according to Policy: The policy has no condition that fixes x-oss-signature-version.',
    });
  });

  test('a form without any length', async () => {
    const head = await server.sendHeadOnly({
      method: 'POST',
      bucket: BUCKET,
      signature: 'anonymous',
      headers: { 'content-type': 'multipart/form-data; boundary=a' },
    });
    expect(head).toMatch(/^HTTP\/1\.1 411 /);
  });
});
