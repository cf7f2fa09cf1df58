/**
 * What a page of another origin can do with the extensions: a preflight lets it send their headers, and every answer
 * lets it read what they say. Walks over the tables of headers and operations.
 */
import { EXTENSION_HEADERS, EXTENSION_PREFIX, OPERATION_NAMES, OPERATIONS } from '@annals/protocol';
import { OPERATION_ROWS } from '@annals/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { headOf, type RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { visitHost } from './visit-host.js';

const bucket = 'pages';
const origin = 'https://app.example.com';
/** Of every answer, and nothing that a page needs. */
const OF_ALL_ANSWERS = ['x-oss-server-time', 'x-oss-ec', 'x-oss-storage-class'];

let server: TestServer;

const corsOf = (allowedHeader: string): string =>
  `<CORSConfiguration><CORSRule><AllowedOrigin>${origin}</AllowedOrigin>${['GET', 'PUT', 'POST', 'DELETE', 'HEAD']
    .map((method) => `<AllowedMethod>${method}</AllowedMethod>`)
    .join('')}<AllowedHeader>${allowedHeader}</AllowedHeader></CORSRule></CORSConfiguration>`;

beforeAll(async () => {
  server = await startTestServer({ storeSettings: { appendable: { overwrite: 'allow' } } });
  for (const [name, allowedHeader] of [
    [bucket, '*'],
    ['pages-of-annals', `${EXTENSION_PREFIX}*`],
  ] as const) {
    await server.send({ method: 'PUT', bucket: name });
    const query = { cors: '' };
    expect((await server.send({ method: 'PUT', bucket: name, query, body: corsOf(allowedHeader) })).status).toBe(200);
  }
});

afterAll(() => server.close());

const send = (request: Partial<TestRequest>): Promise<RawAnswer> =>
  server.send({ method: 'GET', bucket, key: 'log', ...request, headers: { origin, ...request.headers } });

const append = (key: string, position: string, headers: Record<string, string> = {}, body = 'abc') =>
  send({ method: 'POST', key, query: { append: '', position }, headers, body });

function exposedBy({ headers }: Pick<RawAnswer, 'headers'>): readonly string[] {
  expect(headers['access-control-allow-origin']).toBe(origin);
  return (headers['access-control-expose-headers'] ?? '').split(', ').map((name) => name.toLowerCase());
}

const EXTENDED = OPERATION_NAMES.map((name) => ({
  name,
  headers: (OPERATION_ROWS[name].extensions ?? []).filter((extension) => extension.startsWith(EXTENSION_PREFIX)),
})).filter(({ headers }) => headers.length > 0);

describe('a preflight', () => {
  test.each(EXTENDED)('lets a page send the extension headers of $name', async ({ name, headers }) => {
    for (const pages of [bucket, 'pages-of-annals']) {
      const answer = await visitHost(server.host, 'OPTIONS', `/${pages}/log?append&position=auto`, {
        origin,
        'access-control-request-method': OPERATIONS[name].methods[0] ?? '',
        'access-control-request-headers': headers.join(','),
      });
      expect(answer.status).toBe(200);
      expect(answer.headers['access-control-allow-headers']).toBe(headers.join(', '));
      expect(exposedBy(answer)).toEqual(expect.arrayContaining([...EXTENSION_HEADERS]));
    }
  });

  test('knows every extension header that an operation has', () => {
    const known = new Set(EXTENSION_HEADERS);
    expect(EXTENDED.flatMap(({ headers }) => headers).filter((header) => !known.has(header))).toEqual([]);
  });
});

describe('an answer lets a page read what it says', () => {
  test.each<[string, (key: string) => Promise<Pick<RawAnswer, 'headers' | 'status'>>, number, readonly string[]]>([
    [
      'an append with everything',
      (key) =>
        append(key, 'auto', {
          'x-oss-annals-append-id': 'a',
          'x-oss-annals-writer-epoch': '1',
          'x-oss-annals-max-length': '9',
        }),
      200,
      ['x-oss-annals-append-position', 'x-oss-annals-append-id', 'x-oss-next-append-position'],
    ],
    [
      'a repeat',
      async (key) => {
        await append(key, '0', { 'x-oss-annals-append-id': 'a' });
        return append(key, '0', { 'x-oss-annals-append-id': 'a' });
      },
      200,
      ['x-oss-annals-replayed'],
    ],
    [
      'a conflict',
      async (key) => {
        await append(key, '0');
        return append(key, '1');
      },
      409,
      ['x-oss-annals-last-append-length', 'x-oss-annals-last-append-crc64', 'x-oss-hash-crc64ecma'],
    ],
    [
      'a fenced writer',
      async (key) => {
        await append(key, '0', { 'x-oss-annals-writer-epoch': '2' });
        return append(key, '3', { 'x-oss-annals-writer-epoch': '1' });
      },
      412,
      ['x-oss-annals-writer-epoch'],
    ],
    [
      'a follower',
      async (key) => {
        await append(key, '0');
        return headOf(await server.begin({ method: 'GET', bucket, key, query: { follow: '' }, headers: { origin } }));
      },
      200,
      ['x-oss-next-append-position', 'etag', 'x-oss-object-type'],
    ],
    [
      'a page with an EventSource, which sends no header of its own',
      async (key) => {
        await append(key, '0');
        const headers = { origin, accept: 'text/event-stream', 'last-event-id': '1' };
        const query = { follow: 'text' };
        return headOf(await server.begin({ method: 'GET', bucket, key, query, headers, signature: 'v4-url' }));
      },
      200,
      ['x-oss-next-append-position'],
    ],
    [
      'a long poll',
      async (key) => {
        await append(key, '0');
        return send({ key, query: { follow: 'once', position: '1' } });
      },
      206,
      ['content-range', 'x-oss-next-append-position'],
    ],
    [
      'a long poll at the end of a sealed object',
      async (key) => {
        await append(key, '0');
        await send({ method: 'POST', key, query: { seal: '', position: '3' } });
        return send({ key, query: { follow: 'once', position: '3' } });
      },
      204,
      ['x-oss-sealed-time', 'x-oss-next-append-position'],
    ],
    [
      'a follower behind the end',
      async (key) => {
        await append(key, '0');
        return send({ key, query: { follow: '', position: '9' } });
      },
      416,
      ['x-oss-next-append-position'],
    ],
    [
      'a conversion',
      async (key) => {
        await send({ method: 'PUT', key, body: 'abc' });
        return send({ method: 'POST', key, query: { convert: '', type: 'appendable' } });
      },
      200,
      ['x-oss-object-type', 'x-oss-next-append-position', 'etag'],
    ],
  ])('%s', async (name, ask, status, wanted) => {
    const answer = await ask(`log of ${name}`);
    expect(answer.status).toBe(status);
    const exposed = exposedBy(answer);
    expect(Object.keys(answer.headers)).toEqual(expect.arrayContaining([...wanted]));
    const said = Object.keys(answer.headers).filter((header) => header.startsWith('x-oss-') || wanted.includes(header));
    expect(said.filter((header) => !exposed.includes(header) && !OF_ALL_ANSWERS.includes(header))).toEqual([]);
  });

  test('a bucket that says how it treats repeats', async () => {
    const answer = await server.send({
      method: 'PUT',
      bucket,
      headers: { origin, 'x-oss-annals-appendable-replay': 'same-bytes' },
    });
    expect(answer.headers['x-oss-annals-appendable-replay']).toBe('same-bytes');
    expect(exposedBy(answer)).toContain('x-oss-annals-appendable-replay');
  });
});
