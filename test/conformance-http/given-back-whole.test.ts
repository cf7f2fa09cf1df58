/**
 * What a bucket was told comes back whole and in the words that SDKs read: dates, flags, limits, defaults, markers,
 * tags.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RawAnswer } from '../harness/http-exchange.js';
import { startTestServer, type TestRequest, type TestServer } from '../harness/test-server.js';
import { expectError } from './expectations.js';

const BUCKET = 'given-back';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  for (const bucket of [BUCKET, 'target']) await server.send({ method: 'PUT', bucket });
});

afterAll(() => server.close());

function send(method: string, query: Record<string, string>, rest: Partial<TestRequest> = {}): Promise<RawAnswer> {
  return server.send({ method, bucket: BUCKET, query, ...rest });
}

async function shown(query: Record<string, string>): Promise<string> {
  const answer = await send('GET', query);
  expect([query, answer.status]).toEqual([query, 200]);
  return answer.body.toString().replace(/\n\s*/g, '');
}

async function putDocument(query: Record<string, string>, body: string): Promise<void> {
  expect([query, (await send('PUT', query, { body })).status]).toEqual([query, 200]);
}

describe('lifecycle', () => {
  const lifecycle = (...rules: string[]) => `<LifecycleConfiguration>${rules.join('')}</LifecycleConfiguration>`;
  const rule = (id: string, prefix: string, rest: string) =>
    `<Rule><ID>${id}</ID><Prefix>${prefix}</Prefix><Status>Enabled</Status>${rest}</Rule>`;
  const put = (body: string, headers: Record<string, string> = {}) => send('PUT', { lifecycle: '' }, { body, headers });
  const TAG = '<Tag><Key>k</Key><Value>v</Value></Tag>';
  const AFTER = (days: number) => `<Expiration><Days>${days}</Days></Expiration>`;
  const TO = (storageClass: string, days: number) =>
    `<Transition><Days>${days}</Days><StorageClass>${storageClass}</StorageClass></Transition>`;
  const ABORT = '<AbortMultipartUpload><Days>1</Days></AbortMultipartUpload>';

  test.each(['Date', 'CreatedBeforeDate'])('%s comes back under its own name, in every action', async (name) => {
    const date = `<${name}>2030-01-01T00:00:00.000Z</${name}>`;
    await putDocument(
      { lifecycle: '' },
      lifecycle(
        rule('a', 'a/', `<Expiration>${date}</Expiration>`),
        rule('b', 'b/', `<Transition>${date}<StorageClass>IA</StorageClass></Transition>`),
        rule('c', 'c/', `<AbortMultipartUpload>${date}</AbortMultipartUpload>`),
      ),
    );
    const document = await shown({ lifecycle: '' });
    expect(document.split(date).length - 1).toBe(3);
    expect(document.split('Date>').length - 1).toBe(6);
  });

  test('one action goes by one of them', async () => {
    const [date, before, days] = [
      '<Date>2030-01-01T00:00:00.000Z</Date>',
      '<CreatedBeforeDate>2030-01-01T00:00:00.000Z</CreatedBeforeDate>',
      '<Days>1</Days>',
    ];
    for (const two of [date + before, date + days, before + days]) {
      const answer = await put(lifecycle(rule('a', 'a/', `<Expiration>${two}</Expiration>`)));
      expectError(answer, { status: 400, code: 'MalformedXML' });
    }
  });

  test('rules that cross are refused, those of tags beside those of none are not', async () => {
    const refused: readonly (readonly [string, string])[] = [
      [rule('a', 'a/', TO('IA', 120)), rule('b', 'a/b/', TO('Archive', 60))],
      [rule('a', 'a/', TO('Archive', 60)), rule('b', 'a/b/', TO('IA', 120))],
      [rule('a', 'a/', TO('IA', 120)), rule('b', 'a/b/', AFTER(30))],
      [rule('a', 'a/', AFTER(30)), rule('b', 'a/b/', TO('IA', 120))],
      [rule('a', '', ABORT), rule('b', 'a/b/', ABORT)],
      [rule('a', 'a/', AFTER(30)), rule('b', 'a/b/', AFTER(30))],
      [rule('a', 'a/', TAG + AFTER(30)), rule('b', 'a/b/', TAG + AFTER(30))],
    ];
    for (const rules of refused) expectError(await put(lifecycle(...rules)), { status: 400, code: 'InvalidRequest' });
    const taken: readonly (readonly [string, string])[] = [
      [rule('a', 'a/', TO('IA', 60)), rule('b', 'a/b/', TO('Archive', 120))],
      [rule('a', 'a/', TO('IA', 30)), rule('b', 'a/b/', AFTER(60))],
      [rule('a', 'a/', AFTER(30)), rule('b', 'a/b/', TAG + AFTER(30))],
      [rule('a', 'a/', AFTER(30)), rule('b', 'a/', TAG + AFTER(30))],
      [rule('a', 'a/', TO('IA', 120)), rule('b', 'b/', TO('Archive', 60))],
    ];
    for (const rules of taken) expect([rules, (await put(lifecycle(...rules))).status]).toEqual([rules, 200]);
  });

  test('with x-oss-allow-same-action-overlap all but the ends of uploads may', async () => {
    const headers = { 'x-oss-allow-same-action-overlap': 'true' };
    const same = lifecycle(rule('a', 'a/', AFTER(30)), rule('b', 'a/b/', AFTER(30)));
    expect((await put(same, headers)).status).toBe(200);
    const crossing = lifecycle(rule('a', 'a/', TO('IA', 120)), rule('b', 'a/b/', TO('Archive', 60)));
    expect((await put(crossing, headers)).status).toBe(200);
    const ends = lifecycle(rule('a', 'a/', ABORT), rule('b', 'a/b/', ABORT));
    expectError(await put(ends, headers), { status: 400, code: 'InvalidRequest' });
  });

  test('access monitoring stays on while a rule goes by it', async () => {
    const monitor = (status: string) =>
      send(
        'PUT',
        { accessmonitor: '' },
        { body: `<AccessMonitorConfiguration><Status>${status}</Status></AccessMonitorConfiguration>` },
      );
    const byAccess =
      '<Transition><Days>30</Days><StorageClass>IA</StorageClass><IsAccessTime>True</IsAccessTime><ReturnToStdWhenVisit>TRUE</ReturnToStdWhenVisit></Transition>';
    const unwatched = { status: 400, code: 'InvalidRequest', ec: '0014-00000016' };
    await send('DELETE', { lifecycle: '' });
    // Whatever the rule's status, and whatever other rules there are.
    for (const status of ['Enabled', 'Disabled']) {
      const rules = [rule('b', 'b/', AFTER(1)), rule('a', 'a/', byAccess).replace('Enabled', status)];
      expectError(await put(lifecycle(...rules)), unwatched);
      expect((await monitor('Disabled')).status).toBe(200);
      expectError(await put(lifecycle(...rules)), unwatched);
    }
    const noncurrent =
      '<NoncurrentVersionTransition><NoncurrentDays>3</NoncurrentDays><StorageClass>IA</StorageClass><IsAccessTime>true</IsAccessTime><ReturnToStdWhenVisit>false</ReturnToStdWhenVisit></NoncurrentVersionTransition>';
    expectError(await put(lifecycle(rule('a', 'a/', noncurrent))), unwatched);
    expectError(await send('GET', { lifecycle: '' }), { status: 404, code: 'NoSuchLifecycle' });
    expect((await monitor('Enabled')).status).toBe(200);
    expect((await put(lifecycle(rule('a', 'a/', byAccess)))).status).toBe(200);
    const document = await shown({ lifecycle: '' });
    expect(document).toContain('<IsAccessTime>true</IsAccessTime><ReturnToStdWhenVisit>true</ReturnToStdWhenVisit>');
    expectError(await monitor('Disabled'), { status: 400, code: 'InvalidRequest' });
    expect(await shown({ accessmonitor: '' })).toContain('<Status>Enabled</Status>');
    await send('DELETE', { lifecycle: '' });
    expect((await monitor('Disabled')).status).toBe(200);
  });
});

