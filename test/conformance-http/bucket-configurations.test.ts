/** Every configuration of a bucket: what is put is given back, letter for letter, and what is wrong is refused. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExpectedError, expectDocument, expectError } from './expectations.js';
import { startTestServer, type TestRequest, type TestServer } from './test-server.js';

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const BUCKET = 'configured';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ clock: () => START_MS });
  await server.send({ method: 'PUT', bucket: BUCKET });
});

afterAll(() => server.close());

function send(method: string, query: Record<string, string>, body?: string, more?: Partial<TestRequest>) {
  return server.send({ method, bucket: BUCKET, query, ...(body !== undefined && { body }), ...more });
}

async function expectStored(query: Record<string, string>, put: string, lines: readonly string[]): Promise<void> {
  const stored = await send('PUT', query, put);
  expect([stored.status, stored.body.toString()]).toEqual([200, '']);
  expectDocument(await send('GET', query), lines);
}

async function expectDeleted(query: Record<string, string>): Promise<void> {
  expect((await send('DELETE', query)).status).toBe(204);
  // Deleting what is not there is no error.
  expect((await send('DELETE', query)).status).toBe(204);
}

describe('configurations with a document of their own', () => {
  test('lifecycle', async () => {
    expectError(await send('GET', { lifecycle: '' }), {
      status: 404,
      code: 'NoSuchLifecycle',
      message: 'No Row found in Lifecycle Table.',
    });
    await expectStored(
      { lifecycle: '' },
      `<LifecycleConfiguration><Rule><ID>one</ID><Prefix>logs/</Prefix><Status>Enabled</Status><Tag><Key>k</Key><Value>v</Value></Tag>
      <Filter><ObjectSizeGreaterThan>500</ObjectSizeGreaterThan><Not><Prefix>logs/keep</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></Not></Filter>
      <Transition><Days>30</Days><StorageClass>IA</StorageClass></Transition><Transition><Days>60</Days><StorageClass>Archive</StorageClass></Transition>
      <Expiration><Days>90</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>10</NoncurrentDays></NoncurrentVersionExpiration>
      <NoncurrentVersionTransition><NoncurrentDays>5</NoncurrentDays><StorageClass>IA</StorageClass></NoncurrentVersionTransition></Rule>
      <Rule><ID>two</ID><Prefix></Prefix><Status>Disabled</Status><Expiration><CreatedBeforeDate>2025-01-01T00:00:00.000Z</CreatedBeforeDate></Expiration>
      <AbortMultipartUpload><Days>1</Days></AbortMultipartUpload></Rule></LifecycleConfiguration>`,
      [
        '<LifecycleConfiguration>',
        '  <Rule>',
        '    <ID>one</ID>',
        '    <Prefix>logs/</Prefix>',
        '    <Status>Enabled</Status>',
        '    <Tag>',
        '      <Key>k</Key>',
        '      <Value>v</Value>',
        '    </Tag>',
        '    <Filter>',
        '      <ObjectSizeGreaterThan>500</ObjectSizeGreaterThan>',
        '      <Not>',
        '        <Prefix>logs/keep</Prefix>',
        '        <Tag>',
        '          <Key>a</Key>',
        '          <Value>b</Value>',
        '        </Tag>',
        '      </Not>',
        '    </Filter>',
        '    <Expiration>',
        '      <Days>90</Days>',
        '    </Expiration>',
        '    <Transition>',
        '      <Days>30</Days>',
        '      <StorageClass>IA</StorageClass>',
        '    </Transition>',
        '    <Transition>',
        '      <Days>60</Days>',
        '      <StorageClass>Archive</StorageClass>',
        '    </Transition>',
        '    <NoncurrentVersionExpiration>',
        '      <NoncurrentDays>10</NoncurrentDays>',
        '    </NoncurrentVersionExpiration>',
        '    <NoncurrentVersionTransition>',
        '      <NoncurrentDays>5</NoncurrentDays>',
        '      <StorageClass>IA</StorageClass>',
        '    </NoncurrentVersionTransition>',
        '  </Rule>',
        '  <Rule>',
        '    <ID>two</ID>',
        '    <Prefix></Prefix>',
        '    <Status>Disabled</Status>',
        '    <Expiration>',
        '      <CreatedBeforeDate>2025-01-01T00:00:00.000Z</CreatedBeforeDate>',
        '    </Expiration>',
        '    <AbortMultipartUpload>',
        '      <Days>1</Days>',
        '    </AbortMultipartUpload>',
        '  </Rule>',
        '</LifecycleConfiguration>',
      ],
    );
    await expectDeleted({ lifecycle: '' });
    const byAccess = [
      '<LifecycleConfiguration>',
      '  <Rule>',
      '    <ID>by-access</ID>',
      '    <Prefix></Prefix>',
      '    <Status>Enabled</Status>',
      '    <Expiration>',
      '      <Days>9</Days>',
      '    </Expiration>',
      '    <Transition>',
      '      <Days>30</Days>',
      '      <StorageClass>IA</StorageClass>',
      '      <IsAccessTime>true</IsAccessTime>',
      '      <ReturnToStdWhenVisit>true</ReturnToStdWhenVisit>',
      '      <AllowSmallFile>false</AllowSmallFile>',
      '    </Transition>',
      '    <Transition>',
      '      <Days>3</Days>',
      '      <StorageClass>IA</StorageClass>',
      '      <IsAccessTime>false</IsAccessTime>',
      '    </Transition>',
      '    <NoncurrentVersionTransition>',
      '      <NoncurrentDays>5</NoncurrentDays>',
      '      <StorageClass>Archive</StorageClass>',
      '      <IsAccessTime>true</IsAccessTime>',
      '      <ReturnToStdWhenVisit>false</ReturnToStdWhenVisit>',
      '    </NoncurrentVersionTransition>',
      '  </Rule>',
      '</LifecycleConfiguration>',
    ];
    const unwatched = await send('PUT', { lifecycle: '' }, byAccess.join(''));
    expectError(unwatched, { status: 400, code: 'InvalidRequest', ec: '0014-00000016' });
    const monitor = '<AccessMonitorConfiguration><Status>Enabled</Status></AccessMonitorConfiguration>';
    await send('PUT', { accessmonitor: '' }, monitor);
    await expectStored({ lifecycle: '' }, byAccess.join(''), byAccess);
    await expectDeleted({ lifecycle: '' });
    await send('PUT', { accessmonitor: '' }, monitor.replace('Enabled', 'Disabled'));
    await send('PUT', { lifecycle: '' }, lifecycle(rule('a/', '<Expiration><Days>1</Days></Expiration>')));
    expect((await send('GET', { lifecycle: '' })).body.toString()).toMatch(/<ID>[0-9a-f-]{36}<\/ID>/);
    const overlapping = lifecycle(
      `${rule('a/', '<Expiration><Days>1</Days></Expiration>')}${rule('a/b', '<Expiration><Days>1</Days></Expiration>')}`,
    );
    const allowing = { headers: { 'x-oss-allow-same-action-overlap': 'true' } };
    expect((await send('PUT', { lifecycle: '' }, overlapping, allowing)).status).toBe(200);
    expectError(
      await send('PUT', { lifecycle: '' }, overlapping, { headers: { 'x-oss-allow-same-action-overlap': 'yes' } }),
      {
        status: 400,
        code: 'InvalidArgument',
        details: { ArgumentName: 'x-oss-allow-same-action-overlap', ArgumentValue: 'yes' },
      },
    );
  });

  test('CORS', async () => {
    expectError(await send('GET', { cors: '' }), {
      status: 404,
      code: 'NoSuchCORSConfiguration',
      message: 'The CORS Configuration does not exist.',
    });
    const lines = [
      '<CORSConfiguration>',
      '  <CORSRule>',
      '    <AllowedOrigin>https://*.example.com</AllowedOrigin>',
      '    <AllowedOrigin>*</AllowedOrigin>',
      '    <AllowedMethod>GET</AllowedMethod>',
      '    <AllowedMethod>PUT</AllowedMethod>',
      '    <AllowedHeader>x-oss-*</AllowedHeader>',
      '    <ExposeHeader>x-oss-meta-a</ExposeHeader>',
      '    <MaxAgeSeconds>0</MaxAgeSeconds>',
      '  </CORSRule>',
      '  <ResponseVary>true</ResponseVary>',
      '</CORSConfiguration>',
    ];
    await expectStored({ cors: '' }, lines.join(''), lines);
    await expectDeleted({ cors: '' });
  });

  test('referer, which always is there', async () => {
    const none = [
      '<RefererConfiguration>',
      '  <AllowEmptyReferer>true</AllowEmptyReferer>',
      '  <AllowTruncateQueryString>true</AllowTruncateQueryString>',
      '  <TruncatePath>false</TruncatePath>',
      '  <RefererList></RefererList>',
      '</RefererConfiguration>',
    ];
    expectDocument(await send('GET', { referer: '' }), none);
    const lines = [
      '<RefererConfiguration>',
      '  <AllowEmptyReferer>false</AllowEmptyReferer>',
      '  <AllowTruncateQueryString>true</AllowTruncateQueryString>',
      '  <TruncatePath>true</TruncatePath>',
      '  <RefererList>',
      '    <Referer>http://*.example.com</Referer>',
      '    <Referer>http://b</Referer>',
      '  </RefererList>',
      '  <RefererBlacklist>',
      '    <Referer>http://bad.example.com</Referer>',
      '  </RefererBlacklist>',
      '</RefererConfiguration>',
    ];
    await expectStored({ referer: '' }, lines.join(''), lines);
    await expectStored({ referer: '' }, none.join(''), none);
  });

  test('website', async () => {
    expectError(await send('GET', { website: '' }), {
      status: 404,
      code: 'NoSuchWebsiteConfiguration',
      message: 'The specified bucket does not have a website configuration.',
    });
    const lines = [
      '<WebsiteConfiguration>',
      '  <IndexDocument>',
      '    <Suffix>index.html</Suffix>',
      '    <SupportSubDir>true</SupportSubDir>',
      '    <Type>2</Type>',
      '  </IndexDocument>',
      '  <ErrorDocument>',
      '    <Key>error.html</Key>',
      '    <HttpStatus>404</HttpStatus>',
      '  </ErrorDocument>',
      '  <RoutingRules>',
      '    <RoutingRule>',
      '      <RuleNumber>1</RuleNumber>',
      '      <Condition>',
      '        <KeyPrefixEquals>old/</KeyPrefixEquals>',
      '        <HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>',
      '        <IncludeHeader>',
      '          <Key>x-a</Key>',
      '          <Equals>1</Equals>',
      '        </IncludeHeader>',
      '      </Condition>',
      '      <Redirect>',
      '        <RedirectType>External</RedirectType>',
      '        <Protocol>https</Protocol>',
      '        <HostName>example.com</HostName>',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder's own spelling
      '        <ReplaceKeyWith>new/${key}</ReplaceKeyWith>',
      '        <HttpRedirectCode>301</HttpRedirectCode>',
      '        <PassQueryString>true</PassQueryString>',
      '      </Redirect>',
      '    </RoutingRule>',
      '  </RoutingRules>',
      '</WebsiteConfiguration>',
    ];
    await expectStored({ website: '' }, lines.join(''), lines);
    await expectDeleted({ website: '' });
  });

  test('website: an index without a name beside rules is none, and a redirect without a type is External', async () => {
    const rules = (redirect: string) =>
      `<RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect>${redirect}</Redirect></RoutingRule></RoutingRules>`;
    const host = '<HostName>www.example.com</HostName>';
    for (const index of ['<Suffix/>', '<Suffix></Suffix><SupportSubDir>false</SupportSubDir><Type>0</Type>', '']) {
      const body = `<WebsiteConfiguration><IndexDocument>${index}</IndexDocument>${rules(host)}</WebsiteConfiguration>`;
      expect([index, (await send('PUT', { website: '' }, body)).status]).toEqual([index, 200]);
      const shown = (await send('GET', { website: '' })).body.toString();
      expect(shown).toContain('<RedirectType>External</RedirectType>');
      expect(shown).not.toContain('IndexDocument');
    }
    for (const body of [
      '<WebsiteConfiguration><IndexDocument><Suffix/></IndexDocument></WebsiteConfiguration>',
      `<WebsiteConfiguration><IndexDocument><Suffix/><Sufix>a</Sufix></IndexDocument>${rules(host)}</WebsiteConfiguration>`,
      `<WebsiteConfiguration>${rules(`<RedirectType>Outside</RedirectType>${host}`)}</WebsiteConfiguration>`,
    ]) {
      expect([body, (await send('PUT', { website: '' }, body)).status]).toEqual([body, 400]);
    }
    await expectDeleted({ website: '' });
  });

  test('website: rules that would fetch from elsewhere are kept whole', async () => {
    const lines = [
      '<WebsiteConfiguration>',
      '  <RoutingRules>',
      '    <RoutingRule>',
      '      <RuleNumber>1</RuleNumber>',
      '      <Condition>',
      '        <KeyPrefixEquals>abc/</KeyPrefixEquals>',
      '        <HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals>',
      '      </Condition>',
      '      <Redirect>',
      '        <RedirectType>Mirror</RedirectType>',
      '        <PassQueryString>true</PassQueryString>',
      '        <MirrorURL>http://example.com/</MirrorURL>',
      '        <MirrorPassQueryString>true</MirrorPassQueryString>',
      '        <MirrorFollowRedirect>true</MirrorFollowRedirect>',
      '        <MirrorCheckMd5>false</MirrorCheckMd5>',
      '        <MirrorSNI>true</MirrorSNI>',
      '        <MirrorHeaders>',
      '          <PassAll>true</PassAll>',
      '          <Pass>myheader-key1</Pass>',
      '          <Pass>myheader-key2</Pass>',
      '          <Remove>myheader-key3</Remove>',
      '          <Set>',
      '            <Key>myheader-key5</Key>',
      '            <Value>myheader-value5</Value>',
      '          </Set>',
      '        </MirrorHeaders>',
      '        <EnableReplacePrefix>true</EnableReplacePrefix>',
      '        <ReplaceKeyPrefixWith>def/</ReplaceKeyPrefixWith>',
      '        <MirrorPassOriginalSlashes>false</MirrorPassOriginalSlashes>',
      '      </Redirect>',
      '    </RoutingRule>',
      '    <RoutingRule>',
      '      <RuleNumber>2</RuleNumber>',
      '      <Redirect>',
      '        <RedirectType>Internal</RedirectType>',
      '        <ReplaceKeyWith>other</ReplaceKeyWith>',
      '      </Redirect>',
      '    </RoutingRule>',
      '  </RoutingRules>',
      '</WebsiteConfiguration>',
    ];
    await expectStored({ website: '' }, lines.join(''), lines);
    await expectDeleted({ website: '' });
  });

  test('logging, to a bucket of the same owner', async () => {
    const none = ['<BucketLoggingStatus>', '  <LoggingEnabled></LoggingEnabled>', '</BucketLoggingStatus>'];
    expectDocument(await send('GET', { logging: '' }), none);
    const lines = [
      '<BucketLoggingStatus>',
      '  <LoggingEnabled>',
      `    <TargetBucket>${BUCKET}</TargetBucket>`,
      '    <TargetPrefix>logs-</TargetPrefix>',
      '  </LoggingEnabled>',
      '</BucketLoggingStatus>',
    ];
    await expectStored({ logging: '' }, lines.join(''), lines);
    expect((await send('GET', { bucketInfo: '' })).body.toString()).toContain('<LogPrefix>logs-</LogPrefix>');
    await send('PUT', { logging: '' }, '<BucketLoggingStatus/>');
    expectDocument(await send('GET', { logging: '' }), none);
    // What is given back may be put again.
    await expectStored({ logging: '' }, lines.join(''), lines);
    await expectStored({ logging: '' }, none.join(''), none);
    await expectDeleted({ logging: '' });
    await server.store.createBucket({
      name: 'logs-of-another',
      ownerId: 'somebody-else',
      acl: 'private',
      storageClass: 'Standard',
      dataRedundancyType: 'LRS',
    });
    const target = (name: string) =>
      `<BucketLoggingStatus><LoggingEnabled><TargetBucket>${name}</TargetBucket></LoggingEnabled></BucketLoggingStatus>`;
    expectError(await send('PUT', { logging: '' }, target('logs-of-another')), {
      status: 403,
      code: 'InvalidTargetBucketForLogging',
      message: 'put bucket log requester is not target bucket owner.',
    });
    expectError(await send('PUT', { logging: '' }, target('no-such-bucket-here')), {
      status: 400,
      code: 'InvalidTargetBucketForLogging',
    });
  });

  test('encryption, also in the description of the bucket', async () => {
    expectError(await send('GET', { encryption: '' }), {
      status: 404,
      code: 'NoSuchServerSideEncryptionRule',
      message: 'The server side encryption configuration was not found.',
    });
    const lines = [
      '<ServerSideEncryptionRule>',
      '  <ApplyServerSideEncryptionByDefault>',
      '    <SSEAlgorithm>KMS</SSEAlgorithm>',
      '    <KMSMasterKeyID>key-1</KMSMasterKeyID>',
      '    <KMSDataEncryption>SM4</KMSDataEncryption>',
      '  </ApplyServerSideEncryptionByDefault>',
      '</ServerSideEncryptionRule>',
    ];
    await expectStored({ encryption: '' }, lines.join(''), lines);
    expect((await send('GET', { bucketInfo: '' })).body.toString()).toContain('<KMSMasterKeyID>key-1</KMSMasterKeyID>');
    await expectDeleted({ encryption: '' });
  });

  test('tags, deleted all or some', async () => {
    const tagging = (tags: readonly (readonly [string, string])[]) =>
      `<Tagging><TagSet>${tags.map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`).join('')}</TagSet></Tagging>`;
    const empty = ['<Tagging>', '  <TagSet></TagSet>', '</Tagging>'];
    expectDocument(await send('GET', { tagging: '' }), empty);
    await send(
      'PUT',
      { tagging: '' },
      tagging([
        ['a', '1'],
        ['b', '2'],
        ['c', ''],
      ]),
    );
    expect((await send('DELETE', { tagging: 'a,c' })).status).toBe(204);
    expectDocument(await send('GET', { tagging: '' }), [
      '<Tagging>',
      '  <TagSet>',
      '    <Tag>',
      '      <Key>b</Key>',
      '      <Value>2</Value>',
      '    </Tag>',
      '  </TagSet>',
      '</Tagging>',
    ]);
    await expectDeleted({ tagging: '' });
    expectDocument(await send('GET', { tagging: '' }), empty);
    const many = Array.from({ length: 21 }, (_, index) => [`k${index}`, ''] as const);
    expectError(await send('PUT', { tagging: '' }, tagging(many)), { status: 400, code: 'TooManyTags' });
    expectError(
      await send(
        'PUT',
        { tagging: '' },
        tagging([
          ['a', '1'],
          ['a', '2'],
        ]),
      ),
      {
        status: 400,
        code: 'RepeatedTags',
      },
    );
    expectError(await send('PUT', { tagging: '' }, tagging([['Aliyun;', '1']])), { status: 400, code: 'InvalidTag' });
  });

  test('policy, byte for byte, and whether it is public', async () => {
    expectError(await send('GET', { policy: '' }), {
      status: 404,
      code: 'NoSuchBucketPolicy',
      message: 'The specified bucket policy does not exist.',
    });
    const text = (principal: string) =>
      `{"Version":"1",\n "Statement":[{"Effect":"Allow","Action":["oss:GetObject"],"Principal":["${principal}"],  "Resource":["acs:oss:*:*:${BUCKET}/*"]}]}`;
    for (const principal of ['*', '1234567890']) {
      expect((await send('PUT', { policy: '' }, text(principal))).status).toBe(200);
      const policy = await send('GET', { policy: '' });
      expect([policy.body.toString(), policy.headers['content-type']]).toEqual([text(principal), 'application/json']);
      expectDocument(await send('GET', { policyStatus: '' }), [
        '<PolicyStatus>',
        `  <IsPublic>${principal === '*'}</IsPublic>`,
        '</PolicyStatus>',
      ]);
    }
    await expectDeleted({ policy: '' });
    expect((await send('GET', { policyStatus: '' })).body.toString()).toContain('<IsPublic>false</IsPublic>');
    expectError(await send('PUT', { policy: '' }, '{"Version":"2"}'), { status: 400, code: 'InvalidPolicyDocument' });
  });

  test('versioning', async () => {
    await server.send({ method: 'PUT', bucket: 'versioned' });
    const versioning = (status: string) => `<VersioningConfiguration>${status}</VersioningConfiguration>`;
    const put = (document: string) =>
      server.send({ method: 'PUT', bucket: 'versioned', query: { versioning: '' }, body: document });
    const get = () => server.send({ method: 'GET', bucket: 'versioned', query: { versioning: '' } });
    expectDocument(await get(), ['<VersioningConfiguration></VersioningConfiguration>']);
    for (const status of ['Enabled', 'Suspended']) {
      expect((await put(versioning(`<Status>${status}</Status>`))).status).toBe(200);
      expectDocument(await get(), [
        '<VersioningConfiguration>',
        `  <Status>${status}</Status>`,
        '</VersioningConfiguration>',
      ]);
    }
    expectError(await put(versioning('<Status>On</Status>')), { status: 400, code: 'InvalidArgument' });
    expectError(await put(versioning('')), { status: 400, code: 'MalformedXML' });
  });

  test('request payment and public access block, with their defaults', async () => {
    const payer = (name: string) => [
      '<RequestPaymentConfiguration>',
      `  <Payer>${name}</Payer>`,
      '</RequestPaymentConfiguration>',
    ];
    expectDocument(await send('GET', { requestPayment: '' }), payer('BucketOwner'));
    await expectStored({ requestPayment: '' }, payer('Requester').join(''), payer('Requester'));
    await expectStored({ requestPayment: '' }, payer('BucketOwner').join(''), payer('BucketOwner'));
    const block = (is: boolean) => [
      '<PublicAccessBlockConfiguration>',
      `  <BlockPublicAccess>${is}</BlockPublicAccess>`,
      '</PublicAccessBlockConfiguration>',
    ];
    expectDocument(await send('GET', { publicAccessBlock: '' }), block(false));
    await expectStored({ publicAccessBlock: '' }, block(true).join(''), block(true));
    await expectDeleted({ publicAccessBlock: '' });
    expectDocument(await send('GET', { publicAccessBlock: '' }), block(false));
  });
});

function lifecycle(rules: string): string {
  return `<LifecycleConfiguration>${rules}</LifecycleConfiguration>`;
}

function rule(prefix: string, actions: string, id = ''): string {
  return `<Rule>${id === '' ? '' : `<ID>${id}</ID>`}<Prefix>${prefix}</Prefix><Status>Enabled</Status>${actions}</Rule>`;
}

const EXPIRES = '<Expiration><Days>9</Days></Expiration>';
const TO_IA = '<Transition><Days>30</Days><StorageClass>IA</StorageClass></Transition>';
const CONFLICT = { status: 400, code: 'InvalidRequest', ec: '0014-00000080' };
const INVALID = { status: 400, code: 'InvalidArgument' };
const MALFORMED = { status: 400, code: 'MalformedXML' };
const CORS_RULE = '<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule>';

test.each<[string, Record<string, string>, string, ExpectedError]>([
  ['a lifecycle without rules', { lifecycle: '' }, lifecycle(''), MALFORMED],
  ['a lifecycle of 1,001 rules', { lifecycle: '' }, lifecycle(rule('a', EXPIRES).repeat(1001)), MALFORMED],
  [
    'overlapping prefixes',
    { lifecycle: '' },
    lifecycle(rule('a', EXPIRES) + rule('ab', EXPIRES)),
    { ...CONFLICT, message: 'Overlap for same action type Expiration' },
  ],
  [
    'days and a date in one rule',
    { lifecycle: '' },
    lifecycle(
      rule('a', `<Expiration><CreatedBeforeDate>2025-01-01T00:00:00.000Z</CreatedBeforeDate></Expiration>${TO_IA}`),
    ),
    {
      ...CONFLICT,
      message: 'Found mixed CreatedBeforeDate and Days based Expiration and Transition for StorageClass IA actions',
    },
  ],
  ['an expiration before a transition', { lifecycle: '' }, lifecycle(rule('a', EXPIRES + TO_IA)), INVALID],
  ['the same class twice', { lifecycle: '' }, lifecycle(rule('a', TO_IA + TO_IA)), CONFLICT],
  ['a rule without an action', { lifecycle: '' }, lifecycle(rule('a', '')), MALFORMED],
  ['an id of 256 bytes', { lifecycle: '' }, lifecycle(rule('a', EXPIRES, 'x'.repeat(256))), INVALID],
  ['an id twice', { lifecycle: '' }, lifecycle(rule('a', EXPIRES, 'x') + rule('b', EXPIRES, 'x')), INVALID],
  ['zero days', { lifecycle: '' }, lifecycle(rule('a', '<Expiration><Days>0</Days></Expiration>')), INVALID],
  [
    'a date that is no midnight',
    { lifecycle: '' },
    lifecycle(rule('a', '<Expiration><CreatedBeforeDate>2025-01-01T00:00:01.000Z</CreatedBeforeDate></Expiration>')),
    INVALID,
  ],
  [
    'a transition to Standard',
    { lifecycle: '' },
    lifecycle(rule('a', '<Transition><Days>1</Days><StorageClass>Standard</StorageClass></Transition>')),
    INVALID,
  ],
  ['another document', { lifecycle: '' }, '<CORSConfiguration/>', MALFORMED],
  [
    'eleven CORS rules',
    { cors: '' },
    `<CORSConfiguration>${CORS_RULE.repeat(11)}</CORSConfiguration>`,
    { status: 400, code: 'CORSRuleBeyondLimit' },
  ],
  ['no CORS rule', { cors: '' }, '<CORSConfiguration></CORSConfiguration>', MALFORMED],
  [
    'a CORS document of more than 16 KiB',
    { cors: '' },
    `<CORSConfiguration>${CORS_RULE}<!--${'x'.repeat(16_384)}--></CORSConfiguration>`,
    MALFORMED,
  ],
  [
    'an unknown CORS method',
    { cors: '' },
    '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>PATCH</AllowedMethod></CORSRule></CORSConfiguration>',
    INVALID,
  ],
  [
    'two wildcards in an origin',
    { cors: '' },
    '<CORSConfiguration><CORSRule><AllowedOrigin>*.*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>',
    INVALID,
  ],
  ['a referer document without its flag', { referer: '' }, '<RefererConfiguration/>', MALFORMED],
  ['an empty website', { website: '' }, '<WebsiteConfiguration/>', MALFORMED],
  [
    'an index in a folder',
    { website: '' },
    '<WebsiteConfiguration><IndexDocument><Suffix>a/b</Suffix></IndexDocument></WebsiteConfiguration>',
    INVALID,
  ],
  [
    'an unknown encryption',
    { encryption: '' },
    '<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>DES</SSEAlgorithm></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>',
    { status: 400, code: 'InvalidEncryptionAlgorithmError' },
  ],
  [
    'an unknown payer',
    { requestPayment: '' },
    '<RequestPaymentConfiguration><Payer>Me</Payer></RequestPaymentConfiguration>',
    MALFORMED,
  ],
  ['no XML at all', { publicAccessBlock: '' }, 'yes', MALFORMED],
])('%s is refused', async (_what, query, document, expected) => {
  expectError(await send('PUT', query, document), expected);
});

test('a wrong Content-MD5 is refused, a right one is not', async () => {
  const document = `<CORSConfiguration>${CORS_RULE}</CORSConfiguration>`;
  const right = createHash('md5').update(document).digest('base64');
  const wrong = createHash('md5').update('other').digest('base64');
  expectError(await send('PUT', { cors: '' }, document, { headers: { 'content-md5': wrong } }), {
    status: 400,
    code: 'InvalidDigest',
  });
  expect((await send('PUT', { cors: '' }, document, { headers: { 'content-md5': right } })).status).toBe(200);
});

test('nobody but the owner reads or changes a configuration', async () => {
  for (const query of ['lifecycle', 'cors', 'policy', 'website', 'worm', 'tagging', 'stat', 'cname']) {
    const anonymous = { bucket: BUCKET, query: { [query]: '' }, signature: 'anonymous' } as const;
    expect((await server.send({ method: 'GET', ...anonymous })).status).toBe(403);
  }
});

test('a configuration of a bucket that is not there', async () => {
  for (const query of ['lifecycle', 'cors', 'policy', 'logging', 'tagging', 'inventory']) {
    expectError(await server.send({ method: 'GET', bucket: 'not-there', query: { [query]: '' } }), {
      status: 404,
      code: 'NoSuchBucket',
    });
  }
});

test('rules against overwriting', async () => {
  const query = { overwriteConfig: '' };
  const write = (key: string) => server.send({ method: 'PUT', bucket: BUCKET, key, body: 'x' });
  expectError(await send('GET', query), { status: 404, code: 'NoSuchConfiguration' });
  const lines = [
    '<OverwriteConfiguration>',
    '  <Rule>',
    '    <ID>one</ID>',
    '    <Action>forbid</Action>',
    '    <Prefix>once/</Prefix>',
    '    <Suffix>.log</Suffix>',
    '  </Rule>',
    '</OverwriteConfiguration>',
  ];
  await expectStored(query, lines.join(''), lines);
  expect((await write('once/a.log')).status).toBe(200);
  expectError(await write('once/a.log'), { status: 409, code: 'FileAlreadyExists' });
  for (const key of ['once/a.txt', 'often/a.log']) {
    expect([(await write(key)).status, (await write(key)).status]).toEqual([200, 200]);
  }
  await expectDeleted(query);
  expect((await write('once/a.log')).status).toBe(200);
  const rule = (content: string) => `<OverwriteConfiguration><Rule>${content}</Rule></OverwriteConfiguration>`;
  expectError(await send('PUT', query, rule('<Action>allow</Action>')), MALFORMED);
  expectError(
    await send('PUT', query, rule('<Action>forbid</Action><Principals><Principal>1</Principal></Principals>')),
    { status: 400, code: 'NotImplemented' },
  );
});

/** The limits that a document of bandwidths is shown with, whether or not it names them. */
const OTHER_LIMITS = [
  'IntranetUploadBandwidth',
  'ExtranetUploadBandwidth',
  'TotalDownloadBandwidth',
  'IntranetDownloadBandwidth',
  'ExtranetDownloadBandwidth',
  'TotalQps',
  'IntranetQps',
  'ExtranetQps',
]
  .map((name) => `<${name}>-1</${name}>`)
  .join('');

