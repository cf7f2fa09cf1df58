/**
 * One order of refusals for every operation: what cannot be parsed at all, the bucket, rights, the upload, values (line
 * 40 of the list of differences). Walks the table of operations, so that a new one is held to it too.
 */
import { OPERATIONS, type OperationName } from '@annals/protocol';
import { defaultSettings, OPERATION_ROWS } from '@annals/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT, startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';
import { type FormFile, makeForm, policyOf, signFormV1 } from './post-form.js';

const BUCKET = 'ordered';
const MISSING = 'never-made';
const UPLOAD_ID = 'A'.repeat(32);

let server: TestServer;

beforeAll(async () => {
  const { limits } = defaultSettings;
  server = await startTestServer({ settings: { limits: { ...limits, failedSignatureCountMax: 100_000 } } });
  await server.send({ method: 'PUT', bucket: BUCKET });
});

afterAll(() => server.close());

/** They make the bucket, or say nothing of it. */
const WITHOUT_BUCKET: readonly OperationName[] = ['PutBucket', 'PutBucketAcl', 'OptionObject'];

const NAMES = (Object.keys(OPERATIONS) as OperationName[]).filter((name) => {
  const { scope } = OPERATIONS[name];
  const isBuilt = OPERATION_ROWS[name].effect !== 'not built';
  return isBuilt && (scope === 'bucket' || scope === 'object') && !WITHOUT_BUCKET.includes(name);
});

/** Values that nobody takes, wherever they are read. */
const NONSENSE_QUERY = {
  'max-keys': 'x',
  'max-uploads': 'x',
  'max-parts': 'x',
  'encoding-type': 'x',
  'part-number-marker': 'x',
  'continuation-token': '!',
  'upload-id-marker': '!',
};
const NONSENSE_HEADERS = {
  'x-oss-acl': 'open',
  'x-oss-object-acl': 'open',
  'x-oss-storage-class': 'Warm',
  'x-oss-forbid-overwrite': 'perhaps',
  'x-oss-server-side-encryption': 'ROT13',
  'x-oss-traffic-limit': '1',
  'x-oss-tagging': 'a=b=c',
  'x-oss-hash-crc64ecma': 'x',
  'x-oss-metadata-directive': 'x',
  'x-oss-bypass-governance-retention': 'x',
  'x-oss-object-worm-mode': 'x',
  'x-oss-complete-all': 'x',
  'x-oss-callback': '%',
  'x-oss-allow-same-action-overlap': 'x',
  'x-oss-annals-append-id': 'x',
  'if-match': '"x"',
};

/** A request that the table takes for the operation, with whatever values. */
function requestFor(name: OperationName, bucket: string, more: Partial<TestRequest> = {}): TestRequest {
  const { methods, scope, query, values, header } = OPERATIONS[name] as {
    readonly methods: readonly string[];
    readonly scope: string;
    readonly query: readonly string[];
    readonly values?: Readonly<Record<string, readonly string[]>>;
    readonly header?: string;
  };
  const selectors = Object.fromEntries(query.map((key) => [key, key === 'uploadId' ? UPLOAD_ID : '']));
  const chosen = Object.fromEntries(Object.entries(values ?? {}).map(([key, [value = '']]) => [key, value]));
  return {
    method: methods[0] ?? 'GET',
    bucket,
    ...(scope === 'object' && { key: 'k' }),
    ...more,
    query: { ...more.query, ...selectors, ...chosen },
    headers: { ...more.headers, ...(header !== undefined && { [header]: `/${BUCKET}/nothing` }) },
  };
}

function hasBody(name: OperationName): boolean {
  return (OPERATIONS[name].methods as readonly string[]).some((method) => method === 'PUT' || method === 'POST');
}

describe.each(NAMES.filter((name) => name !== 'PostObject'))('%s on a bucket that is not there', (name) => {
  test.each<[string, Partial<TestRequest>]>([
    ['as it should be asked', {}],
    ['with parameters nobody takes', { query: NONSENSE_QUERY }],
    ['with headers nobody takes', { headers: NONSENSE_HEADERS }],
    [
      'with the document of something else',
      hasBody(name) ? { body: /Policy$/.test(name) ? '{"Something":1}' : '<Something><Else/></Something>' } : {},
    ],
    ['with a digest of something else', { headers: { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } }],
    ['with a digest that is none', { headers: { 'content-md5': 'x' } }],
    [
      'with a document that is too long',
      hasBody(name) ? { body: `<Something>${' '.repeat(5_000_000)}</Something>` } : {},
    ],
  ])('%s: the bucket is missing', async (_, more) => {
    const answer = await server.send(requestFor(name, MISSING, more));
    expectError(answer, { status: 404, code: 'NoSuchBucket', ec: '0015-00000101' });
  });

  test.each<[string, Partial<TestRequest>]>([
    ['nobody', { signature: 'anonymous' }],
    ['somebody unknown', { keys: { accessKeyId: 'NOBODY', accessKeySecret: 'x' } }],
  ])('asked by %s: the bucket is missing', async (_, more) => {
    const answer = await server.send(requestFor(name, MISSING, { ...more, headers: NONSENSE_HEADERS }));
    expectError(answer, { status: 404, code: 'NoSuchBucket' });
  });
});

