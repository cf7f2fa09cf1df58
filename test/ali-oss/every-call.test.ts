/**
 * Every call of the official Node SDK that sends a request this server answers, once, unmodified; the server's own
 * metrics say which operation each became. A call of the SDK that is named nowhere here fails, so a new version of it
 * brings its calls with it.
 */
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import type { OperationName } from '@annals/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT, startTestServer, type TestServer } from '../harness/test-server.js';
import { answeredBetween, countAnswers } from '../operations/answered-operations.js';

type SdkCall = (...values: unknown[]) => Promise<Record<string, unknown>>;
type Sdk = Readonly<Record<string, SdkCall>>;
/** What later calls need of earlier results. */
type Memory = Map<string, unknown>;
interface Step {
  readonly call: string;
  readonly operation: OperationName | readonly OperationName[];
  readonly values: readonly unknown[] | ((memory: Memory) => readonly unknown[]);
  remember?(memory: Memory, result: Record<string, unknown>): void;
}

const OSS = createRequire(import.meta.url)('ali-oss') as (new (
  options: object,
) => Sdk) & { readonly prototype: object };
const BUCKET = 'every-sdk-call';

let server: TestServer;
let client: Sdk;

beforeAll(async () => {
  server = await startTestServer();
  client = new OSS({
    region: 'oss-cn-hangzhou',
    endpoint: `http://${server.host}`,
    authorizationV4: true,
    bucket: BUCKET,
    ...ROOT,
  });
});

afterAll(() => server.close());

function step(call: string, operation: Step['operation'], ...values: unknown[]): Step {
  return { call, operation, values };
}

const bytes = Buffer.from('hello');
const inventory = {
  id: 'daily',
  isEnabled: true,
  prefix: 'a/',
  OSSBucketDestination: { format: 'CSV', accountId: '1', rolename: 'writer', bucket: BUCKET },
  frequency: 'Daily',
  includedObjectVersions: 'All',
};
const policy = {
  Version: '1',
  Statement: [{ Effect: 'Allow', Action: ['oss:GetObject'], Principal: ['1'], Resource: [`acs:oss:*:*:${BUCKET}/*`] }],
};

