/** Bucket configurations through the official Node SDK, unmodified, against a server in a process of its own. */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aliClient } from '../harness/ali-oss.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

/** The SDK ships no types; what the tests call is named here. */
type BucketCalls = Readonly<Record<string, (...args: unknown[]) => Promise<Record<string, unknown>>>>;

const BUCKET = 'sdk-configured';
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: folder.path, buckets: [BUCKET] });
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

const { version } = createRequire(import.meta.url)('ali-oss/package.json') as { version: string };

/** Calls a method by name, so that one that this SDK does not have fails by name as well. */
async function call(signature: 'v1' | 'v4', name: string, ...args: unknown[]): Promise<Record<string, unknown>> {
  const client = aliClient(server, BUCKET, signature) as unknown as BucketCalls;
  const method = client[name];
  if (method === undefined) throw new Error(`ali-oss ${version} has no ${name}`);
  return method.call(client, ...args);
}

async function codeOf(signature: 'v1' | 'v4', name: string, ...args: unknown[]): Promise<string> {
  return call(signature, name, ...args).then(
    () => 'no error',
    (error: { code: string }) => error.code,
  );
}

test.each(['v1', 'v4'] as const)('lifecycle, signed %s', async (signature) => {
  await call(signature, 'putBucketLifecycle', BUCKET, [
    {
      id: 'one',
      prefix: 'logs/',
      status: 'Enabled',
      expiration: { days: 30 },
      transition: { days: 10, storageClass: 'IA' },
    },
    {
      id: 'two',
      prefix: 'tmp/',
      status: 'Disabled',
      expiration: { createdBeforeDate: '2020-02-18T00:00:00.000Z' },
      tag: { key: 'a', value: 'b' },
    },
    {
      id: 'three',
      prefix: 'v/',
      status: 'Enabled',
      noncurrentVersionExpiration: { noncurrentDays: 5 },
      abortMultipartUpload: { days: 2 },
    },
  ]);
  const { rules } = await call(signature, 'getBucketLifecycle', BUCKET);
  expect(rules).toEqual([
    {
      id: 'one',
      prefix: 'logs/',
      status: 'Enabled',
      expiration: { days: '30' },
      transition: { days: '10', storageClass: 'IA' },
    },
    {
      id: 'two',
      prefix: 'tmp/',
      status: 'Disabled',
      expiration: { createdBeforeDate: '2020-02-18T00:00:00.000Z' },
      tag: [{ key: 'a', value: 'b' }],
    },
    {
      id: 'three',
      prefix: 'v/',
      status: 'Enabled',
      noncurrentVersionExpiration: { noncurrentDays: '5' },
      abortMultipartUpload: { days: '2' },
    },
  ]);
  await call(signature, 'deleteBucketLifecycle', BUCKET);
  expect(await codeOf(signature, 'getBucketLifecycle', BUCKET)).toBe('NoSuchLifecycle');
});

test.each(['v1', 'v4'] as const)('CORS, signed %s', async (signature) => {
  const rules = [
    {
      allowedOrigin: '*',
      allowedMethod: 'GET',
      allowedHeader: '*',
      exposeHeader: 'Content-Length',
      maxAgeSeconds: '30',
    },
    { allowedOrigin: ['http://a', 'http://b'], allowedMethod: ['PUT', 'POST'] },
  ];
  await call(signature, 'putBucketCORS', BUCKET, rules);
  expect((await call(signature, 'getBucketCORS', BUCKET)).rules).toMatchObject([
    {
      allowedOrigin: '*',
      allowedMethod: 'GET',
      allowedHeader: '*',
      exposeHeader: 'Content-Length',
      maxAgeSeconds: '30',
    },
    { allowedOrigin: ['http://a', 'http://b'], allowedMethod: ['PUT', 'POST'] },
  ]);
  await call(signature, 'deleteBucketCORS', BUCKET);
  expect(await codeOf(signature, 'getBucketCORS', BUCKET)).toBe('NoSuchCORSConfiguration');
});

test.each(['v1', 'v4'] as const)('referer, signed %s', async (signature) => {
  await call(signature, 'putBucketReferer', BUCKET, false, ['http://a.com', 'http://b.com']);
  expect(await call(signature, 'getBucketReferer', BUCKET)).toMatchObject({
    allowEmpty: false,
    referers: ['http://a.com', 'http://b.com'],
  });
  await call(signature, 'deleteBucketReferer', BUCKET);
  expect(await call(signature, 'getBucketReferer', BUCKET)).toMatchObject({ allowEmpty: true, referers: null });
});

test.each(['v1', 'v4'] as const)('website, signed %s', async (signature) => {
  const routingRules = [
    {
      RuleNumber: '1',
      Condition: { KeyPrefixEquals: 'abc/', HttpErrorCodeReturnedEquals: '404' },
      Redirect: { RedirectType: 'External', Protocol: 'http', HostName: 'example.com', HttpRedirectCode: '302' },
    },
  ];
  await call(signature, 'putBucketWebsite', BUCKET, {
    index: 'home.html',
    supportSubDir: 'true',
    type: '1',
    error: 'oops.html',
    routingRules,
  });
  expect(await call(signature, 'getBucketWebsite', BUCKET)).toMatchObject({
    index: 'home.html',
    supportSubDir: 'true',
    type: '1',
    error: 'oops.html',
    routingRules,
  });
  await call(signature, 'deleteBucketWebsite', BUCKET);
  expect(await codeOf(signature, 'getBucketWebsite', BUCKET)).toBe('NoSuchWebsiteConfiguration');
});

