/**
 * Requests put together at random from everything that operations on objects take and much that they do not: each is
 * answered, none by a fault of the server, and every error is a whole document. The same seed gives the same requests.
 * What the answers say is for the other files.
 */
import { parseErrorHeader, parseErrorXml } from '@annals/protocol';
import { type SeededRandom, seededRandom } from '@annals/store/conformance';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { SIGNED_KINDS, type SignatureKind } from '../harness/sign-request.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';

const REQUEST_COUNT = 1200;
const BUCKET = 'random';
const V4 = ['v4', 'v4-url'] as const;
const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'];
const KEYS = [
  'k1',
  'k2',
  '日',
  'a//b',
  '..',
  '\u0000',
  '__proto__',
  'a\r\nb',
  '😀',
  '<&>"',
  'k'.repeat(1023),
  ' ',
  'a?b',
];

/**
 * What makes a request of an operation, and the methods it has; the values that matter to it come up more often than
 * others.
 */
const OPERATIONS: readonly (readonly [methods: string, query: Readonly<Record<string, readonly string[]>>])[] = [
  ['PUT', {}],
  ['PUT', {}],
  ['GET HEAD', {}],
  ['DELETE', {}],
  ['POST', { append: [''], position: ['0', '1', '2', '5', '-1', '18446744073709551616', ''] }],
  ['POST', { append: [''], position: ['0', '1'], versionId: ['null'] }],
  ['POST', { seal: [''], position: ['0', '1', '2'] }],
  ['PUT GET', { acl: [''] }],
  ['PUT GET DELETE', { tagging: [''] }],
  ['PUT GET', { symlink: [''] }],
  ['POST', { restore: [''] }],
  ['POST', { cleanRestoredObject: [''] }],
  ['POST', { uploads: [''] }],
  ['HEAD GET', { objectMeta: [''] }],
  ['POST GET DELETE', { uploadId: ['UPLOAD', 'UPLOAD', '', 'x'] }],
  ['PUT', { uploadId: ['UPLOAD'], partNumber: ['1', '2', '0', '10001', 'x'] }],
  ['GET HEAD DELETE', { versionId: ['VERSION', 'null', '', 'a b'] }],
];
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  'encoding-type': ['url', 'x'],
  'max-parts': ['1', '0', 'x'],
  'part-number-marker': ['1', '-1'],
  'response-content-type': ['a/b', 'a\r\nb', '日本'],
  'response-content-disposition': ['attachment', '日本'],
  'x-oss-traffic-limit': ['838860800', '1'],
  callback: ['e30='],
  versionId: ['VERSION', 'null', 'CAEQ'],
  nobody: ['\u0000', '\uffff', '%'],
};
/** What reads look at, and one that they do not. */
const READ_HEADERS: Readonly<Record<string, readonly string[]>> = {
  range: [
    'bytes=0-0',
    'bytes=0-0',
    'bytes=0-1',
    'bytes=9-',
    'bytes=-1',
    'bytes=0-0,1-1',
    'bytes=18446744073709551616-',
    'x',
  ],
  'x-oss-range-behavior': ['standard'],
  'x-oss-multi-range-behavior': ['multi-range'],
  'if-match': ['"x"', '*'],
  'if-none-match': ['"x"', '*'],
  'if-modified-since': ['Fri, 01 Jan 2100 00:00:00 GMT', 'x'],
  'accept-encoding': ['gzip'],
  origin: ['http://page.example'],
  'x-oss-tagging': ['%zz'],
};
/** What changes look at, and one that they refuse. */
const CHANGE_HEADERS: Readonly<Record<string, readonly string[]>> = {
  'x-oss-object-acl': ['private', 'public-read', 'x', ''],
  'x-oss-storage-class': ['Standard', 'IA', 'Archive', 'ColdArchive', 'x'],
  'x-oss-server-side-encryption': ['AES256', 'KMS', 'SM4', 'x'],
  'x-oss-server-side-encryption-key-id': ['k'],
  'x-oss-tagging': ['a=1', 'a=1&a=2', '%zz', ''],
  'x-oss-tagging-directive': ['Replace', 'x'],
  'x-oss-metadata-directive': ['REPLACE', 'COPY', 'x'],
  'x-oss-copy-source': ['/random/k1', '/random/k2?versionId=null', '/random/%E6%97%A5', '/random/missing', 'x'],
  'x-oss-copy-source-range': ['bytes=0-1', 'bytes=9-', 'x'],
  'x-oss-copy-source-if-match': ['"x"', '*'],
  'x-oss-copy-source-if-modified-since': ['Fri, 01 Jan 2100 00:00:00 GMT', 'x'],
  'x-oss-forbid-overwrite': ['true', 'false', 'x'],
  'x-oss-symlink-target': ['k1', 'k2', '%E6%97%A5', '%00', '', '%zz'],
  'x-oss-meta-a': ['', 'é', 'x'.repeat(3000)],
  'x-oss-meta-__proto__': ['x'],
  'x-oss-hash-crc64ecma': ['0', '18446744073709551615', 'x'],
  'content-md5': ['1B2M2Y8AsgTpgAmY7PhCfg==', 'x'],
  'content-type': ['text/plain', 'é', ''],
  'content-encoding': ['gzip', ''],
  'x-oss-complete-all': ['yes', 'no'],
  'x-oss-callback': ['e30='],
  'if-match': ['*'],
};
const BODIES = [
  undefined,
  '',
  'x',
  'x'.repeat(5000),
  '\u0000\ufffe',
  '<a/>',
  '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>',
  '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"x"</ETag></Part></CompleteMultipartUpload>',
  '<RestoreRequest><Days>2</Days></RestoreRequest>',
];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.close());

