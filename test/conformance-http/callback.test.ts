/** Callbacks over the wire: the application is told what was stored, and its answer is the uploader's. */
import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultSettings } from '@annals/server';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';
import { makeForm, policyOf, signFormV1 } from './post-form.js';

const BUCKET = 'callback-bucket';

let server: TestServer;
let closedServer: TestServer;
let application: Server;
let applicationUrl = '';
let answerStatus = 200;
const seen: { url: string; headers: IncomingHttpHeaders; body: string }[] = [];

beforeAll(async () => {
  application = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
    const body = JSON.stringify({ told: seen.length });
    response.writeHead(answerStatus, { 'Content-Length': body.length }).end(body);
  });
  await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
  applicationUrl = `http://127.0.0.1:${(application.address() as AddressInfo).port}/told?by=annals`;
  server = await startTestServer({ settings: { callback: { ...defaultSettings.callback, allow: ['127.0.0.1'] } } });
  closedServer = await startTestServer();
  for (const each of [server, closedServer]) await each.send({ method: 'PUT', bucket: BUCKET });
});

afterAll(async () => {
  application.closeAllConnections();
  application.close();
  await server.close();
  await closedServer.close();
});

beforeEach(() => {
  seen.length = 0;
  answerStatus = 200;
});

/** Writes `${name}` for `#{name}`. */
function callback(body: string, more: object = {}): string {
  const callbackBody = body.replaceAll('#{', '$'.concat('{'));
  return encoded({ callbackUrl: applicationUrl, callbackBody, ...more });
}

function encoded(document: unknown): string {
  return Buffer.from(JSON.stringify(document)).toString('base64');
}

const ALL =
  'b=#{bucket}&k=#{object}&e=#{etag}&s=#{size}&t=#{mimeType}&c=#{crc64}&m=#{contentMd5}&i=#{clientIp}&r=#{reqId}&o=#{operation}&v=#{vpcId}&h=#{imageInfo.height}&x=#{x:mine}';

test('PutObject: all variables, the signature, and the application’s answer with the object’s headers', async () => {
  const answer = await server.send({
    method: 'PUT',
    bucket: BUCKET,
    key: 'dir/ü.txt',
    headers: {
      'content-type': 'text/plain',
      'x-oss-callback': callback(ALL),
      'x-oss-callback-var': encoded({ 'x:mine': 'a&b' }),
    },
    body: 'hello',
  });
  expect([answer.status, answer.body.toString()]).toEqual([200, '{"told":1}']);
  expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': '10' });
  // As without a callback: fidelity 38.
  expect(answer.headers['content-md5']).toBe('XUFAKrxLKna5cZ2REBfFkg==');
  const [told] = seen;
  expect(Object.fromEntries(new URLSearchParams(told?.body))).toEqual({
    b: BUCKET,
    k: 'dir/ü.txt',
    e: answer.headers.etag?.replaceAll('"', ''),
    s: '5',
    t: 'text/plain',
    c: answer.headers['x-oss-hash-crc64ecma'],
    m: 'XUFAKrxLKna5cZ2REBfFkg==',
    i: '127.0.0.1',
    r: answer.headers['x-oss-request-id'],
    o: 'PutObject',
    v: '',
    h: '',
    x: 'a&b',
  });
  const keyUrl = Buffer.from(String(told?.headers['x-oss-pub-key-url']), 'base64').toString();
  expect(keyUrl).toBe(`http://${server.host}/-/callback-public-key.pem`);
  const publicKey = createPublicKey(await (await fetch(keyUrl)).text());
  const signature = Buffer.from(String(told?.headers.authorization), 'base64');
  expect(verify('md5', Buffer.from(`${told?.url}\n${told?.body}`), publicKey, signature)).toBe(true);
});

test('a link carries the callback in its query', async () => {
  const answer = await server.send({
    method: 'PUT',
    bucket: BUCKET,
    key: 'link',
    signature: 'v1-url',
    query: { callback: callback('s=#{size}'), 'callback-var': encoded({ 'x:a': 'b' }) },
    body: 'hello',
  });
  expect([answer.status, seen[0]?.body]).toEqual([200, 's=5']);
});

