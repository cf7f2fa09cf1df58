/**
 * What GetObject adds for browsers: compression, and links that are signed once and opened by anybody until they
 * expire.
 */
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodedPath, encodedQuery, SIGNED_KINDS, signRequest, type UnsignedRequest } from '../harness/sign-request.js';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { expectError, ownHeaders } from './expectations.js';

const BUCKET = 'link-bucket';
const TEXT = 'a line of text\n'.repeat(200);

let server: TestServer;
let nowMs = 0;

beforeAll(async () => {
  nowMs = Date.UTC(2026, 10, 21, 12);
  server = await startTestServer({ clock: () => nowMs });
  await server.send({ method: 'PUT', bucket: BUCKET });
  for (const [key, type, body] of [
    ['text', 'text/plain; charset=utf-8', TEXT],
    ['short', 'text/plain', 'short'],
    ['image', 'image/png', TEXT],
  ] as const) {
    await server.send({ method: 'PUT', bucket: BUCKET, key, headers: { 'content-type': type }, body });
  }
});

afterAll(() => server.close());

beforeEach(() => {
  nowMs = Date.UTC(2026, 10, 21, 12);
});

describe('304', () => {
  const CACHED = {
    'content-type': 'text/plain',
    'cache-control': 'max-age=60',
    expires: 'Sat, 21 Nov 2026 13:00:00 GMT',
  };
  const CORS =
    '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule><ResponseVary>true</ResponseVary></CORSConfiguration>';

  beforeAll(async () => {
    const cached = { method: 'PUT', bucket: BUCKET, headers: CACHED, body: TEXT };
    await server.send({ ...cached, key: 'cached' });
    await server.send({ ...cached, key: 'cached-short', body: 'short' });
  });

  afterAll(() => server.send({ method: 'DELETE', bucket: BUCKET, query: { cors: '' } }));

  test.each([false, true])('says to caches what the 200 says, where pages are told apart: %s', async (hasCors) => {
    if (hasCors) await server.send({ method: 'PUT', bucket: BUCKET, query: { cors: '' }, body: CORS });
    for (const method of ['GET', 'HEAD']) {
      for (const key of ['text', 'short', 'image', 'cached', 'cached-short']) {
        for (const more of [{}, { 'accept-encoding': 'gzip' }, { origin: 'http://page.example' }] as Record<
          string,
          string
        >[]) {
          const whole = await server.send({ method, bucket: BUCKET, key, headers: more });
          expect(whole.status).toBe(200);
          const headers = { ...more, 'if-modified-since': whole.headers['last-modified'] ?? '' };
          const answer = await server.send({ method, bucket: BUCKET, key, headers });
          const told = (from: typeof answer) => ['vary', 'cache-control', 'expires'].map((name) => from.headers[name]);
          expect([method, key, more, answer.status, ...told(answer)]).toEqual([method, key, more, 304, ...told(whole)]);
        }
      }
    }
    const text = await server.send({ method: 'GET', bucket: BUCKET, key: 'text', headers: { 'if-none-match': '*' } });
    expect([text.status, text.headers.vary]).toEqual([304, hasCors ? 'Accept-Encoding, Origin' : 'Accept-Encoding']);
  });
});

describe('GetObject with Accept-Encoding: gzip', () => {
  const get = (key: string, headers: Record<string, string> = {}, query: Record<string, string> = {}) =>
    server.send({ method: 'GET', bucket: BUCKET, key, query, headers: { 'accept-encoding': 'gzip', ...headers } });

  test('sends a text compressed, without what describes its own bytes', async () => {
    const answer = await get('text');
    expect(answer.status).toBe(200);
    expect(gunzipSync(answer.body).toString()).toBe(TEXT);
    const headers = ownHeaders(answer);
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' });
    for (const name of ['etag', 'content-length', 'content-md5', 'accept-ranges'])
      expect(headers).not.toHaveProperty(name);
    const plain = await server.send({ method: 'GET', bucket: BUCKET, key: 'text' });
    expect(headers['x-oss-hash-crc64ecma']).toBe(plain.headers['x-oss-hash-crc64ecma']);
  });

  test.each([
    ['short', {}, {}],
    ['image', {}, {}],
    ['text', { 'accept-encoding': 'identity' }, {}],
    ['text', { range: 'bytes=0-1999' }, {}],
    ['text', { range: 'nonsense' }, {}],
    ['text', {}, { 'response-content-type': 'image/png' }],
    ['text', {}, { 'response-content-encoding': 'identity' }],
  ])('sends %s with %j %j as it is', async (key, headers, query) => {
    const answer = await get(key, headers, query);
    expect(answer.headers['content-encoding']).not.toBe('gzip');
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    expect(answer.headers.etag).toMatch(/^"[0-9A-F]{32}"$/);
  });

  test('keeps to a traffic limit, which may not be given twice', async () => {
    const limit = { 'x-oss-traffic-limit': '838860800' };
    expect(gunzipSync((await get('text', limit)).body).toString()).toBe(TEXT);
    expectError(await get('text', limit, limit), { status: 400, code: 'InvalidArgument' });
  });
});

const LINK_KINDS = SIGNED_KINDS.filter((kind) => kind.endsWith('-url'));