/** Documents with flags in them: `X` stands for the flag. */
const FLAGS: readonly (readonly [Record<string, string>, string])[] = [
  [
    { cors: '' },
    '<CORSConfiguration><CORSRule><AllowedOrigin>a</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule><ResponseVary>X</ResponseVary></CORSConfiguration>',
  ],
  [
    { referer: '' },
    '<RefererConfiguration><AllowEmptyReferer>X</AllowEmptyReferer><AllowTruncateQueryString>X</AllowTruncateQueryString><TruncatePath>X</TruncatePath><RefererList></RefererList></RefererConfiguration>',
  ],
  [
    { website: '' },
    '<WebsiteConfiguration><IndexDocument><Suffix>i</Suffix><SupportSubDir>X</SupportSubDir></IndexDocument><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber><Redirect><RedirectType>External</RedirectType><HostName>h.test</HostName><ReplaceKeyPrefixWith>True/</ReplaceKeyPrefixWith><EnableReplacePrefix>X</EnableReplacePrefix><PassQueryString>X</PassQueryString></Redirect></RoutingRule><RoutingRule><RuleNumber>2</RuleNumber><Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect><RedirectType>Mirror</RedirectType><MirrorURL>http://h.test/</MirrorURL><PassQueryString>X</PassQueryString><MirrorPassQueryString>X</MirrorPassQueryString><MirrorFollowRedirect>X</MirrorFollowRedirect><MirrorCheckMd5>X</MirrorCheckMd5><MirrorPassOriginalSlashes>X</MirrorPassOriginalSlashes><MirrorSNI>X</MirrorSNI><MirrorUserLastModified>X</MirrorUserLastModified><MirrorAllowHeadObject>X</MirrorAllowHeadObject><MirrorHeaders><PassAll>X</PassAll><Pass>True</Pass></MirrorHeaders></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>',
  ],
  [
    { transferAcceleration: '' },
    '<TransferAccelerationConfiguration><Enabled>X</Enabled></TransferAccelerationConfiguration>',
  ],
  [
    { bucketArchiveDirectRead: '' },
    '<ArchiveDirectReadConfiguration><Enabled>X</Enabled></ArchiveDirectReadConfiguration>',
  ],
  [{ httpsConfig: '' }, '<HttpsConfiguration><TLS><Enable>X</Enable></TLS></HttpsConfiguration>'],
  [
    { publicAccessBlock: '' },
    '<PublicAccessBlockConfiguration><BlockPublicAccess>X</BlockPublicAccess></PublicAccessBlockConfiguration>',
  ],
  [
    { inventory: '', inventoryId: 'i' },
    '<InventoryConfiguration><Id>i</Id><IsEnabled>X</IsEnabled><Filter><Prefix>True</Prefix></Filter></InventoryConfiguration>',
  ],
];

