/**
 * Live channels: made, shown, listed in pages, disabled, deleted, kept by a restart; where their addresses lead; and
 * that nothing is ever live.
 */
import { join } from 'node:path';
import { checkBlobs, openFileSystemBlobStore, openJournaledLmdbKeyValueStore } from '@annals/store';
import type { EnginePair } from '@annals/store/conformance';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allow, policy } from '../access-control/account.js';
import type { RawAnswer } from '../harness/http-exchange.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';
import { type ExactError, expectExactError } from './error-document.js';
import { expectDocument, expectError, ownHeaders } from './expectations.js';
import { LiveChannelRequests, TARGET } from './live-channel-requests.js';
import { visitHost } from './visit-host.js';

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const BUCKET = 'with-channels';
const FULL = [
  '  <Description>the gate, &lt;seen&gt; from within</Description>',
  '  <Status>disabled</Status>',
  '  <Target>',
  '    <Type>HLS</Type>',
  '    <FragDuration>100</FragDuration>',
  '    <FragCount>1</FragCount>',
  '    <PlaylistName>gate.m3u8</PlaylistName>',
  '  </Target>',
  '  <Snapshot>',
  '    <RoleName>photographer</RoleName>',
  '    <DestBucket>pictures</DestBucket>',
  '    <NotifyTopic>new-pictures</NotifyTopic>',
  '    <Interval>7</Interval>',
  '  </Snapshot>',
];

let server: TestServer;
let channels: LiveChannelRequests;
let nowMs = START_MS;

beforeAll(async () => {
  server = await startTestServer({ clock: () => nowMs, settings: { domains: ['oss.example.com'] } });
  channels = new LiveChannelRequests(server, BUCKET);
});

afterAll(() => server.close());

beforeEach(async () => {
  nowMs = START_MS;
  const { channels: left } = await server.store
    .listLiveChannels({ bucket: BUCKET, prefix: '', after: '', limit: 1000 })
    .catch(() => ({ channels: [] }));
  for (const channel of left) await server.store.deleteLiveChannel(channel);
  await server.send({ method: 'DELETE', bucket: BUCKET });
  await server.send({ method: 'PUT', bucket: BUCKET });
});

function missing(name: string): ExactError {
  const message = 'The specified live channel does not exist.';
  return { status: 404, code: 'NoSuchLiveChannel', message, ec: '0026-00000021', details: [['ChannelName', name]] };
}

function urls(indent: string, name: string, playlist = 'playlist.m3u8', authority = `${BUCKET}.${server.host}`) {
  return [
    '<PublishUrls>',
    `  <Url>rtmp://${authority}/live/${name}</Url>`,
    '</PublishUrls>',
    '<PlayUrls>',
    `  <Url>http://${authority}/${name}/${playlist}</Url>`,
    '</PlayUrls>',
  ].map((line) => indent + line);
}

