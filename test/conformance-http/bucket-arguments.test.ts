/** What cannot be asked of a bucket or of the service: methods that are no operations, and arguments that are none. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { type ExactError, expectExactError, invalidArgument } from './error-document.js';

const BUCKET = 'arguments';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket: BUCKET });
});

afterAll(() => server.close());

async function expectRefused(request: TestRequest, expected: ExactError): Promise<void> {
  expectExactError(await server.send(request), expected, server.host);
}

const notAllowed = (method: string, resourceType: string, allow: string): ExactError => ({
  status: 405,
  code: 'MethodNotAllowed',
  message: 'The specified method is not allowed against this resource.',
  ec: '0003-00000016',
  details: [
    ['Method', method],
    ['ResourceType', resourceType],
  ],
  headers: { allow },
});

test.each<[string, string | undefined, string, string]>([
  ['PUT', undefined, '', 'GET, OPTIONS'],
  ['POST', undefined, '', 'GET, OPTIONS'],
  ['DELETE', undefined, '', 'GET, OPTIONS'],
  ['HEAD', undefined, '', 'GET, OPTIONS'],
  ['PATCH', BUCKET, '', 'PUT, DELETE, HEAD, GET, POST, OPTIONS'],
  ['DELETE', BUCKET, 'acl', 'PUT, GET, OPTIONS'],
  ['DELETE', BUCKET, 'referer', 'PUT, GET, OPTIONS'],
  ['DELETE', BUCKET, 'versioning', 'PUT, GET, OPTIONS'],
  ['DELETE', BUCKET, 'requestPayment', 'PUT, GET, OPTIONS'],
  ['PUT', BUCKET, 'stat', 'GET, OPTIONS'],
  ['PUT', BUCKET, 'location', 'GET, OPTIONS'],
  ['PUT', BUCKET, 'bucketInfo', 'GET, OPTIONS'],
  ['PUT', BUCKET, 'policyStatus', 'GET, OPTIONS'],
])('%s of %s ?%s is no operation', async (method, bucket, query, allow) => {
  const request = { method, ...(bucket !== undefined && { bucket }), ...(query !== '' && { query: { [query]: '' } }) };
  await expectRefused(request, notAllowed(method.toLowerCase(), bucket === undefined ? 'Service' : 'Bucket', allow));
});

describe('arguments of listings', () => {
  const long = 'é'.repeat(512);
  const LISTINGS: readonly [string, Record<string, string>, readonly string[]][] = [
    ['ListObjects', {}, ['prefix', 'marker', 'delimiter']],
    ['ListObjectsV2', { 'list-type': '2' }, ['prefix', 'start-after', 'delimiter']],
    ['ListObjectVersions', { versions: '' }, ['prefix', 'key-marker', 'delimiter']],
  ];
  const list = (query: Record<string, string>): TestRequest => ({ method: 'GET', bucket: BUCKET, query });

  test.each(LISTINGS)('%s', async (_name, query, names) => {
    for (const size of ['0', '1001', '-1', '1.5', 'many']) {
      await expectRefused(list({ ...query, 'max-keys': size }), invalidArgument('max-keys', size));
    }
    for (const name of names) {
      await expectRefused(list({ ...query, [name]: long }), invalidArgument(name, long));
      expect((await server.send(list({ ...query, [name]: 'é'.repeat(511) }))).status).toBe(200);
    }
    await expectRefused(
      list({ ...query, 'encoding-type': 'base64' }),
      invalidArgument('encoding-type', 'base64', 'Invalid Encoding Method specified in Request'),
    );
  });

  test.each<[Record<string, string>, ExactError]>([
    [
      { 'list-type': '2', 'continuation-token': '!' },
      invalidArgument('continuation-token', '!', 'The continuation token provided is incorrect.'),
    ],
    [
      { versions: '', 'version-id-marker': 'CAEQ' },
      invalidArgument('version-id-marker', 'CAEQ', 'A version-id marker cannot be specified without a key marker.'),
    ],
    [
      { versions: '', 'key-marker': 'k', 'version-id-marker': 'x y' },
      invalidArgument('version-id-marker', 'x y', 'Invalid version id specified.'),
    ],
  ])('%j', async (query, expected) => {
    await expectRefused(list(query), expected);
  });

  test('ListBuckets', async () => {
    for (const size of ['0', '1001', 'many']) {
      await expectRefused({ method: 'GET', query: { 'max-keys': size } }, invalidArgument('max-keys', size));
    }
    const unsigned = {
      status: 403,
      code: 'AccessDenied',
      message: 'Anonymous access is forbidden for this operation.',
    };
    await expectRefused({ method: 'GET', signature: 'anonymous' }, { ...unsigned, ec: '0003-00000001' });
  });
});

test('PutBucketAcl with an ACL that is none; with none it changes nothing', async () => {
  const put = (headers: Record<string, string>): TestRequest => ({
    method: 'PUT',
    bucket: BUCKET,
    query: { acl: '' },
    headers,
  });
  const bad = invalidArgument('x-oss-acl', 'public', 'no such bucket access control exists');
  await expectRefused(put({ 'x-oss-acl': 'public' }), bad);
  expect((await server.send(put({}))).status).toBe(200);
});