test.each(FLAGS)('flags of %o come back in lower case, other texts as they are', async (query, document) => {
  const kept = (text: string) => text.match(/>True\/?</g)?.length ?? 0;
  for (const written of ['True', 'FALSE', 'true', 'False']) {
    await putDocument(query, document.replaceAll('>X<', `>${written}<`));
    const back = await shown(query);
    expect(kept(back)).toBe(kept(document));
    const flag = `>${written.toLowerCase()}<`;
    expect([written, back.split(flag).length - 1]).toEqual([written, document.split('>X<').length - 1]);
  }
  const { inventoryId: _id, ...list } = query;
  if ('inventory' in query) expect(await shown(list)).toContain('<IsEnabled>false</IsEnabled>');
});

test('GetBucketInfo says whether transfer is accelerated, however that was put', async () => {
  const put = (text: string) =>
    putDocument(
      { transferAcceleration: '' },
      `<TransferAccelerationConfiguration><Enabled>${text}</Enabled></TransferAccelerationConfiguration>`,
    );
  await put('True');
  expect(await shown({ bucketInfo: '' })).toContain('<TransferAcceleration>Enabled<');
  for (const _again of [1, 2]) expect((await send('DELETE', { transferAcceleration: '' })).status).toBe(204);
  expectError(await send('GET', { transferAcceleration: '' }), {
    status: 404,
    code: 'NoSuchTransferAccelerationConfiguration',
  });
});

