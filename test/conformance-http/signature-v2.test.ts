/**
 * The legacy signature V2, written from its description: what is taken in a header and in a URL, and each refusal,
 * compared whole.
 */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encode } from '../harness/sign-request.js';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { type ExactError, expectExactError } from './error-document.js';
import { denied, invalidAuthentication, mismatch, skewed } from './signature-refusals.js';

const BUCKET = 'second';
const KEY = 'a b/ü';
const NOW_MS = Date.UTC(2026, 10, 21, 12);
const DATE = 'Sat, 21 Nov 2026 12:00:00 GMT';
const EXPIRES = String(NOW_MS / 1000 + 60);

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ clock: () => NOW_MS });
  await server.send({ method: 'PUT', bucket: BUCKET });
  await server.send({ method: 'PUT', bucket: BUCKET, key: KEY, body: 'x' });
});

afterAll(() => server.close());

type Entries = Readonly<Record<string, string>>;

interface Signing {
  /** Lower-case names; those that are not `x-oss-*` are signed as additional headers. */
  readonly headers?: Entries;
  readonly query?: Entries;
  readonly secret?: string;
  /** Date of a header, end of a URL. */
  readonly date?: string;
}

function textToSign({ headers = {}, query = {}, date = '' }: Signing): string {
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const additional = names.filter((name) => !name.startsWith('x-oss-')).join(';');
  const parameters = Object.entries(query)
    .map(([name, value]) => (value === '' ? encode(name) : `${encode(name)}=${encode(value)}`))
    .sort()
    .join('&');
  const resource = encode(`/${BUCKET}/${KEY}`) + (parameters === '' ? '' : `?${parameters}`);
  return `GET\n\n\n${date}\n${lines}${additional}\n${resource}`;
}

function sign(signing: Signing): string {
  return createHmac('sha256', signing.secret ?? ROOT.accessKeySecret)
    .update(textToSign(signing))
    .digest('base64');
}

const additionalOf = (headers: Entries = {}) =>
  Object.keys(headers)
    .filter((name) => !name.startsWith('x-oss-'))
    .sort()
    .join(';');

function get(headers: Entries, query: Entries = {}) {
  return server.send({ method: 'GET', bucket: BUCKET, key: KEY, signature: 'anonymous', headers, query });
}

function getByHeader(signing: Signing, change: (authorization: string) => string = (text) => text) {
  const date = signing.date ?? DATE;
  const additional = additionalOf(signing.headers);
  const signature = sign({ ...signing, date });
  const authorization = `OSS2 AccessKeyId:${ROOT.accessKeyId}${additional === '' ? '' : `,AdditionalHeaders:${additional}`},Signature:${signature}`;
  return get({ ...signing.headers, date, authorization: change(authorization) }, signing.query);
}

function getByUrl(signing: Signing, change: Readonly<Record<string, string | undefined>> = {}) {
  const date = signing.date ?? EXPIRES;
  const additional = additionalOf(signing.headers);
  const query = {
    ...signing.query,
    'x-oss-signature-version': 'OSS2',
    'x-oss-expires': date,
    'x-oss-access-key-id': ROOT.accessKeyId,
    ...(additional !== '' && { 'x-oss-additional-headers': additional }),
  };
  const signed = { ...query, 'x-oss-signature': sign({ ...signing, query, date }), ...change };
  const present = Object.entries(signed).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return get(signing.headers ?? {}, Object.fromEntries(present));
}

test.each<[string, Signing]>([
  ['nothing beside it', {}],
  ['headers of OSS', { headers: { 'x-oss-meta-b': '2', 'x-oss-meta-a': '1' } }],
  ['additional headers', { headers: { abc: 'value', 'x-oss-meta-a': '1', zabc: 'value' } }],
  ['parameters', { query: { versionId: 'null', 'response-content-type': 'text/plain; charset=utf-8' } }],
])('is taken with %s', async (_what, signing) => {
  expect((await getByHeader(signing)).status).toBe(200);
  expect((await getByUrl(signing)).status).toBe(200);
});

test.each<[string, () => ReturnType<typeof get>, ExactError]>([
  [
    'no signature',
    () => getByHeader({}, (text) => text.replace(/,Signature.*/, '')),
    invalidAuthentication('AccessKeyId or Signature is missing in Authorization header value.', '0002-00000102'),
  ],
  [
    'an unknown field',
    () => getByHeader({}, (text) => `${text},Other:x`),
    invalidAuthentication('Authorization header is invalid.', '0002-00000104'),
  ],
  ['a bad date', () => getByHeader({ date: 'today' }), denied('OSS authentication requires a valid Date.')],
  [
    'a date of yesterday',
    () => getByHeader({ date: 'Fri, 20 Nov 2026 12:00:00 GMT' }),
    skewed(NOW_MS - 86_400_000, NOW_MS),
  ],
  [
    'a URL without its end',
    () => getByUrl({}, { 'x-oss-expires': undefined }),
    denied(
      'Query-string authentication requires the x-oss-signature, x-oss-expires and x-oss-access-key-id parameters',
    ),
  ],
  [
    'a URL whose end is no number',
    () => getByUrl({ date: 'soon' }),
    denied('Invalid date (should be seconds since epoch).', '0002-00000070'),
  ],
  ['a URL that has expired', () => getByUrl({ date: String(NOW_MS / 1000 - 1) }), denied('Request has expired.')],
  [
    'another secret',
    () => getByHeader({ query: { versionId: 'null' }, secret: 'wrong' }),
    mismatch([
      ['OSSAccessKeyId', ROOT.accessKeyId],
      ['SignatureProvided', sign({ date: DATE, query: { versionId: 'null' }, secret: 'wrong' })],
      ['StringToSign', textToSign({ date: DATE, query: { versionId: 'null' } })],
      ['StringToSignBytes', /[0-9A-F]{2}(?: [0-9A-F]{2})*/],
    ]),
  ],
])('is refused with %s', async (_what, send, expected) => {
  expectExactError(await send(), expected, server.host);
});
