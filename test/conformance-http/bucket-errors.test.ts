import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { anonymous, noSuchBucket } from './bucket-refusals.js';
import { type ExactError, expectExactError } from './error-document.js';

const BUCKET = 'errors';
const FOREIGN = 'foreign';
const MISSING = 'not-there';

let server: TestServer;
let ownerId: string;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket: BUCKET });
  ownerId = (await server.store.getBucket(BUCKET)).ownerId;
  await server.store.createBucket({
    name: FOREIGN,
    ownerId: 'somebody-else',
    acl: 'private',
    storageClass: 'Standard',
    dataRedundancyType: 'LRS',
  });
});

afterAll(() => server.close());

async function expectRefused(request: TestRequest, expected: ExactError): Promise<void> {
  expectExactError(await server.send(request), expected, server.host);
}

const notOwner = (action: string): ExactError => ({
  status: 403,
  code: 'AccessDenied',
  message: 'AccessDenied',
  ec: '0003-00000001',
  details: [
    ['PolicyType', 'AccountLevelIdentityBasedPolicy'],
    ['AuthPrincipalOwnerId', ownerId],
    ['AuthPrincipalType', 'Account'],
    ['AuthPrincipalDisplayName', ownerId],
    ['NoPermissionType', 'ImplicitDeny'],
    ['AuthAction', action],
    ['BucketName', FOREIGN],
  ],
});
const days = (root: string) => `<${root}><RetentionPeriodInDays>1</RetentionPeriodInDays></${root}>`;
const POLICY = JSON.stringify({
  Version: '1',
  Statement: [{ Effect: 'Allow', Action: 'oss:GetObject', Principal: '*', Resource: 'acs:oss:*:*:*' }],
});
const ACCESS_POINT = { headers: { 'x-oss-access-point-name': 'ap-01' } };
const cname = '<BucketCnameConfiguration><Cname><Domain>www.example.com</Domain></Cname></BucketCnameConfiguration>';