describe('websites', () => {
  const website = (rules: string) =>
    `<WebsiteConfiguration><RoutingRules><RoutingRule><RuleNumber>1</RuleNumber>${rules}</RoutingRule></RoutingRules></WebsiteConfiguration>`;
  const mirror = (more: string) =>
    website(
      `<Condition><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect><RedirectType>Mirror</RedirectType><MirrorURL>http://h.test/</MirrorURL>${more}</Redirect>`,
    );

  test.each([
    ['', 'false', 'false'],
    ['<MirrorPassQueryString>true</MirrorPassQueryString>', 'true', 'false'],
    ['<MirrorPassQueryString>true</MirrorPassQueryString><PassQueryString>false</PassQueryString>', 'false', 'false'],
    ['<MirrorPassOriginalSlashes>true</MirrorPassOriginalSlashes>', 'false', 'true'],
  ])('a mirror rule with "%s" shows both flags', async (given, passes, keepsSlashes) => {
    await putDocument({ website: '' }, mirror(given));
    const document = await shown({ website: '' });
    expect(document).toContain(`<PassQueryString>${passes}</PassQueryString>`);
    expect(document).toContain(`<MirrorPassOriginalSlashes>${keepsSlashes}</MirrorPassOriginalSlashes>`);
  });

  test('a script is kept', async () => {
    const lua = '<LuaConfig><Script>test.lua</Script></LuaConfig>';
    const redirect = '<Redirect><RedirectType>External</RedirectType><HostName>h.test</HostName></Redirect>';
    await putDocument({ website: '' }, website(`${redirect}${lua}`));
    expect(await shown({ website: '' })).toContain(lua);
  });
});

test.each([[{ qosInfo: '' }], [{ requesterQosInfo: '', qosRequester: '1' }]])('%o shows nine limits', async (query) => {
  await putDocument(query, '<QoSConfiguration><TotalQps>5</TotalQps></QoSConfiguration>');
  const document = await shown(query);
  for (const what of ['UploadBandwidth', 'DownloadBandwidth', 'Qps']) {
    for (const where of ['Total', 'Intranet', 'Extranet']) {
      const limit = where + what === 'TotalQps' ? 5 : -1;
      expect(document).toContain(`<${where}${what}>${limit}</${where}${what}>`);
    }
  }
});

test('a style keeps its category', async () => {
  await putDocument(
    { style: '', styleName: 's', category: 'document' },
    '<Style><Content>image/resize,w_1</Content></Style>',
  );
  for (const query of [{ style: '', styleName: 's' }, { style: '' }]) {
    expect(await shown(query)).toContain('<Category>document</Category>');
  }
  const wrong = await send(
    'PUT',
    { style: '', styleName: 's', category: 'x' },
    { body: '<Style><Content>c</Content></Style>' },
  );
  expectError(wrong, { status: 400, code: 'InvalidArgument' });
});

