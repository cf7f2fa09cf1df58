/**
 * Every documented refusal of a signature, compared whole, on GET and on HEAD; and what must not be refused beside it.
 * Forms have a file of their own.
 */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { type KeyPair, type SignatureKind, signRequest } from '../harness/sign-request.js';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { type ExactError, expectExactError } from './error-document.js';
import { denied, hexPairs, invalidAuthentication, mismatch, skewed, unknownKey } from './signature-refusals.js';

const BUCKET = 'signed';
const KEY = 'a b/ü';
/** A whole second: signed times have no smaller part. */
const NOW_MS = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WRONG_SECRET: KeyPair = { ...ROOT, accessKeySecret: 'wrong' };

/** Of any region, and of one. */
let server: TestServer;
let regional: TestServer;

beforeAll(async () => {
  server = await startTestServer({ clock: () => NOW_MS });
  regional = await startTestServer({ clock: () => NOW_MS, settings: { region: 'cn-beijing' } });
  await server.send({ method: 'PUT', bucket: BUCKET });
  await server.send({ method: 'PUT', bucket: BUCKET, key: KEY, body: 'x' });
});

afterAll(async () => {
  await server.close();
  await regional.close();
});

/** What is sent instead of what was signed; `undefined` leaves it out. */
interface Change {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly query?: Readonly<Record<string, string | undefined>>;
}

