/** Listings of a bucket and what is told of it, letter for letter: every element, its order, its spelling, and what `encoding-type=url` encodes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectDocument, ownHeaders } from './expectations.js';
import { startTestServer, type TestRequest, type TestServer } from './test-server.js';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const TIME = '2026-01-02T03:04:05.000Z';
const ETAG_OF_X = '"9DD4E461268C8034F5C8564E155C67A6"';
const PLAIN = 'listed-plain';
const VERSIONED = 'listed-versions';
const ENABLED = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';

let server: TestServer;
let ownerId: string;

beforeAll(async () => {
  server = await startTestServer({ clock: () => NOW_MS, settings: { region: 'cn-hangzhou' } });
  await made({ method: 'PUT', bucket: PLAIN });
  await made({ method: 'PUT', bucket: VERSIONED });
  ownerId = (await server.store.getBucket(PLAIN)).ownerId;
});

afterAll(() => server.close());

async function made(request: TestRequest): Promise<Record<string, string>> {
  const answer = await server.send(request);
  expect(answer.status, answer.body.toString('utf8')).toBeLessThan(300);
  return ownHeaders(answer);
}

const configure = (bucket: string, name: string, body: string) =>
  made({ method: 'PUT', bucket, query: { [name]: '' }, body });
const list = (bucket: string, query: Record<string, string>) => server.send({ method: 'GET', bucket, query });
const indented = (indent: string, lines: readonly string[]) => lines.map((line) => indent + line);
const owner = (indent: string) =>
  indented(indent, ['<Owner>', `  <ID>${ownerId}</ID>`, `  <DisplayName>${ownerId}</DisplayName>`, '</Owner>']);
const contents = (key: string, more: { type?: string; size?: number; etag?: string; withOwner?: boolean } = {}) => [
  '  <Contents>',
  `    <Key>${key}</Key>`,
  `    <LastModified>${TIME}</LastModified>`,
  `    <ETag>${more.etag ?? ETAG_OF_X}</ETag>`,
  `    <Type>${more.type ?? 'Normal'}</Type>`,
  `    <Size>${more.size ?? 1}</Size>`,
  '    <StorageClass>Standard</StorageClass>',
  ...(more.withOwner === false ? [] : owner('    ')),
  '  </Contents>',
];

describe('objects', () => {
  beforeAll(async () => {
    for (const key of ['ä b/1', 'ä b/2+3', 'ä b/sub/4', 'ä b/sub/5', 'ä c']) {
      await made({ method: 'PUT', bucket: PLAIN, key, body: 'x' });
    }
  });

  test('ListObjects encodes prefix, marker, next marker, delimiter, keys and common prefixes', async () => {
    const query = { prefix: 'ä b/', delimiter: '/', marker: 'ä b/1', 'max-keys': '2', 'encoding-type': 'url' };
    expectDocument(await list(PLAIN, query), [
      '<ListBucketResult>',
      `  <Name>${PLAIN}</Name>`,
      '  <Prefix>%C3%A4%20b%2F</Prefix>',
      '  <Marker>%C3%A4%20b%2F1</Marker>',
      '  <MaxKeys>2</MaxKeys>',
      '  <Delimiter>%2F</Delimiter>',
      '  <EncodingType>url</EncodingType>',
      '  <IsTruncated>false</IsTruncated>',
      ...contents('%C3%A4%20b%2F2%2B3'),
      '  <CommonPrefixes>',
      '    <Prefix>%C3%A4%20b%2Fsub%2F</Prefix>',
      '  </CommonPrefixes>',
      '</ListBucketResult>',
    ]);
    const first = await list(PLAIN, { prefix: 'ä b/', 'max-keys': '1', 'encoding-type': 'url' });
    expectDocument(first, [
      '<ListBucketResult>',
      `  <Name>${PLAIN}</Name>`,
      '  <Prefix>%C3%A4%20b%2F</Prefix>',
      '  <MaxKeys>1</MaxKeys>',
      '  <EncodingType>url</EncodingType>',
      '  <IsTruncated>true</IsTruncated>',
      '  <NextMarker>%C3%A4%20b%2F1</NextMarker>',
      ...contents('%C3%A4%20b%2F1'),
      '</ListBucketResult>',
    ]);
  });

  test('ListObjects encodes nothing unasked', async () => {
    expectDocument(await list(PLAIN, { prefix: 'ä b/', delimiter: '/', marker: 'ä b/1' }), [
      '<ListBucketResult>',
      `  <Name>${PLAIN}</Name>`,
      '  <Prefix>ä b/</Prefix>',
      '  <Marker>ä b/1</Marker>',
      '  <MaxKeys>100</MaxKeys>',
      '  <Delimiter>/</Delimiter>',
      '  <IsTruncated>false</IsTruncated>',
      ...contents('ä b/2+3'),
      '  <CommonPrefixes>',
      '    <Prefix>ä b/sub/</Prefix>',
      '  </CommonPrefixes>',
      '</ListBucketResult>',
    ]);
  });

  test('ListObjectsV2 encodes the same and where to start, counts rows, and names owners only when asked', async () => {
    const query = { 'list-type': '2', prefix: 'ä b/', delimiter: '/', 'start-after': 'ä b/1', 'encoding-type': 'url' };
    const lines = (withOwner: boolean) => [
      '<ListBucketResult>',
      `  <Name>${PLAIN}</Name>`,
      '  <Prefix>%C3%A4%20b%2F</Prefix>',
      '  <StartAfter>%C3%A4%20b%2F1</StartAfter>',
      '  <MaxKeys>100</MaxKeys>',
      '  <Delimiter>%2F</Delimiter>',
      '  <EncodingType>url</EncodingType>',
      '  <IsTruncated>false</IsTruncated>',
      ...contents('%C3%A4%20b%2F2%2B3', { withOwner }),
      '  <CommonPrefixes>',
      '    <Prefix>%C3%A4%20b%2Fsub%2F</Prefix>',
      '  </CommonPrefixes>',
      '  <KeyCount>2</KeyCount>',
      '</ListBucketResult>',
    ];
    expectDocument(await list(PLAIN, query), lines(false));
    expectDocument(await list(PLAIN, { ...query, 'fetch-owner': 'false' }), lines(false));
    expectDocument(await list(PLAIN, { ...query, 'fetch-owner': 'true' }), lines(true));
  });

  test('a continuation token is the last key, and begins where it ended', async () => {
    const bucket = 'listed-tokens';
    await made({ method: 'PUT', bucket });
    for (const key of ['ab', 'bc', 'cd']) await made({ method: 'PUT', bucket, key, body: 'x' });
    const first = await list(bucket, { 'list-type': '2', 'max-keys': '2' });
    expectDocument(first, [
      '<ListBucketResult>',
      `  <Name>${bucket}</Name>`,
      '  <MaxKeys>2</MaxKeys>',
      '  <IsTruncated>true</IsTruncated>',
      '  <NextContinuationToken>CgJiYw--</NextContinuationToken>',
      ...contents('ab', { withOwner: false }),
      ...contents('bc', { withOwner: false }),
      '  <KeyCount>2</KeyCount>',
      '</ListBucketResult>',
    ]);
    expectDocument(await list(bucket, { 'list-type': '2', 'max-keys': '2', 'continuation-token': 'CgJiYw--' }), [
      '<ListBucketResult>',
      `  <Name>${bucket}</Name>`,
      '  <ContinuationToken>CgJiYw--</ContinuationToken>',
      '  <MaxKeys>2</MaxKeys>',
      '  <IsTruncated>false</IsTruncated>',
      ...contents('cd', { withOwner: false }),
      '  <KeyCount>1</KeyCount>',
      '</ListBucketResult>',
    ]);
  });

  test.each(['k', 'k'.repeat(127), 'k'.repeat(128), '?>~ÿ', 'ü'.repeat(511)])('goes on after %s', async (key) => {
    const bucket = 'listed-long-tokens';
    await made({ method: 'PUT', bucket });
    for (const name of [key, `${key}z`]) await made({ method: 'PUT', bucket, key: name, body: 'x' });
    const query = { 'list-type': '2', 'max-keys': '1', prefix: key, 'encoding-type': 'url' };
    const [token = ''] =
      /(?<=<NextContinuationToken>)[\w.-]+/.exec((await list(bucket, query)).body.toString('utf8')) ?? [];
    const rest = (await list(bucket, { ...query, 'continuation-token': token })).body.toString('utf8');
    expect(rest.match(/(?<=<Key>)[^<]*/g)).toEqual([encodeURIComponent(`${key}z`)]);
  });

  test('the four types of objects', async () => {
    const bucket = 'listed-types';
    await made({ method: 'PUT', bucket });
    await made({ method: 'POST', bucket, key: 'appended', query: { append: '', position: '0' }, body: 'x' });
    await made({ method: 'PUT', bucket, key: 'plain', body: 'x' });
    await made({
      method: 'PUT',
      bucket,
      key: 'link',
      query: { symlink: '' },
      headers: { 'x-oss-symlink-target': 'plain' },
    });
    const key = 'parts';
    const begun = await server.send({ method: 'POST', bucket, key, query: { uploads: '' } });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.body.toString('utf8'))?.[1] ?? '';
    await made({ method: 'PUT', bucket, key, query: { partNumber: '1', uploadId }, body: 'x' });
    await made({ method: 'POST', bucket, key, query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' } });
    const text = (await list(bucket, {})).body.toString('utf8');
    expect(text.match(/(?<=<(?:Key|Type)>)[^<]*/g)).toEqual([
      'appended',
      'Appendable',
      'link',
      'Symlink',
      'parts',
      'Multipart',
      'plain',
      'Normal',
    ]);
    const etags = text.match(/(?<=<ETag>)[^<]*/g) ?? [];
    expect([etags[0], etags[2], etags[3]]).toEqual([
      expect.stringMatching(/^"[0-9A-F]{32}"$/),
      expect.stringMatching(/^"[0-9A-F]{32}-1"$/),
      ETAG_OF_X,
    ]);
  });
});

