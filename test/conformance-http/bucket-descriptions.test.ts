/**
 * What is told of buckets, letter for letter: the list of them, and of one its description, its place and its numbers.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectDocument } from './expectations.js';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const TIME = '2026-01-02T03:04:05.000Z';
const LOGS = 'logs';

let server: TestServer;
let ownerId: string;

beforeAll(async () => {
  server = await startTestServer({ clock: () => NOW_MS, settings: { region: 'cn-hangzhou' } });
  await made({ method: 'PUT', bucket: LOGS });
  ownerId = (await server.store.getBucket(LOGS)).ownerId;
});

afterAll(() => server.close());

async function made(request: TestRequest): Promise<void> {
  const answer = await server.send(request);
  expect(answer.status, answer.body.toString('utf8')).toBeLessThan(300);
}

const configure = (bucket: string, name: string, body: string) =>
  made({ method: 'PUT', bucket, query: { [name]: '' }, body });
const indented = (indent: string, lines: readonly string[]) => lines.map((line) => indent + line);
const owner = (indent: string) =>
  indented(indent, ['<Owner>', `  <ID>${ownerId}</ID>`, `  <DisplayName>${ownerId}</DisplayName>`, '</Owner>']);
describe('the service', () => {
  const bucket = (name: string, storageClass = 'Standard') => [
    '    <Bucket>',
    `      <CreationDate>${TIME}</CreationDate>`,
    `      <ExtranetEndpoint>${server.host}</ExtranetEndpoint>`,
    `      <IntranetEndpoint>${server.host}</IntranetEndpoint>`,
    '      <Location>oss-cn-hangzhou</Location>',
    `      <Name>${name}</Name>`,
    '      <Region>cn-hangzhou</Region>',
    `      <StorageClass>${storageClass}</StorageClass>`,
    '    </Bucket>',
  ];

  test('ListBuckets in pages', async () => {
    const archive = '<CreateBucketConfiguration><StorageClass>Archive</StorageClass></CreateBucketConfiguration>';
    await made({ method: 'PUT', bucket: 'service-a' });
    await made({ method: 'PUT', bucket: 'service-b', body: archive });
    const page = (query: Record<string, string>) =>
      server.send({ method: 'GET', query: { prefix: 'service-', ...query } });
    expectDocument(await page({ 'max-keys': '1' }), [
      '<ListAllMyBucketsResult>',
      '  <Prefix>service-</Prefix>',
      '  <MaxKeys>1</MaxKeys>',
      '  <IsTruncated>true</IsTruncated>',
      '  <NextMarker>service-a</NextMarker>',
      ...owner('  '),
      '  <Buckets>',
      ...bucket('service-a'),
      '  </Buckets>',
      '</ListAllMyBucketsResult>',
    ]);
    expectDocument(await page({ marker: 'service-a' }), [
      '<ListAllMyBucketsResult>',
      '  <Prefix>service-</Prefix>',
      '  <Marker>service-a</Marker>',
      '  <MaxKeys>100</MaxKeys>',
      '  <IsTruncated>false</IsTruncated>',
      ...owner('  '),
      '  <Buckets>',
      ...bucket('service-b', 'Archive'),
      '  </Buckets>',
      '</ListAllMyBucketsResult>',
    ]);
    expectDocument(await page({ 'max-keys': '2' }), [
      '<ListAllMyBucketsResult>',
      ...owner('  '),
      '  <Buckets>',
      ...bucket('service-a'),
      ...bucket('service-b', 'Archive'),
      '  </Buckets>',
      '</ListAllMyBucketsResult>',
    ]);
  });
});

describe('a bucket', () => {
  const name = 'told';
  const get = (query: string) => server.send({ method: 'GET', bucket: name, query: { [query]: '' } });

  beforeAll(async () => {
    await made({
      method: 'PUT',
      bucket: name,
      body: '<CreateBucketConfiguration><StorageClass>IA</StorageClass><DataRedundancyType>ZRS</DataRedundancyType></CreateBucketConfiguration>',
    });
  });

  test('GetBucketInfo shows what was set on the bucket', async () => {
    const encrypted =
      '<SSEAlgorithm>KMS</SSEAlgorithm><KMSMasterKeyID>key</KMSMasterKeyID><KMSDataEncryption>SM4</KMSDataEncryption>';
    for (const [query, body] of [
      ['accessmonitor', '<AccessMonitorConfiguration><Status>Enabled</Status></AccessMonitorConfiguration>'],
      [
        'transferAcceleration',
        '<TransferAccelerationConfiguration><Enabled>true</Enabled></TransferAccelerationConfiguration>',
      ],
      [
        'resourceGroup',
        '<BucketResourceGroupConfiguration><ResourceGroupId>rg-1</ResourceGroupId></BucketResourceGroupConfiguration>',
      ],
      [
        'encryption',
        `<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault>${encrypted}</ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>`,
      ],
      [
        'logging',
        `<BucketLoggingStatus><LoggingEnabled><TargetBucket>${LOGS}</TargetBucket><TargetPrefix>log-</TargetPrefix></LoggingEnabled></BucketLoggingStatus>`,
      ],
      [
        'publicAccessBlock',
        '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>',
      ],
    ] as const) {
      await configure(name, query, body);
    }
    await configure(
      name,
      'versioning',
      '<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>',
    );
    expectDocument(await get('bucketInfo'), [
      '<BucketInfo>',
      '  <Bucket>',
      '    <AccessMonitor>Enabled</AccessMonitor>',
      '    <Comment></Comment>',
      `    <CreationDate>${TIME}</CreationDate>`,
      `    <ExtranetEndpoint>${server.host}</ExtranetEndpoint>`,
      `    <IntranetEndpoint>${server.host}</IntranetEndpoint>`,
      '    <Location>oss-cn-hangzhou</Location>',
      '    <StorageClass>IA</StorageClass>',
      '    <DataRedundancyType>ZRS</DataRedundancyType>',
      '    <TransferAcceleration>Enabled</TransferAcceleration>',
      '    <CrossRegionReplication>Disabled</CrossRegionReplication>',
      `    <Name>${name}</Name>`,
      '    <ResourceGroupId>rg-1</ResourceGroupId>',
      '    <Owner>',
      `      <DisplayName>${ownerId}</DisplayName>`,
      `      <ID>${ownerId}</ID>`,
      '    </Owner>',
      '    <AccessControlList>',
      '      <Grant>private</Grant>',
      '    </AccessControlList>',
      '    <ServerSideEncryptionRule>',
      '      <SSEAlgorithm>KMS</SSEAlgorithm>',
      '      <KMSMasterKeyID>key</KMSMasterKeyID>',
      '      <KMSDataEncryption>SM4</KMSDataEncryption>',
      '    </ServerSideEncryptionRule>',
      '    <BucketPolicy>',
      `      <LogBucket>${LOGS}</LogBucket>`,
      '      <LogPrefix>log-</LogPrefix>',
      '    </BucketPolicy>',
      '    <Versioning>Suspended</Versioning>',
      '    <BlockPublicAccess>true</BlockPublicAccess>',
      '  </Bucket>',
      '</BucketInfo>',
    ]);
    await made({ method: 'DELETE', bucket: name, query: { encryption: '' } });
  });

  test('GetBucketLocation', async () => {
    expectDocument(await get('location'), ['<LocationConstraint>oss-cn-hangzhou</LocationConstraint>']);
  });

  test('GetBucketStat counts by class, uploads with their parts, and delete markers', async () => {
    const put = (key: string, body: string, storageClass: string) =>
      made({ method: 'PUT', bucket: name, key, body, headers: { 'x-oss-storage-class': storageClass } });
    await put('standard', 'x', 'Standard');
    await put('ia', 'xx', 'IA');
    await put('archive', 'xxx', 'Archive');
    await put('cold', 'xxxx', 'ColdArchive');
    await put('coldest', 'xxxxx', 'DeepColdArchive');
    await made({ method: 'DELETE', bucket: name, key: 'nothing' });
    const begun = await server.send({ method: 'POST', bucket: name, key: 'parts', query: { uploads: '' } });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.body.toString('utf8'))?.[1] ?? '';
    for (const partNumber of ['1', '2']) {
      await made({ method: 'PUT', bucket: name, key: 'parts', query: { partNumber, uploadId }, body: 'part' });
    }
    const classes = [
      ['InfrequentAccess', 2],
      ['Archive', 3],
      ['ColdArchive', 4],
      ['DeepColdArchive', 5],
    ] as const;
    expectDocument(await get('stat'), [
      '<BucketStat>',
      '  <Storage>15</Storage>',
      '  <ObjectCount>5</ObjectCount>',
      '  <MultipartUploadCount>1</MultipartUploadCount>',
      '  <LiveChannelCount>0</LiveChannelCount>',
      '  <MultipartPartCount>2</MultipartPartCount>',
      '  <DeleteMarkerCount>1</DeleteMarkerCount>',
      `  <LastModifiedTime>${Math.floor(NOW_MS / 1000)}</LastModifiedTime>`,
      '  <StandardStorage>1</StandardStorage>',
      '  <StandardObjectCount>1</StandardObjectCount>',
      ...classes.flatMap(([title, size]) => [
        `  <${title}Storage>${size}</${title}Storage>`,
        `  <${title}RealStorage>${size}</${title}RealStorage>`,
        `  <${title}ObjectCount>1</${title}ObjectCount>`,
      ]),
      '</BucketStat>',
    ]);
  });
});
