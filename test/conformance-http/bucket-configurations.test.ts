/** Every configuration of a bucket that has an effect: what is put is given back, letter for letter. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUCKET, type ConfiguredBucket, MALFORMED, openConfiguredBucket } from './bucket-configuration-fixture.js';
import { expectDocument, expectError } from './expectations.js';

let server: ConfiguredBucket['server'];
let send: ConfiguredBucket['send'];
let expectStored: ConfiguredBucket['expectStored'];
let expectDeleted: ConfiguredBucket['expectDeleted'];

beforeAll(async () => {
  ({ server, send, expectStored, expectDeleted } = await openConfiguredBucket());
});

afterAll(() => server.close());

describe('configurations with a document of their own', () => {
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

test('the regions are one', async () => {
  const regions = async (wanted: string) =>
    (await server.send({ method: 'GET', query: { regions: wanted } })).body.toString();
  expect(await regions('')).toContain(`<InternetEndpoint>${server.host}</InternetEndpoint>`);
  expect(await regions('oss-annals')).toContain('<Region>oss-annals</Region>');
  expect(await regions('oss-elsewhere')).not.toContain('<Region>');
});