test.each(['v1', 'v4'] as const)('logging, signed %s', async (signature) => {
  await call(signature, 'putBucketLogging', BUCKET, 'logs/');
  expect(await call(signature, 'getBucketLogging', BUCKET)).toMatchObject({ enable: true, prefix: 'logs/' });
  await call(signature, 'deleteBucketLogging', BUCKET);
  expect(await call(signature, 'getBucketLogging', BUCKET)).toMatchObject({ enable: false });
});

test.each(['v1', 'v4'] as const)('policy, signed %s', async (signature) => {
  const policy = {
    Version: '1',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['oss:GetObject'],
        Principal: ['1234567890'],
        Resource: [`acs:oss:*:*:${BUCKET}/a/*`],
      },
    ],
  };
  await call(signature, 'putBucketPolicy', BUCKET, policy);
  expect((await call(signature, 'getBucketPolicy', BUCKET)).policy).toEqual(policy);
  await call(signature, 'deleteBucketPolicy', BUCKET);
  // This call of the SDK takes any status for a success.
  expect(await call(signature, 'getBucketPolicy', BUCKET)).toMatchObject({ status: 404, policy: null });
});

test.each(['v1', 'v4'] as const)('encryption, signed %s', async (signature) => {
  await call(signature, 'putBucketEncryption', BUCKET, { SSEAlgorithm: 'AES256' });
  expect((await call(signature, 'getBucketEncryption', BUCKET)).encryption).toEqual({ SSEAlgorithm: 'AES256' });
  await call(signature, 'deleteBucketEncryption', BUCKET);
  expect(await codeOf(signature, 'getBucketEncryption', BUCKET)).toBe('NoSuchServerSideEncryptionRule');
});

test.each(['v1', 'v4'] as const)('tags, signed %s', async (signature) => {
  await call(signature, 'putBucketTags', BUCKET, { a: '1', b: '2' });
  expect((await call(signature, 'getBucketTags', BUCKET)).tag).toEqual({ a: '1', b: '2' });
  await call(signature, 'deleteBucketTags', BUCKET);
  expect((await call(signature, 'getBucketTags', BUCKET)).tag).toEqual({});
});

test.each(['v1', 'v4'] as const)('versioning and request payment, signed %s', async (signature) => {
  for (const status of ['Enabled', 'Suspended']) {
    await call(signature, 'putBucketVersioning', BUCKET, status);
    expect((await call(signature, 'getBucketVersioning', BUCKET)).versionStatus).toBe(status);
  }
  for (const payer of ['Requester', 'BucketOwner']) {
    await call(signature, 'putBucketRequestPayment', BUCKET, payer);
    expect((await call(signature, 'getBucketRequestPayment', BUCKET)).payer).toBe(payer);
  }
});

test.each(['v1', 'v4'] as const)('inventory, signed %s', async (signature) => {
  const inventory = {
    id: 'daily',
    isEnabled: true,
    prefix: 'a/',
    OSSBucketDestination: { format: 'CSV', accountId: '1234', rolename: 'writer', bucket: BUCKET, prefix: 'inventory' },
    frequency: 'Daily',
    includedObjectVersions: 'All',
    optionalFields: { field: ['Size', 'ETag'] },
  };
  await call(signature, 'putBucketInventory', BUCKET, inventory);
  const stored = {
    id: 'daily',
    isEnabled: true,
    prefix: 'a/',
    OSSBucketDestination: expect.objectContaining({ format: 'CSV', rolename: 'writer', bucket: BUCKET }),
    includedObjectVersions: 'All',
    optionalFields: { field: ['Size', 'ETag'] },
  };
  expect((await call(signature, 'getBucketInventory', BUCKET, 'daily')).inventory).toMatchObject(stored);
  expect(await call(signature, 'listBucketInventory', BUCKET)).toMatchObject({
    isTruncated: false,
    inventoryList: [stored],
  });
  await call(signature, 'deleteBucketInventory', BUCKET, 'daily');
  expect(await codeOf(signature, 'getBucketInventory', BUCKET, 'daily')).toBe('NoSuchInventory');
});

test.each(['v1', 'v4'] as const)('WORM, signed %s', async (signature) => {
  const bucket = `sdk-worm-${signature}`;
  await call(signature, 'putBucket', bucket);
  await call(signature, 'initiateBucketWorm', bucket, '1');
  expect(await call(signature, 'getBucketWorm', bucket)).toMatchObject({ state: 'InProgress', days: '1' });
  await call(signature, 'abortBucketWorm', bucket);
  expect(await codeOf(signature, 'getBucketWorm', bucket)).toBe('NoSuchWORMConfiguration');
  const { wormId } = await call(signature, 'initiateBucketWorm', bucket, '1');
  await call(signature, 'completeBucketWorm', bucket, wormId);
  await call(signature, 'extendBucketWorm', bucket, wormId, '3');
  expect(await call(signature, 'getBucketWorm', bucket)).toMatchObject({ wormId, state: 'Locked', days: '3' });
  // This call of the SDK takes any status for a success.
  expect(await call(signature, 'abortBucketWorm', bucket)).toMatchObject({ status: 403 });
});

test.each(['v1', 'v4'] as const)('statistics, signed %s', async (signature) => {
  await call(signature, 'putBucket', 'sdk-counted');
  const counted = aliClient(server, 'sdk-counted', signature);
  await counted.put('a', Buffer.from('hello'));
  await counted.append('log', Buffer.from('abc'));
  expect((await call(signature, 'getBucketStat', 'sdk-counted')).stat).toMatchObject({
    Storage: '8',
    ObjectCount: '2',
    StandardStorage: '8',
    StandardObjectCount: '2',
  });
  await counted.delete('a');
  await counted.delete('log');
  await counted.deleteBucket('sdk-counted');
});