const STEPS: readonly Step[] = [
  step('putBucket', 'PutBucket', BUCKET),
  step('listBuckets', 'ListBuckets'),
  step('getBucketInfo', 'GetBucketInfo', BUCKET),
  step('getBucketLocation', 'GetBucketLocation', BUCKET),
  step('getBucketStat', 'GetBucketStat', BUCKET),
  step('putBucketACL', 'PutBucketAcl', BUCKET, 'private'),
  step('getBucketACL', 'GetBucketAcl', BUCKET),
  step('putBucketLifecycle', 'PutBucketLifecycle', BUCKET, [
    { id: 'one', prefix: 'a/', status: 'Enabled', expiration: { days: 1 } },
  ]),
  step('getBucketLifecycle', 'GetBucketLifecycle', BUCKET),
  step('deleteBucketLifecycle', 'DeleteBucketLifecycle', BUCKET),
  step('putBucketCORS', 'PutBucketCors', BUCKET, [{ allowedOrigin: '*', allowedMethod: 'GET' }]),
  step('getBucketCORS', 'GetBucketCors', BUCKET),
  step('deleteBucketCORS', 'DeleteBucketCors', BUCKET),
  step('putBucketLogging', 'PutBucketLogging', BUCKET, 'logs/'),
  step('getBucketLogging', 'GetBucketLogging', BUCKET),
  step('deleteBucketLogging', 'DeleteBucketLogging', BUCKET),
  step('putBucketReferer', 'PutBucketReferer', BUCKET, true, ['http://a.com']),
  step('getBucketReferer', 'GetBucketReferer', BUCKET),
  step('deleteBucketReferer', 'PutBucketReferer', BUCKET),
  step('putBucketWebsite', 'PutBucketWebsite', BUCKET, { index: 'index.html' }),
  step('getBucketWebsite', 'GetBucketWebsite', BUCKET),
  step('deleteBucketWebsite', 'DeleteBucketWebsite', BUCKET),
  step('putBucketEncryption', 'PutBucketEncryption', BUCKET, { SSEAlgorithm: 'AES256' }),
  step('getBucketEncryption', 'GetBucketEncryption', BUCKET),
  step('deleteBucketEncryption', 'DeleteBucketEncryption', BUCKET),
  step('putBucketTags', 'PutBucketTags', BUCKET, { a: '1' }),
  step('getBucketTags', 'GetBucketTags', BUCKET),
  step('deleteBucketTags', 'DeleteBucketTags', BUCKET),
  step('putBucketPolicy', 'PutBucketPolicy', BUCKET, policy),
  step('getBucketPolicy', 'GetBucketPolicy', BUCKET),
  step('deleteBucketPolicy', 'DeleteBucketPolicy', BUCKET),
  step('putBucketRequestPayment', 'PutBucketRequestPayment', BUCKET, 'BucketOwner'),
  step('getBucketRequestPayment', 'GetBucketRequestPayment', BUCKET),
  step('putBucketInventory', 'PutBucketInventory', BUCKET, inventory),
  step('getBucketInventory', 'GetBucketInventory', BUCKET, 'daily'),
  step('listBucketInventory', 'ListBucketInventory', BUCKET),
  step('deleteBucketInventory', 'DeleteBucketInventory', BUCKET, 'daily'),

  step('put', 'PutObject', 'a', bytes),
  { call: 'putStream', operation: 'PutObject', values: () => ['stream', Readable.from([bytes])] },
  step('get', 'GetObject', 'a'),
  { ...step('getStream', 'GetObject', 'a'), remember: (_, { stream }) => (stream as { resume(): void }).resume() },
  step('head', 'HeadObject', 'a'),
  step('getObjectMeta', 'GetObjectMeta', 'a'),
  step('putMeta', 'CopyObject', 'a', { colour: 'red' }),
  step('copy', 'CopyObject', 'b', 'a'),
  step('append', 'AppendObject', 'log', bytes),
  step('putACL', 'PutObjectAcl', 'a', 'private'),
  step('getACL', 'GetObjectAcl', 'a'),
  step('putObjectTagging', 'PutObjectTagging', 'a', { a: '1' }),
  step('getObjectTagging', 'GetObjectTagging', 'a'),
  step('deleteObjectTagging', 'DeleteObjectTagging', 'a'),
  step('putSymlink', 'PutSymlink', 'link', 'a', {}),
  step('getSymlink', 'GetSymlink', 'link'),
  step('put', 'PutObject', 'cold', bytes, { headers: { 'x-oss-storage-class': 'ColdArchive' } }),
  step('restore', 'RestoreObject', 'cold', { type: 'ColdArchive', Days: 1 }),
  {
    ...step('initMultipartUpload', 'InitiateMultipartUpload', 'parts'),
    remember: (memory, { uploadId }) => memory.set('uploadId', uploadId),
  },
  {
    call: 'uploadPartCopy',
    operation: 'UploadPartCopy',
    values: (memory) => ['parts', memory.get('uploadId'), 1, '0-5', { sourceKey: 'a', sourceBucketName: BUCKET }],
    remember: (memory, { etag }) => memory.set('etag', etag),
  },
  { call: 'listParts', operation: 'ListParts', values: (memory) => ['parts', memory.get('uploadId')] },
  step('listUploads', 'ListMultipartUploads', {}),
  {
    call: 'completeMultipartUpload',
    operation: 'CompleteMultipartUpload',
    values: (memory) => ['parts', memory.get('uploadId'), [{ number: 1, etag: memory.get('etag') }]],
  },
  {
    ...step('initMultipartUpload', 'InitiateMultipartUpload', 'parts'),
    remember: (memory, { uploadId }) => memory.set('uploadId', uploadId),
  },
  {
    call: 'abortMultipartUpload',
    operation: 'AbortMultipartUpload',
    values: (memory) => ['parts', memory.get('uploadId')],
  },
  step(
    'multipartUpload',
    ['InitiateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'],
    'large',
    Buffer.alloc(250_000, 'x'),
    { partSize: 102_400 },
  ),
  step(
    'multipartUploadCopy',
    ['HeadObject', 'InitiateMultipartUpload', 'UploadPartCopy', 'CompleteMultipartUpload'],
    'copied',
    { sourceKey: 'large', sourceBucketName: BUCKET },
    { partSize: 102_400 },
  ),
  step('list', 'ListObjects', {}),
  step('listV2', 'ListObjectsV2', {}),
  step('getBucketVersions', 'ListObjectVersions', {}),
  step('listObjectVersions', 'ListObjectVersions', {}),
  step('putChannel', 'PutLiveChannel', 'gate', { Status: 'enabled', Target: { Type: 'HLS' } }),
  step('putChannelStatus', 'PutLiveChannelStatus', 'gate', 'disabled'),
  step('getChannel', 'GetLiveChannelInfo', 'gate'),
  step('getChannelStatus', 'GetLiveChannelStat', 'gate'),
  step('getChannelHistory', 'GetLiveChannelHistory', 'gate'),
  step('listChannels', 'ListLiveChannel', {}),
  step('deleteChannel', 'DeleteLiveChannel', 'gate'),
  step('delete', 'DeleteObject', 'a'),
  step('deleteMulti', 'DeleteMultipleObjects', ['b', 'stream', 'log', 'link', 'cold', 'parts', 'large', 'copied']),

  step('initiateBucketWorm', 'InitiateBucketWorm', BUCKET, '1'),
  step('getBucketWorm', 'GetBucketWorm', BUCKET),
  step('abortBucketWorm', 'AbortBucketWorm', BUCKET),
  {
    ...step('initiateBucketWorm', 'InitiateBucketWorm', BUCKET, '1'),
    remember: (memory, { wormId }) => memory.set('wormId', wormId),
  },
  { call: 'completeBucketWorm', operation: 'CompleteBucketWorm', values: (memory) => [BUCKET, memory.get('wormId')] },
  { call: 'extendBucketWorm', operation: 'ExtendBucketWorm', values: (memory) => [BUCKET, memory.get('wormId'), '2'] },
  step('putBucketVersioning', 'PutBucketVersioning', BUCKET, 'Suspended'),
  step('getBucketVersioning', 'GetBucketVersioning', BUCKET),
  step('deleteBucket', 'DeleteBucket', BUCKET),
];