interface Signing {
  readonly kind: SignatureKind;
  readonly keys?: KeyPair;
  readonly atMs?: number;
  /** Signed with the rest. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly change?: (signed: {
    headers: Readonly<Record<string, string>>;
    query: Readonly<Record<string, string>>;
  }) => Change;
  readonly at?: 'regional';
}

function sendSigned(method: string, signing: Signing): Promise<RawAnswer> {
  const { kind, keys = ROOT, atMs = NOW_MS, headers = {}, query = {}, change } = signing;
  const target = { method, bucket: BUCKET, key: KEY };
  const signed = signRequest({ ...target, headers, query }, kind, keys, atMs);
  const changed = change?.(signed) ?? {};
  return (signing.at === 'regional' ? regional : server).send({
    ...target,
    signature: 'anonymous',
    headers: present({ ...signed.headers, ...changed.headers }),
    query: present({ ...signed.query, ...changed.query }),
  });
}

function present(entries: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

const NEEDS_DATE = denied('OSS authentication requires a valid Date.');
const URL_INCOMPLETE = denied(
  'Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters',
);
const INCOMPLETE = 'AccessKeyId or Signature is missing in Authorization header value.';
const EXPIRED_V1 = denied('Request has expired.', '0002-00000069');
const EXPIRED_V4 = denied('Request has expired.', '0002-00000236');

const authorization = (text: string) => () => ({ headers: { authorization: text } });
const replaceIn = (text: string | undefined, from: string | RegExp, to: string) => (text ?? '').replace(from, to);
const credential =
  (from: string, to: string): NonNullable<Signing['change']> =>
  ({ headers, query }) => ({
    headers: { authorization: headers.authorization && replaceIn(headers.authorization, from, to) },
    query: { 'x-oss-credential': query['x-oss-credential'] && replaceIn(query['x-oss-credential'], from, to) },
  });
const header = (name: string, value: string | undefined) => () => ({ headers: { [name]: value } });
const parameter = (name: string, value: string | undefined) => () => ({ query: { [name]: value } });

describe.each(['GET', 'HEAD'])('%s', (method) => {
  test.each<[string, Signing, ExactError]>([
    [
      'an empty Authorization',
      { kind: 'v1', change: authorization(' ') },
      invalidAuthentication('Authorization header value is empty.'),
    ],
    [
      'another scheme',
      { kind: 'v1', change: authorization('Basic YTpi') },
      invalidAuthentication('Authorization header is invalid.', '0002-00000061'),
    ],
    [
      'no signature',
      { kind: 'v1', change: authorization('OSS ak') },
      invalidAuthentication(INCOMPLETE, '0002-00000062'),
    ],
    [
      'nothing behind the colon',
      { kind: 'v1', change: authorization('OSS ak:') },
      invalidAuthentication(INCOMPLETE, '0002-00000065'),
    ],
    [
      'no access key',
      { kind: 'v1', change: authorization('OSS :c2ln') },
      invalidAuthentication(INCOMPLETE, '0002-00000063'),
    ],
    [
      'three parts',
      { kind: 'v1', change: authorization('OSS a:b:c') },
      invalidAuthentication('Authorization header is invalid.', '0002-00000062'),
    ],
    [
      'V4 without a credential',
      { kind: 'v1', change: authorization('OSS4-HMAC-SHA256 Signature=0a') },
      invalidAuthentication(INCOMPLETE, '0002-00000202'),
    ],
    ['V1 without a date', { kind: 'v1', change: header('date', undefined) }, NEEDS_DATE],
    ['V1 with a bad date', { kind: 'v1', change: header('date', 'yesterday') }, NEEDS_DATE],
    ['V4 without a date', { kind: 'v4', change: header('x-oss-date', undefined) }, NEEDS_DATE],
    ['V4 with a bad date', { kind: 'v4', change: header('x-oss-date', '20261131T000000Z') }, NEEDS_DATE],
    ['V1 a day late', { kind: 'v1', atMs: NOW_MS - DAY_MS }, skewed(NOW_MS - DAY_MS, NOW_MS)],
    ['V1 a day early', { kind: 'v1', atMs: NOW_MS + DAY_MS }, skewed(NOW_MS + DAY_MS, NOW_MS)],
    ['V1 a second too late', { kind: 'v1', atMs: NOW_MS - 901_000 }, skewed(NOW_MS - 901_000, NOW_MS)],
    ['V4 a day late', { kind: 'v4', atMs: NOW_MS - DAY_MS }, skewed(NOW_MS - DAY_MS, NOW_MS)],
    ['V4 a day early', { kind: 'v4', atMs: NOW_MS + DAY_MS }, skewed(NOW_MS + DAY_MS, NOW_MS)],
    ['V1 of nobody', { kind: 'v1', keys: { ...ROOT, accessKeyId: 'nobody' } }, unknownKey('nobody')],
    ['V1 of nobody in a URL', { kind: 'v1-url', keys: { ...ROOT, accessKeyId: 'nobody' } }, unknownKey('nobody')],
    ['V4 of nobody', { kind: 'v4', keys: { ...ROOT, accessKeyId: 'nobody' } }, unknownKey('nobody')],
    ['V4 of nobody in a URL', { kind: 'v4-url', keys: { ...ROOT, accessKeyId: 'nobody' } }, unknownKey('nobody')],
    ['a V1 URL without key', { kind: 'v1-url', change: parameter('OSSAccessKeyId', undefined) }, URL_INCOMPLETE],
    ['a V1 URL without end', { kind: 'v1-url', change: parameter('Expires', undefined) }, URL_INCOMPLETE],
    ['a V1 URL without signature', { kind: 'v1-url', change: parameter('Signature', undefined) }, URL_INCOMPLETE],
    [
      'a V1 URL with an end that is no number',
      { kind: 'v1-url', change: parameter('Expires', 'soon') },
      denied('Invalid date (should be seconds since epoch).', '0002-00000070'),
    ],
    ['a V1 URL that has expired', { kind: 'v1-url', atMs: NOW_MS - HOUR_MS }, EXPIRED_V1],
    [
      'a V1 URL that has expired and is wrong',
      { kind: 'v1-url', atMs: NOW_MS - HOUR_MS, keys: WRONG_SECRET },
      EXPIRED_V1,
    ],
    [
      'a signature in the header and one in the URL',
      { kind: 'v1', change: parameter('Signature', 'x') },
      invalidAuthentication(
        'Only one auth mechanism allowed; authentication information is in both the header and the URL.',
      ),
    ],
    [
      'a V4 signature in the header and one in the URL',
      { kind: 'v4-url', change: authorization('OSS a:b') },
      invalidAuthentication(
        'Only one auth mechanism allowed; authentication information is in both the header and the URL.',
      ),
    ],
    [
      'a V4 URL without its validity',
      { kind: 'v4-url', change: parameter('x-oss-expires', undefined) },
      invalidAuthentication('The x-oss-expires parameter is missing.', '0002-00000215'),
    ],
    ...['0', '604801', '-1', 'x', '1e3'].map((seconds): [string, Signing, ExactError] => [
      `a V4 URL good for ${seconds} seconds`,
      { kind: 'v4-url', change: parameter('x-oss-expires', seconds) },
      invalidAuthentication('The x-oss-expires parameter must be from 1 to 604800 seconds.', '0002-00000232'),
    ]),
    ['a V4 URL that has expired', { kind: 'v4-url', atMs: NOW_MS - 601_000 }, EXPIRED_V4],
    [
      'a V4 URL that has expired and is wrong',
      { kind: 'v4-url', atMs: NOW_MS - 601_000, keys: WRONG_SECRET },
      EXPIRED_V4,
    ],
    ['a V4 URL from the future', { kind: 'v4-url', atMs: NOW_MS + HOUR_MS }, skewed(NOW_MS + HOUR_MS, NOW_MS)],
    ['a V4 URL without a date', { kind: 'v4-url', change: parameter('x-oss-date', undefined) }, NEEDS_DATE],
    [
      'a V4 URL of an unknown version',
      { kind: 'v4-url', change: parameter('x-oss-signature-version', 'OSS5') },
      invalidAuthentication('Invalid signature version in the URL.'),
    ],
    [
      'a short credential',
      { kind: 'v4', change: credential('/aliyun_v4_request', '') },
      invalidAuthentication('Invalid credential in Authorization header.'),
    ],
    [
      'a short credential in a URL',
      { kind: 'v4-url', change: credential('/aliyun_v4_request', '') },
      invalidAuthentication('The credential in the URL is invalid.'),
    ],
    [
      'the day of another date',
      { kind: 'v4', change: credential('/20261121/', '/20261120/') },
      invalidAuthentication('Invalid signing date in Authorization header.'),
    ],
    [
      'the day of another date in a URL',
      { kind: 'v4-url', change: credential('/20261121/', '/20261120/') },
      invalidAuthentication('The signing date in credential is invalid.'),
    ],
    [
      'another region',
      { kind: 'v4', at: 'regional' },
      invalidAuthentication('Invalid signing region in Authorization header.', '0002-00000226'),
    ],
    [
      'another region in a URL',
      { kind: 'v4-url', at: 'regional' },
      invalidAuthentication('The signing region in credential is invalid.', '0002-00000226'),
    ],
    [
      'another product',
      { kind: 'v4', change: credential('/oss/', '/ecs/') },
      invalidAuthentication('Invalid signing product in Authorization header.', '0002-00000227'),
    ],
    [
      'another product in a URL',
      { kind: 'v4-url', change: credential('/oss/', '/ecs/') },
      invalidAuthentication('The signing product in credential is invalid.', '0002-00000227'),
    ],
    [
      'a hash of the body',
      { kind: 'v4', change: header('x-oss-content-sha256', 'ab12') },
      invalidAuthentication('The x-oss-content-sha256 header must be UNSIGNED-PAYLOAD.'),
    ],
    [
      'a token of nobody',
      { kind: 'v4', headers: { 'x-oss-security-token': 'token' } },
      { status: 403, code: 'InvalidSecurityToken', message: 'The security token you provided is invalid.' },
    ],
    [
      'a token of nobody in a V1 URL',
      { kind: 'v1-url', query: { 'security-token': 'token' } },
      { status: 403, code: 'InvalidSecurityToken', message: 'The security token you provided is invalid.' },
    ],
    [
      'a temporary key without a token',
      { kind: 'v4', keys: { ...ROOT, accessKeyId: 'STS.nobody' } },
      unknownKey('STS.nobody'),
    ],
  ])('%s', async (_what, signing, expected) => {
    const { host } = signing.at === 'regional' ? regional : server;
    expectExactError(await sendSigned(method, signing), expected, host);
  });

  test.each<[SignatureKind, string]>([
    ['v1', `${method}\n\n\nSat, 21 Nov 2026 12:00:00 GMT\nx-oss-meta-a:1\n/${BUCKET}/${KEY}?versionId=null`],
    ['v1-url', `${method}\n\n\n${NOW_MS / 1000 + 600}\nx-oss-meta-a:1\n/${BUCKET}/${KEY}?versionId=null`],
    ['v4', 'OSS4-HMAC-SHA256\n20261121T120000Z\n20261121/cn-hangzhou/oss/aliyun_v4_request\n'],
    ['v4-url', 'OSS4-HMAC-SHA256\n20261121T120000Z\n20261121/cn-hangzhou/oss/aliyun_v4_request\n'],
  ])('a wrong signature, %s: what the server would have signed, in text and in bytes', async (kind, text) => {
    const signing = { kind, keys: WRONG_SECRET, headers: { 'x-oss-meta-a': '1' }, query: { versionId: 'null' } };
    const answer = await sendSigned(method, signing);
    const document = answer.headers['x-oss-err'] ? Buffer.from(answer.headers['x-oss-err'], 'base64') : answer.body;
    const signed =
      /<StringToSign>([\s\S]*?)<\/StringToSign>/.exec(document.toString())?.[1]?.replaceAll('&#10;', '\n') ?? '';
    expect(kind.startsWith('v4') ? signed.slice(0, -64) : signed).toBe(text);
    const canonical = new RegExp(
      `${method}\\n/${BUCKET}/a%20b/%C3%BC\\n[^\\n]*\\n(?:x-oss-[a-z0-9-]+:[^\\n]*\\n)*x-oss-meta-a:1\\n\\n\\nUNSIGNED-PAYLOAD`,
    );
    expectExactError(
      answer,
      mismatch([
        ['OSSAccessKeyId', ROOT.accessKeyId],
        ['SignatureProvided', /\S+/],
        ['StringToSign', signed],
        ['StringToSignBytes', hexPairs(signed)],
        ...(kind.startsWith('v4') ? [['CanonicalRequest', canonical] as const] : []),
      ]),
      server.host,
    );
  });

  test.each<[string, Signing]>([
    ['V1 fifteen minutes late', { kind: 'v1', atMs: NOW_MS - 900_000 }],
    ['V1 fifteen minutes early', { kind: 'v1', atMs: NOW_MS + 900_000 }],
    ['a V4 URL from yesterday that is still good', { kind: 'v4-url', atMs: NOW_MS - 599_000 }],
    ['a V1 URL on its last second', { kind: 'v1-url', atMs: NOW_MS - 600_000 }],
    [
      'V4 with spaces behind its commas',
      {
        kind: 'v4',
        change: ({ headers }) => ({ headers: { authorization: replaceIn(headers.authorization, ',', ', ') } }),
      },
    ],
  ])('%s is taken', async (_what, signing) => {
    expect((await sendSigned(method, signing)).status).toBe(200);
  });

  test('x-oss-date stands in the place of Date, and is signed as a header as well', async () => {
    const date = new Date(NOW_MS).toUTCString();
    const text = `${method}\n\n\n${date}\nx-oss-date:${date}\n/${BUCKET}/${KEY}`;
    const signature = createHmac('sha1', ROOT.accessKeySecret).update(text).digest('base64');
    const headers = { date: 'nonsense', 'x-oss-date': date, authorization: `OSS ${ROOT.accessKeyId}:${signature}` };
    const target = { method, bucket: BUCKET, key: KEY, signature: 'anonymous' } as const;
    expect((await server.send({ ...target, headers })).status).toBe(200);
  });
});

test('of a parameter that is repeated the first value counts', async () => {
  const { query } = signRequest(
    { method: 'GET', bucket: BUCKET, key: KEY, query: {}, headers: {} },
    'v1-url',
    ROOT,
    NOW_MS,
  );
  const statusOf = async (text: string) => (await fetch(`http://${server.host}/${BUCKET}/a%20b/%C3%BC?${text}`)).status;
  const text = new URLSearchParams(query).toString();
  expect(await statusOf(`${text}&Expires=1&Signature=x`)).toBe(200);
  expect(await statusOf(`Expires=1&${text}`)).toBe(403);
});
