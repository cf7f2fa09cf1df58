/**
 * What no well-behaved client sends, or only a strange one: odd keys, header names in any case, headers given twice,
 * empty values, numbers too large.
 */
import { percentDecode } from '@annals/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { encodedPath, encodedQuery, signRequest } from '../harness/sign-request.js';
import { ROOT, startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectExactError } from './error-document.js';
import { expectError } from './expectations.js';
import {
  ACL_MESSAGE,
  invalidArgument,
  nameNotValid,
  nameTooLong,
  noDigest,
  noSuchKey,
  refusal,
  SSE_MESSAGE,
  TRAFFIC_MESSAGE,
} from './object-refusals.js';

const BUCKET = 'wild';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await send({ method: 'PUT' });
});

afterAll(() => server.close());

const notUtf8 = { ...nameNotValid, ec: '0016-00000004' };
const send = (request: TestRequest) => server.send({ bucket: BUCKET, ...request });

async function listedKeys(query: Record<string, string>): Promise<string[]> {
  const listing = await send({ method: 'GET', query: { ...query, 'max-keys': '1000' } });
  return [...listing.body.toString('utf8').matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key);
}

describe('keys', () => {
  test.each<[string, string]>([
    ['1023 bytes of ASCII', 'k'.repeat(1023)],
    ['1023 bytes of three each', '日'.repeat(341)],
    ['1020 bytes of four each', '😀'.repeat(255)],
    ['a byte of nothing', 'a\u0000b'],
    ['the lowest control character', 'a\u0001b'],
    ['a tab', 'a\tb'],
    ['a line end', 'a\r\nb'],
    ['a delete character', 'a\u007fb'],
    ['a control character above ASCII', 'a\u0085b'],
    ['what is no character', 'a\uffffb'],
    ['a step up', '../a'],
    ['a step up in the middle', 'a/../b'],
    ['a step up alone', '..'],
    ['a step nowhere', './a/./.'],
    ['empty segments', 'a//b///c'],
    ['a slash at the end', 'a/'],
    ['a backslash inside', 'a\\b'],
    ['a plus and a percent sign', 'a+b%20c%'],
    ['what a query begins with', 'a?acl&b=c#d'],
    ['what a query may not change', 'a?append&position=0'],
    ['markup', '<Key>&amp;"\'</Key>'],
    ['a space', ' '],
    ['spaces around', ' a '],
    ['a composed letter', 'caf\u00e9'],
    ['the same letter in two', 'cafe\u0301'],
    ['from right to left', 'שלום/\u202eabc'],
    ['a name of JavaScript', '__proto__'],
    ['another name of JavaScript', 'constructor'],
  ])('with %s are kept as they are', async (_name, key) => {
    expect((await send({ method: 'PUT', key, body: key })).status).toBe(200);
    const read = await send({ method: 'GET', key });
    expect([read.status, read.body.toString('utf8')]).toEqual([200, key]);
    expect((await send({ method: 'HEAD', key })).headers['content-length']).toBe(String(Buffer.byteLength(key)));
    const decoded = (await listedKeys({ 'encoding-type': 'url' })).map(percentDecode);
    expect(decoded).toEqual([{ text: key }]);
    expect((await send({ method: 'DELETE', key })).status).toBe(204);
    expectExactError(await send({ method: 'GET', key }), noSuchKey(inXml(key)), server.host);
    expectExactError(await send({ method: 'HEAD', key }), noSuchKey(inXml(key)), server.host);

    const append = (position: string) => send({ method: 'POST', key, query: { append: '', position }, body: 'x' });
    expect([(await append('0')).status, (await append('1')).status]).toEqual([200, 200]);
    const head = await send({ method: 'HEAD', key });
    expect(head.headers['x-oss-next-append-position']).toBe('2');
    expect((await send({ method: 'DELETE', key })).status).toBe(204);
    expect(await listedKeys({})).toEqual([]);
  });

  test('that differ only in form are different keys', async () => {
    const keys = ['cafe\u0301', 'caf\u00e9', 'CAF\u00c9'];
    for (const key of keys) await send({ method: 'PUT', key, body: key });
    for (const key of keys) expect((await send({ method: 'GET', key })).body.toString('utf8')).toBe(key);
    for (const key of keys) await send({ method: 'DELETE', key });
  });

  test('that XML cannot write are references in a document, or encoded', async () => {
    await send({ method: 'PUT', key: 'a\u0001', body: 'x' });
    expect(await listedKeys({})).toEqual(['a&#1;']);
    expect(await listedKeys({ 'encoding-type': 'url' })).toEqual(['a%01']);
    await send({ method: 'DELETE', key: 'a\u0001' });
  });

  test.each<[string, string, ReturnType<typeof refusal>]>([
    ['1024 bytes of ASCII', 'k'.repeat(1024), nameTooLong],
    ['1024 bytes of more than ASCII', `${'日'.repeat(341)}a`, nameTooLong],
    ['1024 bytes of four each', '😀'.repeat(256), nameTooLong],
    ['10,000 bytes', 'k'.repeat(10_000), nameTooLong],
    ['a slash in front', '/a', nameNotValid],
    ['a backslash in front', '\\a', nameNotValid],
  ])('with %s are refused to writers and readers', async (_name, key, expected) => {
    const requests: TestRequest[] = [
      { method: 'PUT', key, body: 'x' },
      { method: 'POST', key, query: { append: '', position: '0' }, body: 'x' },
      { method: 'POST', key, query: { uploads: '' } },
      { method: 'PUT', key, query: { symlink: '' }, headers: { 'x-oss-symlink-target': 'a' } },
      { method: 'GET', key },
      { method: 'HEAD', key },
      { method: 'DELETE', key },
    ];
    for (const request of requests) expectExactError(await send(request), expected, server.host);
  });

  const notEncoded = {
    ...refusal(400, 'InvalidArgument', 'The request path must be percent-encoded.', [['ArgumentName', 'path']]),
  };
  test.each<[string, ReturnType<typeof refusal>]>([
    ['%', notEncoded],
    ['%zz', notEncoded],
    ['%2', notEncoded],
    ['%FF', notUtf8],
    // Half of a pair, and a slash in two bytes.
    ['%ED%A0%80', notUtf8],
    ['%C0%AF', notUtf8],
  ])('sent as %s are refused', async (path, expected) => {
    const answer = await sendLines('GET', `/${BUCKET}/${path}`, []);
    expectExactError(answer, expected, server.host);
  });
});