test('PostObject: callback and variables are fields of the form', async () => {
  const fields = [
    ['key', 'posted'],
    [
      'callback',
      callback('{"key":#{object},"mine":#{x:mine},"size":#{size}}', { callbackBodyType: 'application/json' }),
    ],
    ['x:mine', 'form "value"'],
    ['success_action_status', '201'],
    ...signFormV1(policyOf([{ bucket: BUCKET }], Date.now() + 3_600_000), ROOT),
  ] as const;
  const form = makeForm(fields, { name: 'a', content: 'hello' });
  const answer = await server.send({
    method: 'POST',
    bucket: BUCKET,
    signature: 'anonymous',
    headers: { 'content-type': form.contentType },
    body: form.body,
  });
  expect([answer.status, answer.body.toString()]).toEqual([200, '{"told":1}']);
  expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ key: 'posted', mine: 'form "value"', size: 5 });
});

test('CompleteMultipartUpload: reports the whole object', async () => {
  const target = { bucket: BUCKET, key: 'parts' };
  const initiated = await server.send({ method: 'POST', ...target, query: { uploads: '' } });
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(initiated.body.toString())?.[1] ?? '';
  await server.send({ method: 'PUT', ...target, query: { partNumber: '1', uploadId }, body: 'hello' });
  const answer = await server.send({
    method: 'POST',
    ...target,
    query: { uploadId },
    headers: { 'x-oss-complete-all': 'yes', 'x-oss-callback': callback('#{operation} #{size} #{etag} #{contentMd5}') },
  });
  expect([answer.status, answer.body.toString()]).toEqual([200, '{"told":1}']);
  const etag = answer.headers.etag?.replaceAll('"', '');
  expect(etag).toMatch(/^[0-9A-F]{32}-1$/);
  expect(seen[0]?.body).toBe(`CompleteMultipartUpload 5 ${etag} `);
});

test('a failed callback: 203, and the object is stored', async () => {
  answerStatus = 302;
  const answer = await server.send({
    method: 'PUT',
    bucket: BUCKET,
    key: 'failed',
    headers: { 'x-oss-callback': callback('a=b') },
    body: 'hello',
  });
  expectError(answer, {
    status: 203,
    code: 'CallbackFailed',
    message: 'Error status : 302.',
    ec: '0007-00000203',
    headers: { 'content-md5': 'XUFAKrxLKna5cZ2REBfFkg==' },
  });
  const stored = await server.send({ method: 'GET', bucket: BUCKET, key: 'failed' });
  expect(stored.body.toString()).toBe('hello');
  expect(answer.headers.etag).toBe(stored.headers.etag);
});

test.each<[string, { headers?: Record<string, string>; query?: Record<string, string> }, string]>([
  [
    'given twice',
    { headers: { 'x-oss-callback': 'e30=' }, query: { callback: 'e30=' } },
    'either a header or a query parameter',
  ],
  [
    'with variables given twice',
    { headers: { 'x-oss-callback-var': 'e30=' }, query: { 'callback-var': 'e30=' } },
    'either a header or a query parameter',
  ],
  ['that is no JSON', { headers: { 'x-oss-callback': 'AAAA' } }, 'It must be base64 of a JSON object.'],
  [
    'to an address that is not listed',
    { headers: { 'x-oss-callback': encoded({ callbackUrl: 'http://127.0.0.2/', callbackBody: 'a' }) } },
    'Callbacks to 127.0.0.2 are not allowed',
  ],
  [
    'with one address of several that is not listed',
    { headers: { 'x-oss-callback': encoded({ callbackUrl: 'http://127.0.0.1/;http://[::1]/', callbackBody: 'a' }) } },
    'Callbacks to ::1 are not allowed',
  ],
])('a callback %s is refused, and nothing is stored', async (_, more, message) => {
  const answer = await server.send({ method: 'PUT', bucket: BUCKET, key: 'refused', ...more, body: 'hello' });
  expectError(answer, { status: 400, code: 'InvalidArgument' });
  expect(answer.body.toString()).toContain(message);
  expect((await server.send({ method: 'HEAD', bucket: BUCKET, key: 'refused' })).status).toBe(404);
  expect(seen).toEqual([]);
});

