/**
 * What a bucket's configurations do to requests: CORS, referer, payment, access log. Websites and domains are in
 * `website.test.ts`.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';
import { visitHost } from './visit-host.js';

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ clock: () => START_MS });
});

afterAll(() => server.close());

async function makeBucket(bucket: string, acl: string, query: string, document: string): Promise<void> {
  await server.send({ method: 'PUT', bucket, headers: { 'x-oss-acl': acl } });
  expect((await server.send({ method: 'PUT', bucket, query: { [query]: '' }, body: document })).status).toBe(200);
}

function visit(method: string, path: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
  return visitHost(server.host, method, path, headers);
}

describe('CORS', () => {
  const ORIGIN = 'https://app.example.com';

  beforeAll(async () => {
    await makeBucket(
      'cors',
      'private',
      'cors',
      `<CORSConfiguration><CORSRule><AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>PUT</AllowedMethod>
      <AllowedMethod>POST</AllowedMethod><AllowedHeader>x-oss-*</AllowedHeader><AllowedHeader>content-type</AllowedHeader>
      <ExposeHeader>x-oss-meta-a</ExposeHeader><ExposeHeader>etag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>
      <CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>`,
    );
    await server.send({ method: 'PUT', bucket: 'no-cors' });
  });

  const preflight = (path: string, method: string | undefined, headers?: string, origin: string | undefined = ORIGIN) =>
    visit('OPTIONS', path, {
      ...(origin !== '' && { origin }),
      ...(method !== undefined && { 'access-control-request-method': method }),
      ...(headers !== undefined && { 'access-control-request-headers': headers }),
    });

  test('a preflight passes by the first rule that fits, with any signature in its query', async () => {
    const answer = await preflight(
      '/cors/k?append&position=0&Signature=x&Expires=1&OSSAccessKeyId=y',
      'POST',
      'X-OSS-Date, content-type',
    );
    expect([answer.status, answer.body.length]).toEqual([200, 0]);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'PUT, POST',
      'access-control-allow-headers': 'x-oss-date, content-type',
      'access-control-expose-headers': expect.stringMatching(
        /^x-oss-next-append-position, .*, etag, .*, x-oss-meta-a$/,
      ),
      'access-control-max-age': '60',
      vary: 'Origin',
    });
    const forAll = await preflight('/cors/k', 'GET', undefined, 'http://elsewhere');
    expect(forAll.headers['access-control-allow-origin']).toBe('*');
    expect(forAll.headers.vary).toBeUndefined();
    expect(forAll.headers['access-control-allow-credentials']).toBeUndefined();
  });

  test('a preflight is refused', async () => {
    const forbidden = { status: 403, code: 'AccessForbidden' };
    expectError(await preflight('/cors/k', 'DELETE'), forbidden);
    expectError(await preflight('/cors/k', 'PUT', 'authorization'), forbidden);
    expectError(await preflight('/cors/k', 'PUT', undefined, 'https://example.com'), forbidden);
    expectError(await preflight('/cors/k', 'PUT', undefined, 'https://app.example.com.evil'), forbidden);
    expectError(await preflight('/no-cors/k', 'GET'), {
      ...forbidden,
      message: 'CORSResponse: CORS is not enabled for this bucket.',
    });
    expectError(await preflight('/cors/k', 'GET', undefined, ''), {
      status: 400,
      code: 'BadRequest',
      message: 'Insufficient information. Origin request header needed.',
    });
    expectError(await preflight('/cors/k', undefined), {
      status: 400,
      code: 'BadRequest',
      message: 'Insufficient information. Request Access-Control-Request-Method header needed.',
    });
    expectError(await preflight('/no-such-bucket-here/k', 'GET'), { status: 404, code: 'NoSuchBucket' });
    expectError(await preflight('/', 'GET'), forbidden);
  });

  test('answers and errors are shown to the origins that may see them, and to no others', async () => {
    const append = (bucket: string, origin: string, position: string) =>
      server.send({
        method: 'POST',
        bucket,
        key: `log-${bucket}`,
        query: { append: '', position },
        headers: { origin },
        body: 'abc',
      });
    const seen = await append('cors', ORIGIN, '0');
    expect(seen.headers['access-control-allow-origin']).toBe(ORIGIN);
    expect(seen.headers['access-control-expose-headers']).toContain('x-oss-next-append-position, x-oss-hash-crc64ecma');
    const refused = await append('cors', ORIGIN, '0');
    expectError(refused, { status: 409, code: 'PositionNotEqualToLength' });
    expect(refused.headers['access-control-allow-origin']).toBe(ORIGIN);
    const hidden = await append('cors', 'https://elsewhere', '3');
    expect([hidden.status, hidden.headers['access-control-allow-origin'], hidden.headers.vary]).toEqual([
      200,
      undefined,
      'Origin',
    ]);
    const without = await append('no-cors', ORIGIN, '0');
    expect([without.status, without.headers['access-control-allow-origin']]).toEqual([200, undefined]);
    expect((await server.send({ method: 'GET', bucket: 'cors', key: 'log-cors' })).headers.vary).toBeUndefined();
  });
});

describe('referer', () => {
  const put = (flags: string, referers: readonly string[], blacklist: readonly string[] = []) =>
    makeBucket(
      'hotlinked',
      'public-read',
      'referer',
      `<RefererConfiguration>${flags}<RefererList>${referers.map((text) => `<Referer>${text}</Referer>`).join('')}</RefererList>
      <RefererBlacklist>${blacklist.map((text) => `<Referer>${text}</Referer>`).join('')}</RefererBlacklist></RefererConfiguration>`,
    );
  const statusOf = async (referer?: string) =>
    (await visit('GET', '/hotlinked/k', referer === undefined ? {} : { referer })).status;

  test('decides about unsigned requests and signed URLs', async () => {
    await put('<AllowEmptyReferer>false</AllowEmptyReferer>', ['https://*.example.com/*', 'http://plain.org']);
    await server.send({ method: 'PUT', bucket: 'hotlinked', key: 'k', body: 'x' });
    expectError(await visit('GET', '/hotlinked/k'), {
      status: 403,
      code: 'AccessDenied',
      message: 'You are denied by bucket referer policy.',
    });
    expect(await statusOf('https://www.example.com/page?x=1')).toBe(200);
    expect(await statusOf('https://example.com/page')).toBe(403);
    expect(await statusOf('http://plain.org')).toBe(200);
    expect(await statusOf('http://plain.org/a/b')).toBe(200);
    expect(await statusOf('http://plain.org.evil.net/')).toBe(403);
    const signed = (signature: 'v1' | 'v4' | 'v1-url' | 'v4-url', headers: Record<string, string> = {}) =>
      server.send({ method: 'GET', bucket: 'hotlinked', key: 'k', signature, headers });
    for (const kind of ['v1', 'v4'] as const) expect((await signed(kind)).status).toBe(200);
    for (const kind of ['v1-url', 'v4-url'] as const) {
      expect((await signed(kind)).status).toBe(403);
      expect((await signed(kind, { referer: 'http://plain.org/' })).status).toBe(200);
    }
  });

  test('empty referers, blacklist, query and path', async () => {
    await put('<AllowEmptyReferer>true</AllowEmptyReferer>', ['http://a.org/x?q=1'], ['http://bad.a.org']);
    expect(await statusOf()).toBe(200);
    expect(await statusOf('http://a.org/x?q=1')).toBe(403);
    await put('<AllowEmptyReferer>true</AllowEmptyReferer><AllowTruncateQueryString>false</AllowTruncateQueryString>', [
      'http://a.org/x?q=1',
    ]);
    expect(await statusOf('http://a.org/x?q=1')).toBe(200);
    await put('<AllowEmptyReferer>true</AllowEmptyReferer><TruncatePath>true</TruncatePath>', ['http://a.org']);
    expect(await statusOf('http://a.org/deep/page?x#y')).toBe(200);
    await put('<AllowEmptyReferer>true</AllowEmptyReferer>', [], ['http://bad.a.org']);
    expect(await statusOf('http://bad.a.org/page')).toBe(403);
    expect(await statusOf('http://good.a.org/page')).toBe(200);
    await put('<AllowEmptyReferer>false</AllowEmptyReferer>', []);
    expect(await statusOf()).toBe(200);
  });
});

test('a bucket whose readers pay refuses who cannot be billed', async () => {
  await makeBucket(
    'paid',
    'public-read',
    'requestPayment',
    '<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>',
  );
  await server.send({ method: 'PUT', bucket: 'paid', key: 'k', body: 'x' });
  for (const headers of [{}, { 'x-oss-request-payer': 'requester' }]) {
    expectError(await visit('GET', '/paid/k', headers as Record<string, string>), {
      status: 403,
      code: 'AccessDenied',
      message: 'Access denied for requester pay bucket',
      ec: '0003-00000703',
    });
  }
  expect((await server.send({ method: 'GET', bucket: 'paid', key: 'k' })).status).toBe(200);
});

test('public access is blocked in one bucket or in all', async () => {
  const block =
    '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>';
  const query = { publicAccessBlock: '' };
  for (const bucket of ['open-one', 'open-two']) {
    await server.send({ method: 'PUT', bucket, headers: { 'x-oss-acl': 'public-read' } });
    await server.send({ method: 'PUT', bucket, key: 'k', body: 'x' });
  }
  const statuses = async () =>
    Promise.all(['/open-one/k', '/open-two/k'].map(async (path) => (await visit('GET', path)).status));
  expect(await statuses()).toEqual([200, 200]);
  await server.send({ method: 'PUT', bucket: 'open-one', query, body: block });
  expect(await statuses()).toEqual([403, 200]);
  const stated = async () => (await server.send({ method: 'GET', query })).body.toString();
  expect(await stated()).toContain('<BlockPublicAccess>false</BlockPublicAccess>');
  expect((await server.send({ method: 'PUT', query, body: block })).status).toBe(200);
  expect(await stated()).toContain('<BlockPublicAccess>true</BlockPublicAccess>');
  expect(await statuses()).toEqual([403, 403]);
  expect((await server.send({ method: 'GET', bucket: 'open-two', key: 'k' })).status).toBe(200);
  expect((await server.send({ method: 'DELETE', query })).status).toBe(204);
  expect(await statuses()).toEqual([403, 200]);
  expect((await server.send({ method: 'PUT', query, body: block, signature: 'anonymous' })).status).toBe(403);
});

test('requests are written to the log of their bucket by append, and no secret with them', async () => {
  const logged = await startTestServer({
    clock: () => START_MS,
    settings: { accessLog: { flushMs: 20, waitingLengthBytesMax: 1_000_000 } },
  });
  try {
    await logged.send({ method: 'PUT', bucket: 'logged' });
    await logged.send({ method: 'PUT', bucket: 'target' });
    await logged.send({
      method: 'PUT',
      bucket: 'logged',
      query: { logging: '' },
      body: '<BucketLoggingStatus><LoggingEnabled><TargetBucket>target</TargetBucket><TargetPrefix>log/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>',
    });
    const { ownerId } = await logged.store.getBucket('logged');
    const lines = async () => {
      const { objects } = await logged.store.listObjects({
        bucket: 'target',
        prefix: 'log/logged2026-01-02-03-00-00-',
        delimiter: '',
        after: '',
        limit: 10,
      });
      const texts = await Promise.all(
        objects.map(async ({ key }) => (await logged.send({ method: 'GET', bucket: 'target', key })).body.toString()),
      );
      return { types: objects.map(({ type }) => type), lines: texts.join('').split('\n').slice(0, -1) };
    };
    const find = async (part: string) => (await lines()).lines.find((line) => line.includes(part));
    await expect
      .poll(
        async () => {
          await logged.send({
            method: 'PUT',
            bucket: 'logged',
            key: 'a "b".txt',
            body: 'hello',
            headers: { 'user-agent': 'tester "1"', referer: 'http://from/' },
          });
          return find('"PutObject"');
        },
        { timeout: 30_000 },
      )
      .toBeDefined();
    await logged.send({ method: 'GET', bucket: 'logged', key: 'missing', signature: 'v4-url' });
    await expect.poll(() => find('"NoSuchKey"'), { timeout: 30_000 }).toBeDefined();
    const put = (await find('"PutObject"')) ?? '';
    expect(put).toMatch(
      new RegExp(
        `^127\\.0\\.0\\.1 - - \\[02/Jan/2026:03:04:05 \\+0000\\] "PUT /logged/a%20%22b%22\\.txt HTTP/1\\.1" 200 0 \\d+ "http://from/" "tester %221%22" "${logged.host}" "[0-9A-F]{24}" "true" "${ownerId}" "PutObject" "logged" "a%20%22b%22\\.txt" - \\d+ "-" 5 "${ownerId}" 5 "-" "-" "-" "-" "test-root-id"$`,
      ),
    );
    const get = (await find('"NoSuchKey"')) ?? '';
    expect(get).toContain('x-oss-signature=***');
    expect(get).not.toMatch(/x-oss-signature=[0-9a-f]/);
    expect((await lines()).types).toEqual(['appendable']);
  } finally {
    await logged.close();
  }
});