function textsIn(answer: RawAnswer, tag: string): string[] {
  return [...answer.body.toString().matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map(([, text = '']) => text);
}

const STAT = { comp: 'stat' };
const HISTORY = { comp: 'history' };

describe('a live channel', () => {
  test('is made, shown with all that was put, and deleted', async () => {
    expectDocument(await channels.put('gate', FULL.join('')), [
      '<CreateLiveChannelResult>',
      ...urls('  ', 'gate', 'gate.m3u8'),
      '</CreateLiveChannelResult>',
    ]);
    expectDocument(await channels.ask('GET', 'gate'), [
      '<LiveChannelConfiguration>',
      ...FULL,
      '</LiveChannelConfiguration>',
    ]);
    const deleted = await channels.ask('DELETE', 'gate');
    expect([deleted.status, ownHeaders(deleted)]).toEqual([204, {}]);
    expectExactError(await channels.ask('GET', 'gate'), missing('gate'), server.host);
  });

  test('has a default for all but the type of its target, and is replaced whole', async () => {
    await channels.put('gate', FULL.join(''));
    expectDocument(await channels.put('gate'), [
      '<CreateLiveChannelResult>',
      ...urls('  ', 'gate'),
      '</CreateLiveChannelResult>',
    ]);
    expectDocument(await channels.ask('GET', 'gate'), [
      '<LiveChannelConfiguration>',
      '  <Description></Description>',
      '  <Status>enabled</Status>',
      '  <Target>',
      '    <Type>HLS</Type>',
      '    <FragDuration>5</FragDuration>',
      '    <FragCount>3</FragCount>',
      '    <PlaylistName>playlist.m3u8</PlaylistName>',
      '  </Target>',
      '</LiveChannelConfiguration>',
    ]);
  });

  test('is disabled and enabled, and idle: no client ever pushed to it', async () => {
    await channels.put('gate', `<Description>d</Description>${TARGET}`);
    const stat = async () => textsIn(await channels.ask('GET', 'gate', STAT), 'Status');
    expectDocument(await channels.ask('GET', 'gate', STAT), [
      '<LiveChannelStat>',
      '  <Status>Idle</Status>',
      '</LiveChannelStat>',
    ]);
    expectDocument(await channels.ask('GET', 'gate', HISTORY), ['<LiveChannelHistory></LiveChannelHistory>']);
    const disabled = await channels.ask('PUT', 'gate', { status: 'disabled' });
    expect([disabled.status, ownHeaders(disabled)]).toEqual([200, { 'content-length': '0' }]);
    expect(await stat()).toEqual(['Disabled']);
    const kept = await channels.ask('GET', 'gate');
    expect([textsIn(kept, 'Status'), textsIn(kept, 'Description')]).toEqual([['disabled'], ['d']]);
    expect((await channels.ask('PUT', 'gate', { status: 'enabled' })).status).toBe(200);
    expect(await stat()).toEqual(['Idle']);
    expectDocument(await channels.ask('GET', 'gate', HISTORY), ['<LiveChannelHistory></LiveChannelHistory>']);
  });

  test('that is not there is NoSuchLiveChannel, but its deletion is done', async () => {
    const error = missing('gone ü');
    expectExactError(await channels.ask('GET', 'gone ü'), error, server.host);
    expectExactError(await channels.ask('GET', 'gone ü', STAT), error, server.host);
    expectExactError(await channels.ask('GET', 'gone ü', HISTORY), error, server.host);
    expectExactError(await channels.ask('PUT', 'gone ü', { status: 'disabled' }), error, server.host);
    expect((await channels.ask('DELETE', 'gone ü')).status).toBe(204);
  });

  test('is no object, under any name', async () => {
    const name = 'gate ü?&<b>%2F';
    await server.send({ method: 'PUT', bucket: BUCKET, key: name, body: 'an object' });
    expectExactError(await channels.ask('GET', name), missing(name), server.host);
    const encoded = 'gate%20%C3%BC%3F%26%3Cb%3E%252F';
    expectDocument(await channels.put(name), [
      '<CreateLiveChannelResult>',
      ...urls('  ', encoded),
      '</CreateLiveChannelResult>',
    ]);
    expect((await server.send({ method: 'GET', bucket: BUCKET, key: name })).body.toString()).toBe('an object');
    expect((await channels.ask('DELETE', name)).status).toBe(204);
    expect((await server.send({ method: 'DELETE', bucket: BUCKET, key: name })).status).toBe(204);
    expectError(await server.send({ method: 'GET', bucket: BUCKET, key: name }), { status: 404, code: 'NoSuchKey' });
  });

  test('keeps its bucket from being deleted, and is counted', async () => {
    const count = async () =>
      textsIn(await server.send({ method: 'GET', bucket: BUCKET, query: { stat: '' } }), 'LiveChannelCount');
    expect(await count()).toEqual(['0']);
    await channels.put('one');
    await channels.put('two');
    await channels.put('two');
    expect(await count()).toEqual(['2']);
    await channels.ask('DELETE', 'one');
    await channels.ask('DELETE', 'one');
    expect(await count()).toEqual(['1']);
    expectError(await server.send({ method: 'DELETE', bucket: BUCKET }), { status: 409, code: 'BucketNotEmpty' });
    await channels.ask('DELETE', 'two');
    expect(await count()).toEqual(['0']);
    expect((await server.send({ method: 'DELETE', bucket: BUCKET })).status).toBe(204);
    for (const [method, key, query] of [
      ['PUT', 'two', { status: 'enabled' }],
      ['GET', 'two', {}],
      ['DELETE', 'two', {}],
      ['GET', undefined, {}],
    ] as const) {
      expectError(await channels.ask(method, key, query), { status: 404, code: 'NoSuchBucket' });
    }
    expectError(await channels.put('two'), { status: 404, code: 'NoSuchBucket' });
  });
});

describe('a listing', () => {
  test('of no channels is empty', async () => {
    expectDocument(await channels.ask('GET', undefined), [
      '<ListLiveChannelResult>',
      '  <Prefix></Prefix>',
      '  <Marker></Marker>',
      '  <MaxKeys>100</MaxKeys>',
      '  <IsTruncated>false</IsTruncated>',
      '</ListLiveChannelResult>',
    ]);
  });

  test('shows each channel, when it was changed last, and where the next page begins', async () => {
    for (const name of ['b', 'a-3', 'a-1']) await channels.put(name);
    nowMs += 60_000;
    await channels.put('a-2', FULL.join(''));
    await channels.ask('PUT', 'a-1', { status: 'disabled' });
    nowMs += 60_000;
    // It was that already.
    await channels.ask('PUT', 'a-2', { status: 'disabled' });
    expectDocument(await channels.ask('GET', undefined, { prefix: 'a-', marker: 'a-1', 'max-keys': '1' }), [
      '<ListLiveChannelResult>',
      '  <Prefix>a-</Prefix>',
      '  <Marker>a-1</Marker>',
      '  <MaxKeys>1</MaxKeys>',
      '  <IsTruncated>true</IsTruncated>',
      '  <NextMarker>a-2</NextMarker>',
      '  <LiveChannel>',
      '    <Name>a-2</Name>',
      '    <Description>the gate, &lt;seen&gt; from within</Description>',
      '    <Status>disabled</Status>',
      '    <LastModified>2026-01-02T03:05:05.000Z</LastModified>',
      ...urls('    ', 'a-2', 'gate.m3u8'),
      '  </LiveChannel>',
      '</ListLiveChannelResult>',
    ]);
    const all = await channels.ask('GET', undefined);
    expect(textsIn(all, 'Name')).toEqual(['a-1', 'a-2', 'a-3', 'b']);
    expect(textsIn(all, 'Status')).toEqual(['disabled', 'disabled', 'enabled', 'enabled']);
    expect(textsIn(all, 'LastModified').map((time) => time.slice(14, 19))).toEqual([
      '05:05',
      '05:05',
      '04:05',
      '04:05',
    ]);
    expect(textsIn(await channels.ask('GET', undefined, { marker: 'a-2' }), 'Name')).toEqual(['a-3', 'b']);
  });

  test('has 100 channels a page unless it is asked for up to 1000', async () => {
    for (let index = 100; index < 201; index++) await channels.put(`c${index}`);
    const first = await channels.ask('GET', undefined);
    expect([textsIn(first, 'Name').length, textsIn(first, 'NextMarker')]).toEqual([100, ['c199']]);
    expect(textsIn(await channels.ask('GET', undefined, { marker: 'c199' }), 'Name')).toEqual(['c200']);
    const all = await channels.ask('GET', undefined, { 'max-keys': '1000' });
    expect([textsIn(all, 'Name').length, textsIn(all, 'IsTruncated')]).toEqual([101, ['false']]);
  });
});

describe('addresses of a channel', () => {
  const open = policy([{ ...allow('oss:ListLiveChannel', `acs:oss:*:*:${BUCKET}`), Principal: ['*'] }]);
  const authoritiesIn = (answer: RawAnswer) => textsIn(answer, 'Url').map((url) => new URL(url).host);

  test('are below the host that the request came to', async () => {
    await channels.put('gate');
    expect((await server.send({ method: 'PUT', bucket: BUCKET, query: { policy: '' }, body: open })).status).toBe(200);
    const cname =
      '<BucketCnameConfiguration><Cname><Domain>live.example.org</Domain></Cname></BucketCnameConfiguration>';
    const bound = { method: 'POST', bucket: BUCKET, query: { cname: '', comp: 'add' }, body: cname };
    expect((await server.send(bound)).status).toBe(200);
    const visit = (path: string, host: string) => visitHost(server.host, 'GET', path, { host });
    const hosted = `${BUCKET}.oss.example.com`;
    expect(authoritiesIn(await visit('/?live', hosted))).toEqual([hosted, hosted]);
    expect(authoritiesIn(await visit(`/${BUCKET}?live`, 'oss.example.com'))).toEqual([hosted, hosted]);
    const own = 'live.example.org';
    expect(authoritiesIn(await visit('/?live', own))).toEqual([own, own]);
  });
});

describe('a restart', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeAll(async () => {
    folder = await temporaryFolder();
  });

  afterAll(() => folder.remove());

  test('keeps channels, their status and their number', async () => {
    const engines: EnginePair = {
      name: 'journaled-lmdb and file-system',
      async open() {
        const keyValues = await openJournaledLmdbKeyValueStore({ directory: join(folder.path, 'metadata') });
        const blobs = checkBlobs(await openFileSystemBlobStore({ directory: join(folder.path, 'blobs') }));
        return { keyValues, blobs, remove: async () => undefined };
      },
    };
    const body = `<LiveChannelConfiguration>\n${FULL.join('\n')}</LiveChannelConfiguration>`;
    const live = { bucket: BUCKET, query: { live: '' } };
    const first = await startTestServer({ engines, clock: () => START_MS });
    await first.send({ method: 'PUT', bucket: BUCKET });
    await first.send({ ...live, method: 'PUT', key: 'gate', body });
    await first.send({ ...live, method: 'PUT', key: 'gone', body });
    await first.send({ ...live, method: 'PUT', key: 'gate', query: { live: '', status: 'enabled' } });
    await first.send({ ...live, method: 'DELETE', key: 'gone' });
    await first.close();

    const second = await startTestServer({ engines, clock: () => START_MS + 60_000 });
    try {
      expectDocument(await second.send({ ...live, method: 'GET', key: 'gate' }), [
        '<LiveChannelConfiguration>',
        ...FULL.map((line) => line.replace('<Status>disabled', '<Status>enabled')),
        '</LiveChannelConfiguration>',
      ]);
      const listed = await second.send({ ...live, method: 'GET' });
      expect(textsIn(listed, 'Name')).toEqual(['gate']);
      expect(textsIn(listed, 'LastModified')).toEqual(['2026-01-02T03:04:05.000Z']);
      const stat = await second.send({ method: 'GET', bucket: BUCKET, query: { stat: '' } });
      expect(textsIn(stat, 'LiveChannelCount')).toEqual(['1']);
    } finally {
      await second.close();
    }
  });
});
