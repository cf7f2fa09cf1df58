/** Configurations of a bucket without effect are kept and given back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ConfiguredBucket, INVALID, MALFORMED, openConfiguredBucket } from './bucket-configuration-fixture.js';
import { type ExpectedError, expectDocument, expectError } from './expectations.js';

let server: ConfiguredBucket['server'];
let send: ConfiguredBucket['send'];
let expectDeleted: ConfiguredBucket['expectDeleted'];

beforeAll(async () => {
  ({ server, send, expectDeleted } = await openConfiguredBucket());
});

afterAll(() => server.close());

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