describe('headers', () => {
  test.each<[string, (name: string) => string]>([
    ['upper', (name) => name.toUpperCase()],
    ['mixed', (name) => name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())],
  ])('with names in %s case are the same headers', async (_case, spell) => {
    const headers = { 'content-type': 'text/x-log', 'x-oss-meta-two-words': 'v', 'x-oss-storage-class': 'IA' };
    const answer = await sendSigned({ method: 'PUT', key: 'spelled', headers }, (lines) =>
      lines.map(([name, value]) => [spell(name), value]),
    );
    expect(answer.status).toBe(200);
    expect((await send({ method: 'HEAD', key: 'spelled' })).headers).toMatchObject(headers);
  });

  test('of user metadata given twice are one list', async () => {
    const answer = await sendTwice('x-oss-meta-colour', 'red', 'blue');
    expect(answer.status).toBe(200);
    expect((await send({ method: 'HEAD', key: 'twice' })).headers['x-oss-meta-colour']).toBe('red, blue');
  });

  test.each<[string, string, string, Parameters<typeof expectExactError>[1]]>([
    [
      'x-oss-object-acl',
      'private',
      'public-read',
      invalidArgument('x-oss-object-acl', 'private, public-read', ACL_MESSAGE),
    ],
    ['x-oss-object-acl', 'private', 'private', invalidArgument('x-oss-object-acl', 'private, private', ACL_MESSAGE)],
    ['x-oss-storage-class', 'IA', 'Standard', invalidArgument('x-oss-storage-class', 'IA, Standard')],
    ['x-oss-forbid-overwrite', 'false', 'true', invalidArgument('x-oss-forbid-overwrite', 'false, true')],
    [
      'x-oss-traffic-limit',
      '819200',
      '819200',
      invalidArgument('x-oss-traffic-limit', '819200, 819200', TRAFFIC_MESSAGE),
    ],
    ['x-oss-server-side-encryption', 'AES256', 'AES256', refusal(400, 'InvalidEncryptionAlgorithmError', SSE_MESSAGE)],
    ['content-md5', 'nhB9nTcrtoJr2B01QqQZ1g==', 'nhB9nTcrtoJr2B01QqQZ1g==', noDigest],
    [
      'x-oss-tagging',
      'a=1',
      'b=2',
      invalidArgument(
        'x-oss-tagging',
        'a=1, b=2',
        "The header 'x-oss-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
        '0010-00000219',
      ),
    ],
  ])('that have one value are refused when given twice: %s', async (name, first, second, expected) => {
    expectExactError(await sendTwice(name, first, second), expected, server.host);
  });

  test('in UTF-8 come back as they were sent', async () => {
    const headers = {
      'content-disposition': 'attachment; filename="日本 é.log"',
      'cache-control': 'private="é"',
      'x-oss-meta-author': 'Zoë 😀',
    };
    expect((await sendSigned({ method: 'PUT', key: 'utf-8', headers }, (lines) => lines)).status).toBe(200);
    for (const method of ['GET', 'HEAD']) expect((await send({ method, key: 'utf-8' })).headers).toMatchObject(headers);
    await send({ method: 'PUT', key: 'utf-8 copy', headers: { 'x-oss-copy-source': `/${BUCKET}/utf-8` } });
    expect((await send({ method: 'HEAD', key: 'utf-8 copy' })).headers).toMatchObject(headers);
  });

  test('without a value: metadata is kept empty, the rest is as if it were not there', async () => {
    const headers = {
      'x-oss-meta-empty': '',
      'content-type': '',
      'cache-control': '',
      'content-encoding': '',
      expires: '',
    };
    expect((await send({ method: 'PUT', key: 'empty', body: 'x', headers })).status).toBe(200);
    const read = await send({
      method: 'GET',
      key: 'empty',
      query: { 'response-content-type': '', 'response-expires': '' },
    });
    expect(read.headers).toMatchObject({ 'x-oss-meta-empty': '', 'content-type': 'application/octet-stream' });
    for (const name of ['cache-control', 'content-encoding', 'expires']) expect(read.headers[name]).toBeUndefined();
  });
});

