/** The lifecycle of a bucket is given back as it was put, in the order of the document. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConfiguredBucket, lifecycle, openConfiguredBucket, rule } from './bucket-configuration-fixture.js';
import { expectError } from './expectations.js';

let server: ConfiguredBucket['server'];
let send: ConfiguredBucket['send'];
let expectStored: ConfiguredBucket['expectStored'];
let expectDeleted: ConfiguredBucket['expectDeleted'];

beforeAll(async () => {
  ({ server, send, expectStored, expectDeleted } = await openConfiguredBucket());
});

afterAll(() => server.close());

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