describe('versions', () => {
  const entry = (kind: 'Version' | 'DeleteMarker', key: string, id: string, isLatest: boolean) => [
    `  <${kind}>`,
    `    <Key>${key}</Key>`,
    `    <VersionId>${id}</VersionId>`,
    `    <IsLatest>${isLatest}</IsLatest>`,
    `    <LastModified>${TIME}</LastModified>`,
    ...(kind === 'Version'
      ? indented('    ', [
          `<ETag>${ETAG_OF_X}</ETag>`,
          '<Type>Normal</Type>',
          '<Size>1</Size>',
          '<StorageClass>Standard</StorageClass>',
        ])
      : []),
    ...owner('    '),
    `  </${kind}>`,
  ];
  let old = '';
  let first = '';
  let marker = '';

  beforeAll(async () => {
    const put = (key: string): TestRequest => ({ method: 'PUT', bucket: VERSIONED, key, body: 'x' });
    await made(put('ä/1'));
    old = 'null';
    await configure(VERSIONED, 'versioning', ENABLED);
    first = (await made(put('ä/1')))['x-oss-version-id'] ?? '';
    marker = (await made({ method: 'DELETE', bucket: VERSIONED, key: 'ä/1' }))['x-oss-version-id'] ?? '';
    await made(put('ä/sub/2'));
    await made(put('ö'));
  });

  test('newest first, delete markers among them, and what encoding-type=url encodes', async () => {
    const query = { versions: '', prefix: 'ä/', delimiter: '/', 'encoding-type': 'url' };
    expectDocument(await list(VERSIONED, query), [
      '<ListVersionsResult>',
      `  <Name>${VERSIONED}</Name>`,
      '  <Prefix>%C3%A4%2F</Prefix>',
      '  <KeyMarker></KeyMarker>',
      '  <VersionIdMarker></VersionIdMarker>',
      '  <MaxKeys>100</MaxKeys>',
      '  <Delimiter>%2F</Delimiter>',
      '  <EncodingType>url</EncodingType>',
      '  <IsTruncated>false</IsTruncated>',
      ...entry('DeleteMarker', '%C3%A4%2F1', marker, true),
      ...entry('Version', '%C3%A4%2F1', first, false),
      ...entry('Version', '%C3%A4%2F1', old, false),
      '  <CommonPrefixes>',
      '    <Prefix>%C3%A4%2Fsub%2F</Prefix>',
      '  </CommonPrefixes>',
      '</ListVersionsResult>',
    ]);
  });

  test('in pages, which end and begin within a key', async () => {
    const query = { versions: '', prefix: 'ä/', 'max-keys': '1', 'encoding-type': 'url' };
    expectDocument(await list(VERSIONED, { ...query, 'key-marker': 'ä/1', 'version-id-marker': marker }), [
      '<ListVersionsResult>',
      `  <Name>${VERSIONED}</Name>`,
      '  <Prefix>%C3%A4%2F</Prefix>',
      '  <KeyMarker>%C3%A4%2F1</KeyMarker>',
      `  <VersionIdMarker>${marker}</VersionIdMarker>`,
      '  <MaxKeys>1</MaxKeys>',
      '  <Delimiter></Delimiter>',
      '  <EncodingType>url</EncodingType>',
      '  <IsTruncated>true</IsTruncated>',
      '  <NextKeyMarker>%C3%A4%2F1</NextKeyMarker>',
      `  <NextVersionIdMarker>${first}</NextVersionIdMarker>`,
      ...entry('Version', '%C3%A4%2F1', first, false),
      '</ListVersionsResult>',
    ]);
    // A key alone means all its versions.
    const after = (await list(VERSIONED, { versions: '', 'key-marker': 'ä/1' })).body.toString('utf8');
    expect(after.match(/(?<=<Key>)[^<]*/g)).toEqual(['ä/sub/2', 'ö']);
  });
});

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

  test('GetBucketInfo tells what the bucket was told', async () => {
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
        `<BucketLoggingStatus><LoggingEnabled><TargetBucket>${PLAIN}</TargetBucket><TargetPrefix>log-</TargetPrefix></LoggingEnabled></BucketLoggingStatus>`,
      ],
      [
        'publicAccessBlock',
        '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>',
      ],
    ] as const) {
      await configure(name, query, body);
    }
    await configure(name, 'versioning', ENABLED.replace('Enabled', 'Suspended'));
    expectDocument(await get('bucketInfo'), [
      '<BucketInfo>',
      '  <Bucket>',
      '    <AccessMonitor>Enabled</AccessMonitor>',
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
      ...indented(
        '      ',
        encrypted
          .replaceAll('><', '>\n<')
          .split('\n')
          .join('')
          .split(/(?<=<\/\w+>)/),
      ),
      '    </ServerSideEncryptionRule>',
      '    <BucketPolicy>',
      `      <LogBucket>${PLAIN}</LogBucket>`,
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
