/**
 * Bodies that are longer or shorter than their Content-Length says, sent byte by byte as a client would (line 25 of the
 * list of differences).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signRequest } from '../harness/sign-request.js';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';

const BUCKET = 'lengths';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket: BUCKET });
  await server.send({ method: 'PUT', bucket: BUCKET, key: 'stored', body: 'stored bytes' });
});

afterAll(() => server.close());

interface Asked {
  readonly method: string;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Head of a signed request, with its empty line. */
function headOf({ method, key, query = {}, headers = {} }: Asked): string {
  const target = { method, bucket: BUCKET, ...(key !== undefined && { key }), query, headers };
  const signed = signRequest(target, 'v1', ROOT, Date.now());
  const search = Object.entries(query).map(([name, value]) => (value === '' ? name : `${name}=${value}`));
  const path = `/${BUCKET}/${key ?? ''}${search.length === 0 ? '' : `?${search.join('&')}`}`;
  const lines = Object.entries({ host: server.host, ...signed.headers }).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

/** Sends a piece and, once `until` of what has come says so, the rest. @returns All that came until the end. */
async function converse(pieces: readonly string[], until: (text: string) => boolean = () => true): Promise<string> {
  const [first = '', ...more] = pieces;
  const connection = await server.connect();
  await connection.send(first);
  await connection.until(() => until(connection.pending));
  for (const piece of more) await connection.send(piece);
  return connection.ended();
}

function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

async function contentOf(key: string): Promise<string> {
  return (await server.send({ method: 'GET', bucket: BUCKET, key })).body.toString();
}

const EXTRAS: readonly (readonly [string, string])[] = [
  ['text', ' and more'],
  ['text that looks like a method', 'WORLD'],
  ['text that begins as a request does', 'GET my bytes back'],
  ['lines', '\r\n\r\nmore\r\n'],
  ['binary', '\x00\x01\xff'],
  ['another version of HTTP', 'GET / HTTP/2.0\r\n\r\n'],
];

describe.each(EXTRAS)('%s behind the body', (name, extra) => {
  const uploads: readonly (readonly [string, Asked])[] = [
    ['PutObject', { method: 'PUT', key: 'put' }],
    [
      'AppendObject',
      { method: 'POST', key: `appended-${name}`.replaceAll(' ', '-'), query: { append: '', position: '0' } },
    ],
  ];
  test.each(uploads)('%s succeeds, and the connection ends', async (_, asked) => {
    const head = headOf({ ...asked, headers: { 'content-length': '5' } });
    const text = await converse([`${head}hello${extra}`]);
    expect(statusesOf(text)[0]).toBe(200);
    expect(statusesOf(text).slice(1)).toEqual([400]);
    expect(await contentOf(asked.key ?? '')).toBe('hello');
  });

  test('also when it comes behind the answer', async () => {
    const head = headOf({ method: 'PUT', key: 'late', headers: { 'content-length': '5' } });
    const text = await converse([`${head}hello`, extra], (seen) => seen.includes('\r\n\r\n'));
    expect(statusesOf(text)).toEqual([200, 400]);
    expect(await contentOf('late')).toBe('hello');
  });

  test('a document succeeds, too', async () => {
    const document = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
    const headers = { 'content-length': String(document.length) };
    const head = headOf({ method: 'PUT', key: 'stored', query: { tagging: '' }, headers });
    expect(statusesOf(await converse([`${head}${document}${extra}`]))).toEqual([200, 400]);
  });
});

test('what is behind a body is carried out only when it is a request of its own, signed as any other', async () => {
  const put = headOf({ method: 'PUT', key: 'first', headers: { 'content-length': '5' } });
  const unsigned = `DELETE /${BUCKET}/stored HTTP/1.1\r\nHost: ${server.host}\r\n\r\n`;
  const close = headOf({ method: 'GET', key: 'first', headers: { connection: 'close' } });
  const text = await converse([`${put}hello${unsigned}${close}`]);
  expect(statusesOf(text)).toEqual([200, 403, 200]);
  expect(text.endsWith('hello')).toBe(true);
  expect(await contentOf('stored')).toBe('stored bytes');
});

describe('a body that is announced and does not come', () => {
  test.each([
    ['GET', 'stored', 200],
    ['HEAD', 'stored', 200],
    ['GET', 'missing', 404],
    ['DELETE', 'missing', 204],
  ] as const)('%s %s: the answer, and the connection ends', async (method, key, status) => {
    for (const headers of [{ 'content-length': '100' }, { 'transfer-encoding': 'chunked' }] as const) {
      const text = await converse([headOf({ method, key, headers })]);
      expect([headers, statusesOf(text)]).toEqual([headers, [status]]);
      expect(text).toMatch(/\r\nConnection: close\r\n/);
      if (status === 200 && method === 'GET') expect(text.endsWith('stored bytes')).toBe(true);
    }
  });

  test('one that comes is read, and the connection stays', async () => {
    const get = headOf({ method: 'GET', key: 'stored', headers: { 'content-length': '3' } });
    const last = headOf({ method: 'HEAD', key: 'stored', headers: { connection: 'close' } });
    const text = await converse([`${get}abc`, last], (seen) => seen.includes('stored bytes'));
    expect(statusesOf(text)).toEqual([200, 200]);
    expect(text).toMatch(/\r\nConnection: keep-alive\r\n/);
  });
});