/** What sends nothing, or only through other calls. */
const SENDS_NOTHING = [
  'constructor calculatePostSignature generateObjectUrl getObjectUrl signatureUrl asyncSignatureUrl signatureUrlV4',
  'signPostObjectPolicyV4 useBucket setBucket getBucket getRtmpUrl cancel isCancel resetCancelFlag signature authorization',
  'authorizationV4 request checkBrowserAndVersion parseXML requestError setSLDEnabled',
]
  .join(' ')
  .split(' ');

/**
 * Requests of operations that answer 501; and `uploadPart`, which takes a file of a browser or a folder and is sent by
 * `multipartUpload`.
 */
const NOT_CALLED = 'postAsyncFetch getAsyncFetch processObjectSave createVod uploadPart'.split(' ');

test('every call of the SDK is here', () => {
  const known = new Set([...STEPS.map(({ call }) => call), ...SENDS_NOTHING, ...NOT_CALLED]);
  const names = new Set<string>();
  for (let at: object = OSS.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const name of Object.getOwnPropertyNames(at)) if (!name.startsWith('_')) names.add(name);
  }
  // Those of Node's own event emitter are no calls of the SDK.
  const { EventEmitter } = createRequire(import.meta.url)('node:events') as { EventEmitter: { prototype: object } };
  const inherited = new Set(Object.getOwnPropertyNames(EventEmitter.prototype));
  expect([...names].filter((name) => !known.has(name) && !inherited.has(name))).toEqual([]);
});

test('every call succeeds, as the operation it is meant to be', async () => {
  const memory: Memory = new Map();
  client.useBucket?.(BUCKET);
  let before = await countAnswers(server);
  for (const { call, operation, values, remember } of STEPS) {
    const method = client[call];
    if (method === undefined) throw new Error(`The SDK has no ${call}`);
    let result: Record<string, unknown>;
    try {
      result = await method.apply(client, [...(typeof values === 'function' ? values(memory) : values)]);
    } catch (cause) {
      throw new Error(`${call} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
    remember?.(memory, result);
    const after = await countAnswers(server);
    expect([call, answeredBetween(before, after).sort()]).toEqual([call, [operation].flat().sort()]);
    before = after;
  }
});
