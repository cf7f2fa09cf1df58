/** Live channels through the official Node SDK, unmodified, against a server in a process of its own. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AliClient, type AliResponse, aliClient } from '../harness/ali-oss.js';
import { type ServerProcess, startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';

interface ListedChannel {
  readonly Name: string;
  readonly Description: string | object;
  readonly Status: string;
  readonly LastModified: string;
  readonly PublishUrls: readonly string[];
  readonly PlayUrls: readonly string[];
}

/** What this SDK can do with live channels. */
interface ChannelClient extends AliClient {
  putChannel(
    id: string,
    configuration: object,
  ): Promise<{ publishUrls: readonly string[]; playUrls: readonly string[]; res: AliResponse }>;
  getChannel(id: string): Promise<{ data: Record<string, unknown>; res: AliResponse }>;
  deleteChannel(id: string): Promise<{ res: AliResponse }>;
  putChannelStatus(id: string, status: string): Promise<{ res: AliResponse }>;
  getChannelStatus(id: string): Promise<{ data: Record<string, unknown> }>;
  getChannelHistory(id: string): Promise<{ records: readonly unknown[] }>;
  listChannels(
    query: object,
  ): Promise<{ channels: readonly ListedChannel[]; nextMarker: string | null; isTruncated: boolean }>;
  createVod(id: string, name: string, time: { startTime: number; endTime: number }): Promise<unknown>;
  getRtmpUrl(id: string, options?: { expires?: number; params?: Record<string, string> }): string;
}

const CONFIGURATION = {
  Description: 'the gate',
  Status: 'enabled',
  Target: { Type: 'HLS', FragDuration: '10', FragCount: '4', PlaylistName: 'gate.m3u8' },
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServerProcess({ data: join(folder.path, 'data'), buckets: ['live-v1', 'live-v4'] });
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

describe.each(['v1', 'v4'] as const)('ali-oss, signed %s', (signature) => {
  const bucket = `live-${signature}`;
  // Given an address it would name the host of its region.
  const client = () => aliClient(server, bucket, signature, 'localhost-sld') as ChannelClient;
  const authority = () => `${bucket}.localhost:${server.port}`;

  test('a channel is put, shown, disabled, enabled and deleted', async () => {
    const put = await client().putChannel('gate', CONFIGURATION);
    expect([put.publishUrls, put.playUrls]).toEqual([
      [`rtmp://${authority()}/live/gate`],
      [`http://${authority()}/gate/gate.m3u8`],
    ]);
    expect((await client().getChannel('gate')).data).toEqual(CONFIGURATION);
    expect((await client().getChannelStatus('gate')).data).toEqual({ Status: 'Idle' });
    expect((await client().putChannelStatus('gate', 'disabled')).res.status).toBe(200);
    expect((await client().getChannel('gate')).data).toEqual({ ...CONFIGURATION, Status: 'disabled' });
    expect((await client().getChannelStatus('gate')).data).toEqual({ Status: 'Disabled' });
    expect((await client().getChannelHistory('gate')).records).toEqual([]);
    await client().putChannelStatus('gate', 'enabled');
    expect((await client().getChannelStatus('gate')).data).toEqual({ Status: 'Idle' });
    expect((await client().deleteChannel('gate')).res.status).toBe(204);
    const missing = { status: 404, code: 'NoSuchLiveChannel' };
    await expect(client().getChannel('gate')).rejects.toMatchObject(missing);
    await expect(client().getChannelHistory('gate')).rejects.toMatchObject(missing);
    await expect(client().putChannelStatus('gate', 'enabled')).rejects.toMatchObject(missing);
  });

  test('channels are listed page by page, and keep their bucket', async () => {
    for (const name of ['b', 'a-2', 'a-1']) await client().putChannel(name, CONFIGURATION);
    await client().putChannelStatus('a-2', 'disabled');
    const first = await client().listChannels({ prefix: 'a-', 'max-keys': 1 });
    expect(first).toMatchObject({ nextMarker: 'a-1', isTruncated: true });
    expect(first.channels).toEqual([
      {
        Name: 'a-1',
        Description: 'the gate',
        Status: 'enabled',
        LastModified: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.000Z$/),
        PublishUrls: [`rtmp://${authority()}/live/a-1`],
        PlayUrls: [`http://${authority()}/a-1/gate.m3u8`],
      },
    ]);
    const second = await client().listChannels({ prefix: 'a-', marker: 'a-1' });
    expect(second).toMatchObject({ nextMarker: null, isTruncated: false });
    expect(second.channels.map(({ Name, Status }) => [Name, Status])).toEqual([['a-2', 'disabled']]);
    await expect(client().deleteBucket(bucket)).rejects.toMatchObject({ status: 409, code: 'BucketNotEmpty' });
    for (const name of ['b', 'a-2', 'a-1']) await client().deleteChannel(name);
    expect((await client().listChannels({})).channels).toEqual([]);
  });

  test('values that no channel can have are refused', async () => {
    const target = { ...CONFIGURATION.Target, FragCount: '101' };
    const refused = client().putChannel('gate', { ...CONFIGURATION, Target: target });
    await expect(refused).rejects.toMatchObject({ status: 400, code: 'InvalidArgument', ecCode: '0044-00000015' });
    await expect(client().putChannel('a/b', CONFIGURATION)).rejects.toMatchObject({
      status: 400,
      code: 'InvalidArgument',
    });
  });

  test('an address to push to is signed, and a playlist of what was pushed is not to be had', async () => {
    await client().putChannel('gate', CONFIGURATION);
    const url = new URL(client().getRtmpUrl('gate', { expires: 60, params: { playlistName: 'gate.m3u8' } }));
    expect([url.protocol, url.searchParams.get('playlistName')]).toEqual(['rtmp:', 'gate.m3u8']);
    expect(url.pathname.endsWith('/live/gate')).toBe(true);
    const vod = client().createVod('gate', 'vod.m3u8', { startTime: 1_472_020_031, endTime: 1_472_020_226 });
    await expect(vod).rejects.toMatchObject({ status: 501, code: 'NotImplemented' });
  });
});