describe('configurations without effect are kept and given back', () => {
  test.each<[string, string, ExpectedError | string]>([
    [
      'transferAcceleration',
      '<TransferAccelerationConfiguration><Enabled>true</Enabled></TransferAccelerationConfiguration>',
      { status: 404, code: 'NoSuchTransferAccelerationConfiguration' },
    ],
    ['accessmonitor', '<AccessMonitorConfiguration><Status>Enabled</Status></AccessMonitorConfiguration>', 'Disabled'],
    [
      'bucketArchiveDirectRead',
      '<ArchiveDirectReadConfiguration><Enabled>true</Enabled></ArchiveDirectReadConfiguration>',
      'false',
    ],
    [
      'httpsConfig',
      '<HttpsConfiguration><TLS><Enable>true</Enable><TLSVersion>TLSv1.2</TLSVersion><TLSVersion>TLSv1.3</TLSVersion></TLS></HttpsConfiguration>',
      'false',
    ],
    [
      'resourceGroup',
      '<BucketResourceGroupConfiguration><ResourceGroupId>rg-1</ResourceGroupId></BucketResourceGroupConfiguration>',
      'rg-default-id',
    ],
    [
      'userDefinedLogFieldsConfig',
      '<UserDefinedLogFieldsConfiguration><HeaderSet><header>a</header><header>b</header></HeaderSet></UserDefinedLogFieldsConfiguration>',
      { status: 404, code: 'NoSuchConfiguration' },
    ],
    [
      'qosInfo',
      `<QoSConfiguration><TotalUploadBandwidth>10</TotalUploadBandwidth>${OTHER_LIMITS}</QoSConfiguration>`,
      { status: 404, code: 'NoSuchConfiguration' },
    ],
  ])('%s', async (name, document, absent) => {
    const before = await send('GET', { [name]: '' });
    if (typeof absent === 'string') expect(before.body.toString()).toContain(`>${absent}<`);
    else expectError(before, absent);
    expect((await send('PUT', { [name]: '' }, document)).status).toBe(200);
    const stored = (await send('GET', { [name]: '' })).body.toString();
    expect(stored.replace(/^<\?xml.*\?>/, '').replace(/\n\s*/g, '')).toBe(document);
    expectError(await send('PUT', { [name]: '' }, '<Other/>'), MALFORMED);
  });

  test.each(['qosInfo', 'userDefinedLogFieldsConfig'])('%s can be deleted', async (name) => {
    expect((await send('GET', { [name]: '' })).status).toBe(200);
    await expectDeleted({ [name]: '' });
    expectError(await send('GET', { [name]: '' }), { status: 404, code: 'NoSuchConfiguration' });
  });

  test('bandwidth of requesters', async () => {
    const query = { requesterQosInfo: '', qosRequester: '1234' };
    expectError(await send('GET', query), { status: 404, code: 'NoSuchConfiguration' });
    await send('PUT', query, '<QoSConfiguration><TotalQps>5</TotalQps></QoSConfiguration>');
    expect((await send('GET', query)).body.toString()).toContain('<Requester>1234</Requester>');
    expect((await send('DELETE', query)).status).toBe(204);
    expectError(await send('GET', query), { status: 404, code: 'NoSuchConfiguration' });
    expectError(await send('GET', { requesterQosInfo: '' }), { status: 400, code: 'MissingArgument' });
  });

  test('inventories, listed in pages', async () => {
    const inventory = (id: string) =>
      `<InventoryConfiguration><Id>${id}</Id><IsEnabled>true</IsEnabled><Filter><Prefix></Prefix></Filter></InventoryConfiguration>`;
    expectError(await send('GET', { inventory: '', inventoryId: 'a' }), { status: 404, code: 'NoSuchInventory' });
    for (let index = 100; index < 203; index++) {
      await send('PUT', { inventory: '', inventoryId: `i${index}` }, inventory(`i${index}`));
    }
    const first = (await send('GET', { inventory: '' })).body.toString();
    expect(first.match(/<Id>/g)).toHaveLength(100);
    expect(first).toContain('<NextContinuationToken>i199</NextContinuationToken>');
    expect(first).toContain('<Prefix></Prefix>');
    const second = (await send('GET', { inventory: '', 'continuation-token': 'i199' })).body.toString();
    expect(second.match(/<Id>(.*)<\/Id>/g)).toEqual(['<Id>i200</Id>', '<Id>i201</Id>', '<Id>i202</Id>']);
    expect(second).toContain('<IsTruncated>false</IsTruncated>');
    expect((await send('DELETE', { inventory: '', inventoryId: 'i200' })).status).toBe(204);
    expectError(await send('GET', { inventory: '', inventoryId: 'i200' }), { status: 404, code: 'NoSuchInventory' });
    expectError(await send('PUT', { inventory: '', inventoryId: 'other' }, inventory('a')), INVALID);
    expectError(await send('PUT', { inventory: '', inventoryId: 'a b' }, inventory('a b')), INVALID);
  });

  test('styles', async () => {
    const style = { style: '', styleName: 'small' };
    expectError(await send('GET', style), { status: 404, code: 'NoSuchStyle' });
    await send('PUT', style, '<Style><Content>image/resize,p_50</Content></Style>');
    expectDocument(await send('GET', style), [
      '<Style>',
      '  <Name>small</Name>',
      '  <Content>image/resize,p_50</Content>',
      '  <CreateTime>Fri, 02 Jan 2026 03:04:05 GMT</CreateTime>',
      '  <LastModifyTime>Fri, 02 Jan 2026 03:04:05 GMT</LastModifyTime>',
      '</Style>',
    ]);
    expect((await send('GET', { style: '' })).body.toString()).toContain('<StyleList>');
    expect((await send('DELETE', style)).status).toBe(204);
    expectDocument(await send('GET', { style: '' }), ['<StyleList></StyleList>']);
  });

  test('replication', async () => {
    expectError(await send('GET', { replication: '' }), { status: 404, code: 'NoSuchReplicationConfiguration' });
    const put = await send(
      'POST',
      { replication: '', comp: 'add' },
      '<ReplicationConfiguration><Rule><PrefixSet><Prefix>a</Prefix><Prefix>b</Prefix></PrefixSet><Destination><Bucket>other</Bucket><Location>oss-cn-beijing</Location></Destination></Rule></ReplicationConfiguration>',
    );
    const id = put.headers['x-oss-replication-rule-id'] ?? '';
    expect([put.status, id]).toEqual([200, expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    const rtc = `<ReplicationRule><RTC><Status>enabled</Status></RTC><ID>${id}</ID></ReplicationRule>`;
    expect((await send('PUT', { rtc: '' }, rtc)).status).toBe(200);
    const rules = (await send('GET', { replication: '' })).body.toString();
    for (const part of [id, '<Status>starting</Status>', '<Prefix>b</Prefix>', '<RTC>']) expect(rules).toContain(part);
    expect((await send('GET', { replicationProgress: '', 'rule-id': id })).body.toString()).toContain(id);
    expectError(await send('GET', { replicationProgress: '', 'rule-id': 'x' }), {
      status: 404,
      code: 'NoSuchReplicationRule',
    });
    expect((await send('GET', { replicationLocation: '' })).body.toString()).toContain(
      '<Location>oss-annals</Location>',
    );
    const removal = `<ReplicationRules><ID>${id}</ID></ReplicationRules>`;
    expect((await send('POST', { replication: '', comp: 'delete' }, removal)).status).toBe(200);
    expectError(await send('GET', { replication: '' }), { status: 404, code: 'NoSuchReplicationConfiguration' });
  });

  test('meta query', async () => {
    expectError(await send('GET', { metaQuery: '' }), { status: 404, code: 'MetaQueryNotExist' });
    expect((await send('POST', { metaQuery: '', comp: 'add' })).status).toBe(200);
    expect((await send('GET', { metaQuery: '' })).body.toString()).toContain('<State>Running</State>');
    expect((await send('POST', { metaQuery: '', comp: 'delete' })).status).toBe(200);
    expectError(await send('GET', { metaQuery: '' }), { status: 404, code: 'MetaQueryNotExist' });
  });
});

test('the regions are one', async () => {
  const regions = async (wanted: string) =>
    (await server.send({ method: 'GET', query: { regions: wanted } })).body.toString();
  expect(await regions('')).toContain(`<InternetEndpoint>${server.host}</InternetEndpoint>`);
  expect(await regions('oss-annals')).toContain('<Region>oss-annals</Region>');
  expect(await regions('oss-elsewhere')).not.toContain('<Region>');
});