/** Whose rights the body names. */
const BY_BODY: readonly OperationName[] = ['PostObject', 'DeleteMultipleObjects'];

describe.each(NAMES.filter((name) => hasBody(name) && !BY_BODY.includes(name)))('unsigned %s', (name) => {
  test('is refused before its values are looked at', async () => {
    const anonymous = { signature: 'anonymous', headers: NONSENSE_HEADERS, body: '<Something/>' } as const;
    const { status, body } = await server.send(requestFor(name, BUCKET, anonymous));
    expect([status, /<Code>(.*)<\/Code>/.exec(body.toString())?.[1]]).toEqual([403, 'AccessDenied']);
  });
});

test.each([
  ['lifecycle', '<LifecycleConfiguration>', 'MalformedXML'],
  ['cors', 'nonsense', 'MalformedXML'],
  ['website', '<a></b>', 'MalformedXML'],
  ['tagging', '<a>&undefined;</a>', 'MalformedXML'],
  ['policy', '{', 'InvalidPolicyDocument'],
])('?%s with what cannot be parsed at all says so first', async (parameter, body, code) => {
  for (const bucket of [MISSING, BUCKET]) {
    expectError(await server.send({ method: 'PUT', bucket, query: { [parameter]: '' }, body }), { status: 400, code });
  }
  // Well-formed, or nothing: judged behind the bucket.
  for (const text of [parameter === 'policy' ? '{}' : '<a/>', '']) {
    const answer = await server.send({ method: 'PUT', bucket: MISSING, query: { [parameter]: '' }, body: text });
    expectError(answer, { status: 404, code: 'NoSuchBucket' });
  }
});

test('dates of the past and other values of documents come behind the bucket', async () => {
  const past =
    '<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2001-01-01T00:00:00.000Z</RetainUntilDate></Retention>';
  const requests: readonly TestRequest[] = [
    { method: 'PUT', bucket: MISSING, key: 'k', query: { retention: '' }, body: past },
    {
      method: 'PUT',
      bucket: MISSING,
      key: 'k',
      headers: {
        'x-oss-object-worm-mode': 'COMPLIANCE',
        'x-oss-object-worm-retain-until-date': '2001-01-01T00:00:00.000Z',
      },
      body: 'x',
    },
    { method: 'PUT', bucket: MISSING, query: { versioning: '' }, body: '<VersioningConfiguration/>' },
  ];
  for (const request of requests) expectError(await server.send(request), { status: 404, code: 'NoSuchBucket' });
});

test('a form that is right except for its bucket or its signer gets the answer that the bucket is missing', async () => {
  for (const keys of [ROOT, { ...ROOT, accessKeySecret: 'wrong' }, { accessKeyId: 'NOBODY', accessKeySecret: 'x' }]) {
    const signed = signFormV1(policyOf([{ bucket: MISSING }], Date.now() + 3_600_000), keys);
    const form = makeForm([['key', 'k'], ...signed], { name: 'a', content: 'x' });
    const headers = { 'content-type': form.contentType };
    const post = { method: 'POST', bucket: MISSING, signature: 'anonymous', headers, body: form.body } as const;
    expectError(await server.send(post), { status: 404, code: 'NoSuchBucket' });
  }
  expect(await postedTo(MISSING, [['key', 'k']], { content: 'x' })).toBe('NoSuchBucket');
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  const noForm = { method: 'POST', bucket: MISSING, signature: 'anonymous', headers, body: 'no form' } as const;
  expect((await server.send(noForm)).status).toBe(400);
});

/** @returns The code of the answer. */
async function postedTo(
  bucket: string,
  fields: readonly (readonly [string, string])[],
  file: FormFile | undefined,
): Promise<string | undefined> {
  const form = makeForm(fields, file);
  const headers = { 'content-type': form.contentType };
  const answer = await server.send({ method: 'POST', bucket, signature: 'anonymous', headers, body: form.body });
  return /<Code>(.*)<\/Code>/.exec(answer.body.toString())?.[1];
}

