/**
 * Requests that a bucket's own rules refuse, compared whole: preflights, referers, payers, retention, and logs for
 * somebody else's bucket.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { type ExactError, expectExactError } from './error-document.js';

const DAY_MS = 86_400_000;
let server: TestServer;
let nowMs = Date.UTC(2026, 0, 2);

beforeAll(async () => {
  server = await startTestServer({ clock: () => nowMs });
});

afterAll(() => server.close());

async function made(request: TestRequest): Promise<Readonly<Record<string, string>>> {
  const answer = await server.send(request);
  expect(answer.status, answer.body.toString('utf8')).toBeLessThan(300);
  return answer.headers;
}

async function expectRefused(request: TestRequest, expected: ExactError): Promise<void> {
  expectExactError(await server.send(request), expected, server.host);
}

async function makeBucket(bucket: string, acl: string, query: string, body: string): Promise<void> {
  await made({ method: 'PUT', bucket, headers: { 'x-oss-acl': acl } });
  await made({ method: 'PUT', bucket, key: 'k', body: 'x' });
  await made({ method: 'PUT', bucket, query: { [query]: '' }, body });
}

test.each<[string, Record<string, string>, string, ExactError]>([
  [
    'without an origin',
    { 'access-control-request-method': 'GET' },
    'preflight',
    { status: 400, code: 'BadRequest', message: 'Insufficient information. Origin request header needed.' },
  ],
  [
    'without a method',
    { origin: 'http://a' },
    'preflight',
    {
      status: 400,
      code: 'BadRequest',
      message: 'Insufficient information. Request Access-Control-Request-Method header needed.',
    },
  ],
  [
    'that no rule allows',
    { origin: 'http://a', 'access-control-request-method': 'PUT' },
    'preflight',
    {
      status: 403,
      code: 'AccessForbidden',
      message:
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
    },
  ],
  [
    'of a bucket without rules',
    { origin: 'http://a', 'access-control-request-method': 'GET' },
    'no-rules',
    { status: 403, code: 'AccessForbidden', message: 'CORSResponse: CORS is not enabled for this bucket.' },
  ],
  [
    'of a bucket that is not there',
    { origin: 'http://a', 'access-control-request-method': 'GET' },
    'not-there',
    {
      status: 404,
      code: 'NoSuchBucket',
      message: 'The specified bucket does not exist.',
      ec: '0015-00000101',
      details: [['BucketName', 'not-there']],
    },
  ],
])('a preflight %s', async (_what, headers, bucket, expected) => {
  await makeBucket(
    'preflight',
    'private',
    'cors',
    '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>',
  );
  await made({ method: 'PUT', bucket: 'no-rules' });
  await expectRefused({ method: 'OPTIONS', bucket, key: 'k', headers, signature: 'anonymous' }, expected);
});

const denied = (message: string, ec: string): ExactError => ({ status: 403, code: 'AccessDenied', message, ec });

test('a referer that is not welcome, or none where one must be', async () => {
  await makeBucket(
    'linked',
    'public-read',
    'referer',
    '<RefererConfiguration><AllowEmptyReferer>false</AllowEmptyReferer><RefererList><Referer>http://a</Referer></RefererList><RefererBlacklist><Referer>http://c</Referer></RefererBlacklist></RefererConfiguration>',
  );
  const get: TestRequest = { method: 'GET', bucket: 'linked', key: 'k' };
  for (const [headers, ec] of [
    [{}, '0003-00000501'],
    [{ referer: 'http://c/' }, '0003-00000502'],
    [{ referer: 'http://b/' }, '0003-00000503'],
  ] as [Record<string, string>, string][]) {
    const refused = denied('You are denied by bucket referer policy.', ec);
    for (const signature of ['anonymous', 'v1-url', 'v4-url'] as const) {
      await expectRefused({ ...get, headers, signature }, refused);
      await expectRefused({ ...get, method: 'HEAD', headers, signature }, refused);
    }
  }
});

test('without a signature no account can pay', async () => {
  await makeBucket(
    'paid',
    'public-read-write',
    'requestPayment',
    '<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>',
  );
  const refused = denied('Access denied for requester pay bucket', '0003-00000703');
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
    await expectRefused({ method, bucket: 'paid', key: 'k', signature: 'anonymous' }, refused);
  }
});

test('logs into a bucket of another account', async () => {
  const bucket = 'logging';
  await made({ method: 'PUT', bucket });
  const rest = {
    ownerId: 'somebody-else',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  } as const;
  await server.store.createBucket({ name: 'foreign-logs', ...rest });
  const body =
    '<BucketLoggingStatus><LoggingEnabled><TargetBucket>foreign-logs</TargetBucket></LoggingEnabled></BucketLoggingStatus>';
  const message = 'put bucket log requester is not target bucket owner.';
  const refused = { status: 403, code: 'InvalidTargetBucketForLogging', message, ec: '0032-00000009' };
  await expectRefused({ method: 'PUT', bucket, query: { logging: '' }, body }, refused);
});

describe('retention', () => {
  const bucket = 'retained';
  const period = (root: string, days: number) =>
    `<${root}><RetentionPeriodInDays>${days}</RetentionPeriodInDays></${root}>`;
  const initiate: TestRequest = {
    method: 'POST',
    bucket,
    query: { worm: '' },
    body: period('InitiateWormConfiguration', 2),
  };
  const extend = (wormId: string, days: number): TestRequest => ({
    method: 'POST',
    bucket,
    query: { wormId, wormExtend: '' },
    body: period('ExtendWormConfiguration', days),
  });
  const complete = (wormId: string): TestRequest => ({ method: 'POST', bucket, query: { wormId } });
  const abort: TestRequest = { method: 'DELETE', bucket, query: { worm: '' } };
  const missing: ExactError = {
    status: 404,
    code: 'NoSuchWORMConfiguration',
    message: 'The WORM Configuration does not exist.',
    details: [['BucketName', bucket]],
  };
  const exists = {
    status: 409,
    code: 'WORMConfigurationAlreadyExists',
    message: 'The WORM Configuration already exists.',
  };
  const locked = { status: 403, code: 'WORMConfigurationLocked', message: 'The WORM Configuration is locked.' };
  const notLonger = { status: 400, code: 'InvalidWORMConfiguration', message: 'Invalid WORM Configuration.' };
  const immutable = { status: 409, code: 'FileImmutable', message: 'The object you specified is immutable.' };

  test('each of its refusals, from before it is there to after it is locked', async () => {
    await made({ method: 'PUT', bucket });
    await made({ method: 'PUT', bucket, key: 'k', body: 'x' });
    for (const request of [{ ...abort, method: 'GET' }, abort, complete('X'), extend('X', 3)]) {
      await expectRefused(request, request.method === 'GET' ? { ...missing, ec: '0027-00000009' } : missing);
    }
    const wormId = (await made(initiate))['x-oss-worm-id'] ?? '';
    await expectRefused(initiate, exists);
    await expectRefused(complete('OTHER'), missing);
    await expectRefused(extend('OTHER', 3), missing);
    await expectRefused(extend(wormId, 3), notLonger);
    await made(complete(wormId));
    for (const request of [abort, complete(wormId)]) await expectRefused(request, locked);
    await expectRefused(initiate, exists);
    await expectRefused(extend(wormId, 2), notLonger);
    for (const request of [{ method: 'PUT', body: 'y' }, { method: 'DELETE' }] as const) {
      await expectRefused({ ...request, bucket, key: 'k' }, immutable);
    }
  });

  test('a period that is not locked within a day ends', async () => {
    const request = { ...initiate, bucket: 'unlocked' };
    await made({ method: 'PUT', bucket: 'unlocked' });
    const wormId = (await made(request))['x-oss-worm-id'] ?? '';
    nowMs += DAY_MS;
    const gone = { ...missing, details: [['BucketName', 'unlocked']] as const };
    await expectRefused({ ...complete(wormId), bucket: 'unlocked' }, gone);
  });
});