describe.each(LINK_KINDS)('links signed with %s', (kind) => {
  /** Path and query of a link, signed now. */
  function link(request: Partial<UnsignedRequest> = {}): { path: string; query: Record<string, string> } {
    const unsigned = { method: 'GET', bucket: BUCKET, key: 'text', query: {}, headers: {}, ...request };
    return {
      path: encodedPath(unsigned.bucket, unsigned.key),
      query: { ...signRequest(unsigned, kind, ROOT, nowMs).query },
    };
  }

  async function open({ path, query }: ReturnType<typeof link>, init: RequestInit = {}) {
    const response = await fetch(`http://${server.host}${path}?${encodedQuery(query)}`, init);
    const body = await response.text();
    return { status: response.status, headers: response.headers, body, code: /<Code>(.*)<\/Code>/.exec(body)?.[1] };
  }

  test('open for every client until they expire, and not after', async () => {
    const made = link();
    expect(await open(made)).toMatchObject({ status: 200, body: TEXT });
    nowMs += 600_000;
    expect((await open(made)).status).toBe(200);
    nowMs += 1001;
    const late = await open(made);
    expect([late.status, late.code]).toEqual([403, 'AccessDenied']);
    expect(late.body).toContain('Request has expired.');
  });

  test('choose headers of the answer, and those cannot be changed', async () => {
    const made = link({
      query: { 'response-content-disposition': 'attachment; filename="ü"', 'response-content-type': 'a/b' },
    });
    const answer = await open(made);
    expect(answer.headers.get('content-type')).toBe('a/b');
    const disposition = Buffer.from(answer.headers.get('content-disposition') ?? '', 'latin1').toString('utf8');
    expect(disposition).toBe('attachment; filename="ü"');
    made.query['response-content-type'] = 'text/html';
    expect(await open(made)).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  });

  test('are good for one object, one method and one secret', async () => {
    expect(await open({ ...link(), path: encodedPath(BUCKET, 'image') })).toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
    expect(await open(link(), { method: 'DELETE' })).toMatchObject({ code: 'SignatureDoesNotMatch' });
    const made = link();
    for (const name of Object.keys(made.query)) {
      if (name === 'x-oss-signature-version') continue;
      const value = made.query[name] ?? '';
      const changed = value.endsWith('0') ? `${value.slice(0, -1)}1` : `${value.slice(0, -1)}0`;
      const tampered = await open({ ...made, query: { ...made.query, [name]: changed } });
      expect([400, 403]).toContain(tampered.status);
    }
  });

  test('upload: the content type they were signed with is the one that must come', async () => {
    const made = link({ method: 'PUT', key: `put-${kind}`, headers: { 'content-type': 'text/css' } });
    const put = (type: string) => open(made, { method: 'PUT', headers: { 'content-type': type }, body: 'a{}' });
    expect(await put('text/html')).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(await put('text/css')).toMatchObject({ status: 200 });
    const head = await server.send({ method: 'HEAD', bucket: BUCKET, key: `put-${kind}` });
    expect(head.headers['content-type']).toBe('text/css');
  });

  test('append: position included', async () => {
    const made = link({
      method: 'POST',
      key: `log-${kind}`,
      query: { append: '', position: '0' },
      headers: { 'content-type': 'text/plain' },
    });
    const append = (request: typeof made) =>
      open(request, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'one' });
    expect(await append({ ...made, query: { ...made.query, position: '3' } })).toMatchObject({
      code: 'SignatureDoesNotMatch',
    });
    const first = await append(made);
    expect([first.status, first.headers.get('x-oss-next-append-position')]).toEqual([200, '3']);
    expect(await append(made)).toMatchObject({ status: 409, code: 'PositionNotEqualToLength' });
  });

  test('upload in parts', async () => {
    const key = `parts-${kind}`;
    const plain = { 'content-type': 'application/octet-stream' };
    const initiated = await open(link({ method: 'POST', key, query: { uploads: '' }, headers: plain }), {
      method: 'POST',
      headers: plain,
    });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(initiated.body)?.[1] ?? '';
    expect(uploadId).not.toBe('');
    const part = await open(link({ method: 'PUT', key, query: { partNumber: '1', uploadId }, headers: plain }), {
      method: 'PUT',
      headers: plain,
      body: TEXT,
    });
    const etag = part.headers.get('etag');
    const completed = await open(link({ method: 'POST', key, query: { uploadId }, headers: plain }), {
      method: 'POST',
      headers: plain,
      body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`,
    });
    expect(completed.status).toBe(200);
    expect(await open(link({ key }))).toMatchObject({ status: 200, body: TEXT });
  });
});

test('an address that signs wrongly too often for a key gets short answers, and right signatures always pass', async () => {
  const impatient = await startTestServer({
    clock: () => nowMs,
    settings: { limits: { ...(await import('@annals/server')).defaultSettings.limits, failedSignatureCountMax: 2 } },
  });
  const guess = (id: string) => {
    const headers = { authorization: `OSS ${id}:c2ln`, date: new Date(nowMs).toUTCString() };
    return impatient.send({ method: 'GET', signature: 'anonymous', headers });
  };
  const tryKey = async (id: string): Promise<number> => (await guess(id)).status;
  expect([await tryKey(ROOT.accessKeyId), await tryKey(ROOT.accessKeyId)]).toEqual([403, 403]);
  const late = await guess(ROOT.accessKeyId);
  expectError(late, { status: 503, code: 'ServiceUnavailable', headers: { 'retry-after': '30' } });
  expect((await impatient.send({ method: 'GET' })).status).toBe(200);
  expect(await tryKey('another')).toBe(403);
  nowMs += 30_000;
  expect([await tryKey(ROOT.accessKeyId), await tryKey(ROOT.accessKeyId)]).toEqual([403, 503]);
  await impatient.close();
});