test.each(['no-such-host.invalid', 'also.no-such-host.invalid:8080/path'])(
  'a callback to %s, which leads nowhere, is refused by every upload, and nothing is stored',
  async (host) => {
    const told = encoded({ callbackUrl: `http://127.0.0.1/;${host}`, callbackBody: 'a' });
    const target = { bucket: BUCKET, key: 'nowhere' };
    const initiated = await server.send({ method: 'POST', ...target, query: { uploads: '' } });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(initiated.body.toString())?.[1] ?? '';
    await server.send({ method: 'PUT', ...target, query: { partNumber: '1', uploadId }, body: 'hello' });
    const form = makeForm(
      [
        ['key', 'nowhere'],
        ['callback', told],
        ...signFormV1(policyOf([{ bucket: BUCKET }], Date.now() + 3_600_000), ROOT),
      ],
      { name: 'a', content: 'hello' },
    );
    const headers = { 'x-oss-callback': told };
    const answers = [
      await server.send({ method: 'PUT', ...target, headers, body: 'hello' }),
      await server.send({ method: 'PUT', ...target, query: { callback: told }, signature: 'v1-url', body: 'hello' }),
      await server.send({
        method: 'POST',
        ...target,
        query: { uploadId },
        headers: { ...headers, 'x-oss-complete-all': 'yes' },
      }),
      await server.send({
        method: 'POST',
        bucket: BUCKET,
        signature: 'anonymous',
        headers: { 'content-type': form.contentType },
        body: form.body,
      }),
    ];
    for (const answer of answers) {
      expectError(answer, {
        status: 400,
        code: 'InvalidArgument',
        message: 'Private address is forbidden to callback.',
        ec: '0007-00000007',
        details: { ArgumentName: 'callbackUrl', ArgumentValue: new URL(`http://${host}`).href },
      });
    }
    expect((await server.send({ method: 'HEAD', ...target })).status).toBe(404);
    const parts = await server.send({ method: 'GET', ...target, query: { uploadId } });
    expect(parts.body.toString()).toContain('<PartNumber>1</PartNumber>');
    expect(seen).toEqual([]);
  },
);

test('a callback to a private address that is not listed says so in the words of the public service', async () => {
  const headers = { 'x-oss-callback': encoded({ callbackUrl: 'http://127.0.0.2/', callbackBody: 'a' }) };
  const answer = await server.send({ method: 'PUT', bucket: BUCKET, key: 'private', headers, body: 'hello' });
  expectError(answer, { status: 400, code: 'InvalidArgument', ec: '0007-00000008' });
  expect(answer.body.toString()).toContain('Private address is forbidden to callback.');
});

test('a server without an allow list makes no callbacks', async () => {
  const headers = { 'x-oss-callback': callback('a=b') };
  const answer = await closedServer.send({ method: 'PUT', bucket: BUCKET, key: 'k', headers, body: 'hello' });
  expectError(answer, { status: 400, code: 'InvalidArgument' });
  expect(answer.body.toString()).toContain('callback.allow');
  expect((await closedServer.send({ method: 'HEAD', bucket: BUCKET, key: 'k' })).status).toBe(404);
  expect(seen).toEqual([]);
});

test('an append with a callback is refused', async () => {
  const answer = await server.send({
    method: 'POST',
    bucket: BUCKET,
    key: 'appended',
    query: { append: '', position: '0' },
    headers: { 'x-oss-callback': callback('a=b') },
    body: 'hello',
  });
  expectError(answer, { status: 400, code: 'InvalidArgument' });
  expect(seen).toEqual([]);
});