/** Action, method and query of every operation on a bucket, with a document where one is needed. */
const OPERATIONS: readonly (readonly [action: string, method: string, query: string, more?: Partial<TestRequest>])[] = [
  ['DeleteBucket', 'DELETE', ''],
  ['ListObjects', 'GET', ''],
  ['ListObjects', 'GET', 'list-type=2'],
  ['ListObjectVersions', 'GET', 'versions'],
  ['ListMultipartUploads', 'GET', 'uploads'],
  ['GetBucketInfo', 'GET', 'bucketInfo'],
  ['GetBucketLocation', 'GET', 'location'],
  ['GetBucketStat', 'GET', 'stat'],
  ['GetBucketAcl', 'GET', 'acl'],
  ['PutBucketAcl', 'PUT', 'acl', { headers: { 'x-oss-acl': 'private' } }],
  ['GetBucketVersioning', 'GET', 'versioning'],
  [
    'PutBucketVersioning',
    'PUT',
    'versioning',
    { body: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>' },
  ],
  ['GetBucketLifecycle', 'GET', 'lifecycle'],
  [
    'PutBucketLifecycle',
    'PUT',
    'lifecycle',
    {
      body: '<LifecycleConfiguration><Rule><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>',
    },
  ],
  ['DeleteBucketLifecycle', 'DELETE', 'lifecycle'],
  ['GetBucketCors', 'GET', 'cors'],
  [
    'PutBucketCors',
    'PUT',
    'cors',
    {
      body: '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>',
    },
  ],
  ['DeleteBucketCors', 'DELETE', 'cors'],
  ['GetBucketLogging', 'GET', 'logging'],
  ['PutBucketLogging', 'PUT', 'logging', { body: '<BucketLoggingStatus/>' }],
  ['DeleteBucketLogging', 'DELETE', 'logging'],
  ['GetBucketReferer', 'GET', 'referer'],
  [
    'PutBucketReferer',
    'PUT',
    'referer',
    { body: '<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer></RefererConfiguration>' },
  ],
  ['GetBucketWebsite', 'GET', 'website'],
  [
    'PutBucketWebsite',
    'PUT',
    'website',
    { body: '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>' },
  ],
  ['DeleteBucketWebsite', 'DELETE', 'website'],
  ['GetBucketEncryption', 'GET', 'encryption'],
  [
    'PutBucketEncryption',
    'PUT',
    'encryption',
    {
      body: '<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>',
    },
  ],
  ['DeleteBucketEncryption', 'DELETE', 'encryption'],
  ['GetBucketTagging', 'GET', 'tagging'],
  [
    'PutBucketTagging',
    'PUT',
    'tagging',
    { body: '<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>' },
  ],
  ['DeleteBucketTagging', 'DELETE', 'tagging'],
  ['GetBucketPolicy', 'GET', 'policy'],
  ['PutBucketPolicy', 'PUT', 'policy', { body: POLICY }],
  ['DeleteBucketPolicy', 'DELETE', 'policy'],
  ['GetBucketPolicyStatus', 'GET', 'policyStatus'],
  ['GetBucketWorm', 'GET', 'worm'],
  ['InitiateBucketWorm', 'POST', 'worm', { body: days('InitiateWormConfiguration') }],
  ['CompleteBucketWorm', 'POST', 'wormId=x'],
  ['ExtendBucketWorm', 'POST', 'wormId=x&wormExtend', { body: days('ExtendWormConfiguration') }],
  ['AbortBucketWorm', 'DELETE', 'worm'],
  ['GetBucketRequestPayment', 'GET', 'requestPayment'],
  [
    'PutBucketRequestPayment',
    'PUT',
    'requestPayment',
    { body: '<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>' },
  ],
  ['GetBucketTransferAcceleration', 'GET', 'transferAcceleration'],
  [
    'PutBucketTransferAcceleration',
    'PUT',
    'transferAcceleration',
    { body: '<TransferAccelerationConfiguration><Enabled>true</Enabled></TransferAccelerationConfiguration>' },
  ],
  ['GetBucketAccessMonitor', 'GET', 'accessmonitor'],
  ['GetBucketArchiveDirectRead', 'GET', 'bucketArchiveDirectRead'],
  ['GetBucketHttpsConfig', 'GET', 'httpsConfig'],
  ['GetBucketResourceGroup', 'GET', 'resourceGroup'],
  ['GetBucketOverwriteConfig', 'GET', 'overwriteConfig'],
  ['DeleteBucketOverwriteConfig', 'DELETE', 'overwriteConfig'],
  ['GetBucketQosInfo', 'GET', 'qosInfo'],
  ['DeleteBucketQosInfo', 'DELETE', 'qosInfo'],
  ['GetBucketPublicAccessBlock', 'GET', 'publicAccessBlock'],
  ['DeleteBucketPublicAccessBlock', 'DELETE', 'publicAccessBlock'],
  ['ListCname', 'GET', 'cname'],
  ['PutCname', 'POST', 'cname&comp=add', { body: cname }],
  ['DeleteCname', 'POST', 'cname&comp=delete', { body: cname }],
  ['CreateCnameToken', 'POST', 'cname&comp=token', { body: cname }],
  ['GetBucketInventory', 'GET', 'inventory&inventoryId=a'],
  [
    'PutBucketInventory',
    'PUT',
    'inventory&inventoryId=a',
    { body: '<InventoryConfiguration><Id>a</Id></InventoryConfiguration>' },
  ],
  ['DeleteBucketInventory', 'DELETE', 'inventory&inventoryId=a'],
  ['GetStyle', 'GET', 'style&styleName=a'],
  ['ListStyle', 'GET', 'style'],
  ['DeleteStyle', 'DELETE', 'style&styleName=a'],
  [
    'CreateAccessPoint',
    'PUT',
    'accessPoint',
    {
      body: '<CreateAccessPointConfiguration><AccessPointName>ap-01</AccessPointName><NetworkOrigin>internet</NetworkOrigin></CreateAccessPointConfiguration>',
    },
  ],
  ['GetAccessPoint', 'GET', 'accessPoint', ACCESS_POINT],
  ['ListAccessPoints', 'GET', 'accessPoint'],
  ['DeleteAccessPoint', 'DELETE', 'accessPoint', ACCESS_POINT],
  ['PutAccessPointPolicy', 'PUT', 'accessPointPolicy', { ...ACCESS_POINT, body: POLICY }],
  ['GetAccessPointPolicy', 'GET', 'accessPointPolicy', ACCESS_POINT],
  ['DeleteAccessPointPolicy', 'DELETE', 'accessPointPolicy', ACCESS_POINT],
  [
    'PutAccessPointPublicAccessBlock',
    'PUT',
    'publicAccessBlock&x-oss-access-point-name=ap-01',
    {
      body: '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>',
    },
  ],
  ['GetAccessPointPublicAccessBlock', 'GET', 'publicAccessBlock&x-oss-access-point-name=ap-01'],
  ['DeleteAccessPointPublicAccessBlock', 'DELETE', 'publicAccessBlock&x-oss-access-point-name=ap-01'],
  ['CreateBucketDataRedundancyTransition', 'POST', 'redundancyTransition&x-oss-target-redundancy-type=ZRS'],
  ['GetBucketDataRedundancyTransition', 'GET', 'redundancyTransition&x-oss-redundancy-transition-taskid=a'],
  ['ListBucketDataRedundancyTransition', 'GET', 'redundancyTransition'],
  ['DeleteBucketDataRedundancyTransition', 'DELETE', 'redundancyTransition&x-oss-redundancy-transition-taskid=a'],
  ['GetBucketReplication', 'GET', 'replication'],
  ['GetBucketReplicationLocation', 'GET', 'replicationLocation'],
  ['GetBucketReplicationProgress', 'GET', 'replicationProgress'],
];

const target = (bucket: string, [, method, query, more]: (typeof OPERATIONS)[number]): TestRequest => ({
  method,
  bucket,
  query: Object.fromEntries(new URLSearchParams(query)),
  ...more,
});

describe.each(OPERATIONS.map((row) => [`${row[0]}, ${row[1]} ?${row[2]}`, row] as const))('%s', (_title, row) => {
  // PutBucketAcl makes one.
  test.skipIf(row[0] === 'PutBucketAcl')('of a bucket that is not there', async () => {
    await expectRefused(target(MISSING, row), noSuchBucket(MISSING));
  });

  test('of a bucket of another account', async () => {
    await expectRefused(target(FOREIGN, row), notOwner(`oss:${row[0]}`));
  });

  test('unsigned', async () => {
    const message = row[0].startsWith('ListObject')
      ? 'Anonymous user has no right to access this bucket.'
      : 'Anonymous access is forbidden for this operation.';
    await expectRefused({ ...target(BUCKET, row), signature: 'anonymous' }, anonymous(message, BUCKET));
  });
});

test('an error names the host it was asked at, whichever way the bucket was addressed', async () => {
  const port = server.host.split(':')[1];
  for (const host of [`${MISSING}.localhost:${port}`, `${MISSING}.oss-cn-hangzhou.aliyuncs.com`, server.host]) {
    const isNamedByHost = host !== server.host;
    const path = { method: 'GET', query: { location: '' }, headers: { host } };
    // The signature has the bucket in it, whatever the URL does; unsigned requests say where it stands.
    const request: TestRequest = { ...path, ...(!isNamedByHost && { bucket: MISSING }), signature: 'anonymous' };
    expectExactError(await server.send(request), noSuchBucket(MISSING), host);
  }
});

describe('DeleteBucket', () => {
  const notEmpty = (bucket: string, left = 'objects'): ExactError => ({
    status: 409,
    code: 'BucketNotEmpty',
    message: `The bucket has ${left}. Please delete them first.`,
    ec: '0015-00000301',
    details: [['BucketName', bucket]],
  });
  const versioned: TestRequest = {
    method: 'PUT',
    query: { versioning: '' },
    body: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>',
  };
  const put: TestRequest = { method: 'PUT', key: 'k', body: 'x' };
  const remove: TestRequest = { method: 'DELETE', key: 'k' };

  test.each<[string, readonly TestRequest[], string?]>([
    ['an object', [put]],
    ['a version', [versioned, put, remove]],
    ['a delete marker and nothing else', [versioned, remove]],
    ['an unfinished upload', [{ method: 'POST', key: 'k', query: { uploads: '' } }], 'Multipart Uploads'],
  ])('with %s', async (_what, requests, left) => {
    const bucket = `full-${OPERATIONS.length}-${_what.replace(/\W/g, '')}`.toLowerCase();
    for (const request of [{ method: 'PUT' }, ...requests]) {
      expect((await server.send({ ...request, bucket })).status).toBeLessThan(300);
    }
    await expectRefused({ method: 'DELETE', bucket }, notEmpty(bucket, left));
  });
});
