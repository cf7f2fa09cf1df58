/**
 * The life of each configuration of a bucket: not there, put, shown, deleted, not there again; every answer with its
 * own headers and no others.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { type ExactError, expectExactError } from './error-document.js';
import { ownHeaders } from './expectations.js';

const BUCKET = 'cycle';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.send({ method: 'PUT', bucket: BUCKET });
});

afterAll(() => server.close());

interface Configuration {
  readonly query: string;
  /** As it comes back, but for white space. */
  readonly document: string;
  /** What there is before anything was put: an error, or a document. */
  readonly absent: readonly [code: string, message: string] | string;
  /** Default: 204, whether there is one or not. */
  readonly isDeletable?: false;
}

/** All nine are shown, so all nine are put. */
const LIMITS = ['UploadBandwidth', 'DownloadBandwidth', 'Qps']
  .flatMap((what) => ['Total', 'Intranet', 'Extranet'].map((where) => `${where}${what}`))
  .map((name) => `<${name}>${name === 'TotalQps' ? 10 : -1}</${name}>`)
  .join('');

const CONFIGURATIONS: readonly Configuration[] = [
  {
    query: 'lifecycle',
    document:
      '<LifecycleConfiguration><Rule><ID>a</ID><Prefix>p</Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>',
    absent: ['NoSuchLifecycle', 'No Row found in Lifecycle Table.'],
  },
  {
    query: 'cors',
    document:
      '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule><ResponseVary>false</ResponseVary></CORSConfiguration>',
    absent: ['NoSuchCORSConfiguration', 'The CORS Configuration does not exist.'],
  },
  {
    query: 'website',
    document: '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>',
    absent: ['NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration.'],
  },
  {
    query: 'encryption',
    document:
      '<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>',
    absent: ['NoSuchServerSideEncryptionRule', 'The server side encryption configuration was not found.'],
  },
  {
    query: 'logging',
    document:
      '<BucketLoggingStatus><LoggingEnabled><TargetBucket>cycle</TargetBucket><TargetPrefix>log-</TargetPrefix></LoggingEnabled></BucketLoggingStatus>',
    absent: '<BucketLoggingStatus><LoggingEnabled></LoggingEnabled></BucketLoggingStatus>',
  },
  {
    query: 'tagging',
    document: '<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>',
    absent: '<Tagging><TagSet></TagSet></Tagging>',
  },
  {
    query: 'overwriteConfig',
    document: '<OverwriteConfiguration><Rule><ID>a</ID><Action>forbid</Action></Rule></OverwriteConfiguration>',
    absent: ['NoSuchConfiguration', 'The specified configuration does not exist.'],
  },
  {
    query: 'publicAccessBlock',
    document:
      '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>',
    absent:
      '<PublicAccessBlockConfiguration><BlockPublicAccess>false</BlockPublicAccess></PublicAccessBlockConfiguration>',
  },
  {
    query: 'qosInfo',
    document: `<QoSConfiguration>${LIMITS}</QoSConfiguration>`,
    absent: ['NoSuchConfiguration', 'The specified configuration does not exist.'],
  },
  {
    query: 'userDefinedLogFieldsConfig',
    document:
      '<UserDefinedLogFieldsConfiguration><HeaderSet><header>a</header></HeaderSet></UserDefinedLogFieldsConfiguration>',
    absent: ['NoSuchConfiguration', 'The specified configuration does not exist.'],
  },
  {
    query: 'inventory&inventoryId=a',
    document: '<InventoryConfiguration><Id>a</Id><IsEnabled>true</IsEnabled></InventoryConfiguration>',
    absent: ['NoSuchInventory', 'The specified inventory configuration does not exist.'],
  },
  {
    query: 'requesterQosInfo&qosRequester=1',
    document: `<QoSConfiguration>${LIMITS}</QoSConfiguration>`,
    absent: ['NoSuchConfiguration', 'The specified configuration does not exist.'],
  },
  {
    query: 'referer',
    document:
      '<RefererConfiguration><AllowEmptyReferer>false</AllowEmptyReferer><AllowTruncateQueryString>true</AllowTruncateQueryString><TruncatePath>false</TruncatePath><RefererList><Referer>http://a</Referer></RefererList></RefererConfiguration>',
    absent:
      '<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer><AllowTruncateQueryString>true</AllowTruncateQueryString><TruncatePath>false</TruncatePath><RefererList></RefererList></RefererConfiguration>',
    isDeletable: false,
  },
  {
    query: 'requestPayment',
    document: '<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>',
    absent: '<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>',
    isDeletable: false,
  },
  {
    query: 'versioning',
    document: '<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>',
    absent: '<VersioningConfiguration></VersioningConfiguration>',
    isDeletable: false,
  },
  {
    query: 'transferAcceleration',
    document: '<TransferAccelerationConfiguration><Enabled>false</Enabled></TransferAccelerationConfiguration>',
    absent: [
      'NoSuchTransferAccelerationConfiguration',
      'The bucket you specified does not have transfer acceleration configuration',
    ],
  },
  {
    query: 'accessmonitor',
    document: '<AccessMonitorConfiguration><Status>Enabled</Status></AccessMonitorConfiguration>',
    absent: '<AccessMonitorConfiguration><Status>Disabled</Status></AccessMonitorConfiguration>',
    isDeletable: false,
  },
  {
    query: 'resourceGroup',
    document:
      '<BucketResourceGroupConfiguration><ResourceGroupId>rg-2</ResourceGroupId></BucketResourceGroupConfiguration>',
    absent:
      '<BucketResourceGroupConfiguration><ResourceGroupId>rg-default-id</ResourceGroupId></BucketResourceGroupConfiguration>',
    isDeletable: false,
  },
  {
    query: 'httpsConfig',
    document:
      '<HttpsConfiguration><TLS><Enable>true</Enable><TLSVersion>TLSv1.2</TLSVersion><TLSVersion>TLSv1.3</TLSVersion></TLS></HttpsConfiguration>',
    absent: '<HttpsConfiguration><TLS><Enable>false</Enable></TLS></HttpsConfiguration>',
    isDeletable: false,
  },
  {
    query: 'bucketArchiveDirectRead',
    document: '<ArchiveDirectReadConfiguration><Enabled>true</Enabled></ArchiveDirectReadConfiguration>',
    absent: '<ArchiveDirectReadConfiguration><Enabled>false</Enabled></ArchiveDirectReadConfiguration>',
    isDeletable: false,
  },
];