const HOUR_MS = 3_600_000;
const signedWith = (conditions: readonly unknown[], forMs = HOUR_MS) =>
  signFormV1(policyOf(conditions, Date.now() + forMs), ROOT);

test.each<[string, readonly (readonly [string, string])[], string]>([
  ['a policy about another bucket', [['key', 'k'], ...signedWith([{ bucket: 'another' }])], 'AccessDenied'],
  ['a policy about another key', [['key', 'k'], ...signedWith([['starts-with', '$key', 'x/']])], 'AccessDenied'],
  ['a policy that has expired', [['key', 'k'], ...signedWith([['starts-with', '$key', '']], -HOUR_MS)], 'AccessDenied'],
  ['a policy without conditions', [['key', 'k'], ...signedWith([])], 'InvalidPolicyDocument'],
  ['no key', signedWith([['starts-with', '$key', '']]), 'InvalidArgument'],
  ['a key that is none', [['key', '/k'], ...signedWith([['starts-with', '$key', '']])], 'InvalidObjectName'],
  ['nobody who signed', [['key', 'k']], 'AccessDenied'],
  ...Object.entries(NONSENSE_HEADERS)
    .filter(
      ([name]) =>
        name.startsWith('x-oss-') && name !== 'x-oss-acl' && !/append|overlap|directive|complete|bypass/.test(name),
    )
    .map(([name, value]): [string, readonly (readonly [string, string])[], string] => [
      `the field ${name}: ${value}`,
      [['key', 'k'], [name, value], ...signedWith([['starts-with', '$key', '']])],
      '',
    ]),
])('a form with %s is told that its bucket is missing, where it is', async (_what, fields, code) => {
  expect(await postedTo(MISSING, fields, { content: 'x' })).toBe('NoSuchBucket');
  const there = await postedTo(BUCKET, fields, { content: 'x' });
  if (code !== '') expect(there).toBe(code);
  expect(there).not.toBe('NoSuchBucket');
});

test('a form that is none, and a policy that is none, say so first', async () => {
  const policy = Buffer.from('{').toString('base64');
  for (const bucket of [MISSING, BUCKET]) {
    expect(await postedTo(bucket, [['key', 'k']], undefined)).toBe('IncorrectNumberOfFilesInPOSTRequest');
    expect(await postedTo(bucket, [['key', 'k'], ...signFormV1(policy, ROOT)], { content: 'x' })).toBe(
      'InvalidPolicyDocument',
    );
  }
});

describe('an upload that is not there', () => {
  const query = { uploadId: UPLOAD_ID };
  test.each<[string, TestRequest]>([
    ['UploadPart', { method: 'PUT', query: { ...query, partNumber: '1' }, headers: { 'content-md5': 'x' }, body: 'x' }],
    [
      'UploadPartCopy',
      { method: 'PUT', query: { ...query, partNumber: '1' }, headers: { 'x-oss-copy-source': `/${MISSING}/k` } },
    ],
    ['CompleteMultipartUpload, no XML', { method: 'POST', query, body: 'nonsense' }],
    ['CompleteMultipartUpload, another document', { method: 'POST', query, body: '<Something/>' }],
    [
      'CompleteMultipartUpload, both ways',
      { method: 'POST', query, headers: { 'x-oss-complete-all': 'yes' }, body: '<a/>' },
    ],
    ['CompleteMultipartUpload, wrong digest', { method: 'POST', query, headers: { 'content-md5': 'x' }, body: '<a/>' }],
    ['ListParts', { method: 'GET', query: { ...query, 'max-parts': 'x' } }],
    ['AbortMultipartUpload', { method: 'DELETE', query }],
  ])('is missed before the body: %s', async (_, request) => {
    expectError(await server.send({ ...request, bucket: BUCKET, key: 'k' }), { status: 404, code: 'NoSuchUpload' });
  });

  test('is missed before a body without length, and that body is not waited for', async () => {
    const part = { method: 'PUT', bucket: BUCKET, key: 'k', query: { ...query, partNumber: '1' } };
    const unannounced = await server.sendHeadOnly(part);
    expect(unannounced).toMatch(/^HTTP\/1\.1 404 /);
    const unsent = await server.sendHeadOnly({ ...part, headers: { 'content-length': '1000000' } });
    expect(unsent).toMatch(/^HTTP\/1\.1 404 /);
  });
});