describe('replication', () => {
  const rule = (bucket: string, id = '') =>
    `<ReplicationConfiguration><Rule>${id}<Destination><Bucket>${bucket}</Bucket></Destination></Rule></ReplicationConfiguration>`;
  const add = (body: string) => send('POST', { replication: '', comp: 'add' }, { body });
  const remove = (id: string) =>
    send('POST', { replication: '', comp: 'delete' }, { body: `<ReplicationRules><ID>${id}</ID></ReplicationRules>` });

  test('a rule says what it copies, a pair of buckets has one, and what is not there has its own code', async () => {
    expectError(await remove('r'), { status: 404, code: 'NoSuchReplicationRule' });
    expectError(await send('GET', { replicationProgress: '', 'rule-id': 'r' }), {
      status: 404,
      code: 'NoSuchReplicationRule',
    });
    expectError(await send('GET', { replication: '' }), { status: 404, code: 'NoSuchReplicationConfiguration' });
    expect((await add(rule('target', '<ID>r</ID>'))).status).toBe(200);
    for (const again of [rule('target', '<ID>r</ID>'), rule('target'), rule('elsewhere', '<ID>r</ID>')]) {
      expectError(await add(again), { status: 400, code: 'BucketReplicationAlreadyExist' });
    }
    expect(await shown({ replication: '' })).toContain('<Action>ALL</Action>');
    expect(await shown({ replicationLocation: '' })).toMatch(
      /<LocationTransferTypeConstraint><LocationTransferType><Location>[^<]+<\/Location><TransferTypes><Type>/,
    );
    expectError(await remove('other'), { status: 404, code: 'NoSuchReplicationRule' });
    expect((await remove('r')).status).toBe(200);
  });
});

describe('inventories', () => {
  const inventory = (id: string, bucket?: string) =>
    `<InventoryConfiguration><Id>${id}</Id><IsEnabled>true</IsEnabled>${bucket === undefined ? '' : `<Destination><OSSBucketDestination><Bucket>${bucket}</Bucket></OSSBucketDestination></Destination>`}</InventoryConfiguration>`;
  const put = (id: string, bucket?: string) =>
    send('PUT', { inventory: '', inventoryId: id }, { body: inventory(id, bucket) });

  test('go to a bucket that is there, written as a resource', async () => {
    for (const wrong of [
      'target',
      'acs:oss:::absent-bucket',
      'acs:oss:::',
      'acs:oss:x::target',
      'acs:oss:::target/k',
      '',
    ]) {
      expectError(await put('w', wrong), { status: 400, code: 'InvalidArgument' });
    }
    expect((await put('w', 'acs:oss:::target')).status).toBe(200);
  });

  test('are listed with the token that was given; none is an error', async () => {
    for (const id of ['i', 'w', 'x']) await send('DELETE', { inventory: '', inventoryId: id });
    expectError(await send('GET', { inventory: '' }), { status: 404, code: 'NoSuchInventory' });
    await put('x');
    expect(await shown({ inventory: '', 'continuation-token': 'a' })).toContain(
      '<ContinuationToken>a</ContinuationToken>',
    );
  });
});

test('of uploads the last page names the last one; empty parameters are there', async () => {
  await server.send({ method: 'PUT', bucket: 'uploads' });
  const list = async (query: Record<string, string> = {}) =>
    (await server.send({ method: 'GET', bucket: 'uploads', query: { uploads: '', ...query } })).body
      .toString()
      .replace(/\n\s*/g, '');
  const empty = ['KeyMarker', 'UploadIdMarker', 'Prefix', 'Delimiter', 'NextKeyMarker', 'NextUploadIdMarker'];
  for (const name of empty) expect(await list()).toContain(`<${name}></${name}>`);
  const ids: string[] = [];
  for (const key of ['a', 'dir/1', 'z']) {
    const answer = await server.send({ method: 'POST', bucket: 'uploads', key, query: { uploads: '' } });
    ids.push(/<UploadId>(.*)<\/UploadId>/.exec(answer.body.toString())?.[1] ?? '');
  }
  const all = await list();
  expect(all).toContain('<IsTruncated>false</IsTruncated>');
  expect(all).toContain(`<NextKeyMarker>z</NextKeyMarker><NextUploadIdMarker>${ids[2]}</NextUploadIdMarker>`);
  expect(await list({ prefix: 'd', delimiter: '/' })).toContain('<NextKeyMarker>dir/</NextKeyMarker>');
  expect(await list({ 'key-marker': 'z', 'upload-id-marker': ids[2] ?? '' })).not.toContain('<Upload>');
  const full = await server.send({ method: 'DELETE', bucket: 'uploads' });
  expectError(full, { status: 409, code: 'BucketNotEmpty' });
  expect(full.body.toString()).toContain('<Message>The bucket has Multipart Uploads.');
});