function send(method: string, query: string, body?: string): Promise<RawAnswer> {
  const parameters = Object.fromEntries(new URLSearchParams(query));
  return server.send({ method, bucket: BUCKET, query: parameters, ...(body !== undefined && { body }) });
}

function compact(answer: RawAnswer): string {
  return answer.body.toString('utf8').replace(/\n\s*/g, '');
}

function expectShown(answer: RawAnswer, document: string): void {
  expect([answer.status, compact(answer)]).toEqual([200, `<?xml version="1.0" encoding="UTF-8"?>${document}`]);
  expect(ownHeaders(answer)).toEqual({
    'content-type': 'application/xml',
    'content-length': String(answer.body.length),
  });
}

function expectAbsent(answer: RawAnswer, { absent }: Configuration): void {
  if (typeof absent === 'string') {
    expectShown(answer, absent);
    return;
  }
  const [code, message] = absent;
  const expected: ExactError = { status: 404, code, message, details: [['BucketName', BUCKET]] };
  expectExactError(answer, expected, server.host);
}

test.each(CONFIGURATIONS.map((configuration) => [configuration.query, configuration] as const))(
  '%s',
  async (query, configuration) => {
    const { document, isDeletable } = configuration;
    expectAbsent(await send('GET', query), configuration);
    const stored = await send('PUT', query, document);
    expect([stored.status, ownHeaders(stored)]).toEqual([200, { 'content-length': '0' }]);
    const shown = query.startsWith('requesterQosInfo')
      ? `<RequesterQoSInfo><Requester>1</Requester>${document}</RequesterQoSInfo>`
      : document;
    expectShown(await send('GET', query), shown);
    if (isDeletable === false) {
      const refused: ExactError = {
        status: 405,
        code: 'MethodNotAllowed',
        message: 'The specified method is not allowed against this resource.',
        ec: '0003-00000016',
        details: [
          ['Method', 'delete'],
          ['ResourceType', 'Bucket'],
        ],
        headers: { allow: 'PUT, GET, OPTIONS' },
      };
      expectExactError(await send('DELETE', query), refused, server.host);
      return;
    }
    // The second time there is nothing to delete, which is no error.
    for (const _time of [1, 2]) {
      const deleted = await send('DELETE', query);
      expect([deleted.status, ownHeaders(deleted), deleted.body.length]).toEqual([204, {}, 0]);
      expectAbsent(await send('GET', query), configuration);
    }
  },
);