describe('query parameters', () => {
  test('differ by case, and unknown ones are ignored', async () => {
    await send({ method: 'PUT', key: 'queried', body: 'hello' });
    for (const query of [
      { versionid: 'a b' },
      { VersionId: '' },
      { 'Response-Content-Type': 'a/b' },
      { objectmeta: '' },
    ]) {
      const answer = await send({ method: 'GET', key: 'queried', query });
      expect([answer.status, answer.body.toString('utf8')]).toEqual([200, 'hello']);
      expect(answer.headers['content-type']).toBe('application/octet-stream');
    }
  });

  test('given twice: the first counts, but two positions are refused', async () => {
    await send({ method: 'PUT', key: 'twice', body: 'hello' });
    const read = { method: 'GET', key: 'twice', query: { 'response-content-type': 'a/b' } };
    const answer = await sendSigned(read, (lines) => lines, '&response-content-type=c%2Fd');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'a/b']);
    for (const more of ['&position=0', '&position=7', '&position=auto']) {
      const append = { method: 'POST', key: 'two-positions', query: { append: '', position: '0' } };
      expectError(await sendSigned(append, (lines) => lines, more), { status: 400, code: 'InvalidArgument' });
    }
    expect((await send({ method: 'HEAD', key: 'two-positions' })).status).toBe(404);
  });

  test.each(['0', '1001', '-1', 'abc', '1.5', '1e2', '2147483648', '18446744073709551616'])(
    'a page of %s rows',
    async (size) => {
      for (const [name, query] of [
        ['max-keys', {}],
        ['max-keys', { 'list-type': '2' }],
        ['max-keys', { versions: '' }],
        ['max-uploads', { uploads: '' }],
      ] as const) {
        const answer = await send({ method: 'GET', query: { ...query, [name]: size } });
        expectExactError(answer, invalidArgument(name, size), server.host);
      }
    },
  );
});

type Lines = (readonly [name: string, value: string])[];

/** Sends a signed request without a body whose head, once signed, is written otherwise. */
function sendSigned(request: TestRequest, respell: (lines: Lines) => Lines, moreQuery = ''): Promise<RawAnswer> {
  const { method, key, query = {}, headers = {} } = request;
  const target = { method, bucket: BUCKET, ...(key !== undefined && { key }) };
  const signed = signRequest({ ...target, query, headers }, 'v4', ROOT, Date.now());
  const path = `${encodedPath(BUCKET, key)}?${encodedQuery(signed.query)}${moreQuery}`;
  return sendLines(method, path, respell(Object.entries(signed.headers)));
}

/** Puts `twice` with a header on two lines, signed as HTTP joins them. */
function sendTwice(name: string, first: string, second: string): Promise<RawAnswer> {
  const request = { method: 'PUT', key: 'twice', headers: { [name]: `${first},${second}` } };
  return sendSigned(request, (lines) =>
    lines.flatMap(
      (line): Lines =>
        line[0] === name
          ? [
              [name, first],
              [name, second],
            ]
          : [line],
    ),
  );
}

/** One request without a body over a connection of its own, written as given. */
async function sendLines(method: string, path: string, lines: Lines): Promise<RawAnswer> {
  const connection = await server.connect();
  const framing: Lines = [
    ['Host', server.host],
    ['Connection', 'close'],
    ['Content-Length', '0'],
  ];
  const head = [...framing, ...lines].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  await connection.send(Buffer.from(`${method} ${path} HTTP/1.1\r\n${head}\r\n`));
  const { status, headers, headerLines, body } = await connection.readAnswer(method);
  const headerNames = headerLines.map((line) => line.slice(0, line.indexOf(':')));
  return { status, headers: Object.fromEntries(headers), headerNames, body };
}

/** A key in an error document: what XML 1.0 cannot write is a replacement character there. */
function inXml(key: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  return key.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
}