/** Ids that earlier answers told. */
interface KnownIds {
  readonly uploads: string[];
  readonly versions: string[];
}

const SEEDS: readonly [seed: number, versioning: string][] = [
  [20_260_103, 'never versioned'],
  [20_260_114, 'Enabled'],
  [20_260_105, 'Suspended'],
];
/** How often each status was met, whatever the seed. */
const counts = new Map<number, number>();

test.each(SEEDS)('seed %i, versions: %s', async (seed, versioning) => {
  const random = seededRandom(seed);
  const bucket = `${BUCKET}-${seed}`;
  await server.send({ method: 'PUT', bucket });
  if (versioning !== 'never versioned') {
    const body = `<VersioningConfiguration><Status>${versioning}</Status></VersioningConfiguration>`;
    await server.send({ method: 'PUT', bucket, query: { versioning: '' }, body });
  }
  const known: KnownIds = { uploads: [], versions: [] };
  let okCount = 0;
  for (let index = 0; index < REQUEST_COUNT; index += 1) {
    const request = randomRequest(random, bucket, known);
    const answer = await server.send(request);
    counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
    if (answer.status === 200) okCount += 1;
    expectWhole(answer, `request ${index}: ${JSON.stringify(request).slice(0, 1000)}`);
    remember(answer, known);
  }
  // Hardly anything would be tried if most requests failed for the same reason.
  expect(okCount).toBeGreaterThan(REQUEST_COUNT / 20);
});

// Of all seeds together: a rare answer may pass one of them by.
test('every kind of answer was met', () => {
  for (const status of [200, 204, 206, 304, 400, 404, 405, 409, 412]) {
    expect(counts.get(status) ?? 0, `answers with ${status}`).toBeGreaterThan(SEEDS.length);
  }
});

function randomRequest(random: SeededRandom, bucket: string, known: KnownIds): TestRequest {
  const one = <Item>(items: readonly Item[]): Item => items[random.below(items.length)] as Item;
  const fill = (text: string) => {
    if (text === 'UPLOAD') return known.uploads.length === 0 ? '' : one(known.uploads);
    if (text === 'VERSION') return known.versions.length === 0 ? 'null' : one(known.versions);
    return text.replace('/random/', `/${bucket}/`);
  };
  const some = (from: Readonly<Record<string, readonly string[]>>, countMax: number) =>
    Object.fromEntries(
      Array.from({ length: random.below(countMax + 1) }, () => {
        const name = one(Object.keys(from));
        return [name, fill(one(from[name] ?? []))];
      }),
    );
  const [methods, parameters] = one(OPERATIONS);
  const operation = Object.entries(parameters).map(([name, values]) => [name, fill(one(values))]);
  const method = one(random.below(8) === 0 ? METHODS : methods.split(' '));
  const body = method === 'PUT' || method === 'POST' ? one(BODIES) : undefined;
  const query = { ...Object.fromEntries(operation), ...(random.below(3) === 0 && some(PARAMETERS, 2)) };
  return {
    method,
    bucket,
    key: one(random.below(2) === 0 ? KEYS.slice(0, 2) : KEYS),
    query,
    headers: some(method === 'GET' || method === 'HEAD' ? READ_HEADERS : CHANGE_HEADERS, 2),
    ...(body !== undefined && { body }),
    // Clients do not agree on what V1 signs of names beyond the documented ones.
    signature: one<SignatureKind>('nobody' in query || 'cleanRestoredObject' in query ? V4 : SIGNED_KINDS),
  };
}

function expectWhole(answer: RawAnswer, request: string): void {
  const { status, headers, body } = answer;
  expect(headers['x-oss-request-id'], request).toMatch(/^[0-9A-F]{24}$/);
  // What this server does not have, and nothing else.
  if (status >= 500) expect(status, request).toBe(501);
  if (status < 400) return;
  const error = body.length > 0 ? parseErrorXml(body) : parseErrorHeader(headers['x-oss-err'] ?? '');
  expect(error, request).toMatchObject({ code: expect.any(String), message: expect.any(String), hostId: server.host });
  expect([error?.requestId, error?.ec], request).toEqual([headers['x-oss-request-id'], headers['x-oss-ec']]);
  // Everything is signed as it is sent.
  expect(error?.code, request).not.toBe('SignatureDoesNotMatch');
}

function remember({ headers, body }: RawAnswer, { uploads, versions }: KnownIds): void {
  const uploadId = /<UploadId>([0-9A-F]{32})</.exec(body.subarray(0, 500).toString('latin1'))?.[1];
  if (uploadId !== undefined) uploads.push(uploadId);
  const versionId = headers['x-oss-version-id'];
  if (versionId !== undefined) versions.push(versionId);
}
