import { describe, expect, it } from 'vitest';
import { OssError } from '../../error/oss-error.js';
import { written } from '../written-fixture.js';
import {
  parseLiveChannelConfiguration,
  renderCreateLiveChannelResult,
  renderListLiveChannelResult,
  renderLiveChannelConfiguration,
  renderLiveChannelHistory,
  renderLiveChannelStat,
} from './live-channel.js';

const PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n';
const TARGET = '<Target><Type>HLS</Type></Target>';
const SNAPSHOT = {
  RoleName: 'photographer',
  DestBucket: 'pictures',
  NotifyTopic: 'new-pictures',
  Interval: '10',
};

function read(content: string) {
  return parseLiveChannelConfiguration(`<LiveChannelConfiguration>${content}</LiveChannelConfiguration>`);
}

function target(content: string): string {
  return `<Target><Type>HLS</Type>${content}</Target>`;
}

function snapshot(change: Partial<Record<keyof typeof SNAPSHOT, string>> = {}): string {
  const members = Object.entries({ ...SNAPSHOT, ...change }).map(([name, text]) => `<${name}>${text}</${name}>`);
  return `${TARGET}<Snapshot>${members.join('')}</Snapshot>`;
}

/** @returns Code, argument, its value, and detailed code of the refusal. */
function refusal(content: string): readonly (string | undefined)[] {
  try {
    read(content);
  } catch (error) {
    if (!(error instanceof OssError)) throw error;
    const { code, details, ec } = error;
    return [code, details.ArgumentName, details.ArgumentValue, ec];
  }
  throw new Error('nothing was refused');
}

describe('LiveChannelConfiguration', () => {
  it('has a default for all but the type of its target', () => {
    const defaults = {
      status: 'enabled',
      target: { type: 'HLS', fragDurationSeconds: 5, fragCount: 3, playlistName: 'playlist.m3u8' },
    };
    expect(read(TARGET)).toEqual(defaults);
    const empty = '<Description/><Status></Status>';
    expect(read(empty + target('<FragDuration/><FragCount></FragCount><PlaylistName/>'))).toEqual(defaults);
  });

  it('comes back as it was', () => {
    const configuration = {
      description: ' a "channel" & more <1> ',
      status: 'disabled',
      target: { type: 'HLS', fragDurationSeconds: 100, fragCount: 1, playlistName: 'ü b.m3u8' },
      snapshot: { roleName: 'r', destinationBucket: 'b-1', notifyTopic: 't', intervalSeconds: 100 },
    } as const;
    expect(parseLiveChannelConfiguration(renderLiveChannelConfiguration(configuration))).toEqual(configuration);
    expect(renderLiveChannelConfiguration(read(snapshot()))).toBe(`${PROLOG}<LiveChannelConfiguration>
  <Description></Description>
  <Status>enabled</Status>
  <Target>
    <Type>HLS</Type>
    <FragDuration>5</FragDuration>
    <FragCount>3</FragCount>
    <PlaylistName>playlist.m3u8</PlaylistName>
  </Target>
  <Snapshot>
    <RoleName>photographer</RoleName>
    <DestBucket>pictures</DestBucket>
    <NotifyTopic>new-pictures</NotifyTopic>
    <Interval>10</Interval>
  </Snapshot>
</LiveChannelConfiguration>
`);
  });

  it('takes the bounds of every value', () => {
    const description = 'ü'.repeat(64);
    expect(read(`<Description>${description}</Description>${TARGET}`).description).toBe(description);
    for (const name of ['p.m3u8', `${'p'.repeat(123)}.m3u8`]) {
      expect(read(target(`<PlaylistName>${name}</PlaylistName>`)).target.playlistName).toBe(name);
    }
    for (const number of [1, 100]) {
      const numbers = `<FragDuration>${number}</FragDuration><FragCount>${number}</FragCount>`;
      expect(read(target(numbers)).target).toMatchObject({ fragDurationSeconds: number, fragCount: number });
      expect(read(snapshot({ Interval: String(number) })).snapshot?.intervalSeconds).toBe(number);
    }
    expect(read(snapshot({ RoleName: 'r'.repeat(256) })).snapshot?.roleName).toHaveLength(256);
  });

  it.each([
    [
      'a long description',
      `<Description>${'ü'.repeat(200)}</Description>${TARGET}`,
      'Description',
      'ü'.repeat(128),
      '01',
    ],
    [
      'a description that is a byte too long',
      `<Description>${'ü'.repeat(64)}.</Description>${TARGET}`,
      'Description',
      `${'ü'.repeat(64)}.`,
      '01',
    ],
    ['another status', `<Status>Enabled</Status>${TARGET}`, 'Status', 'Enabled', '02'],
    ['two snapshots', `${snapshot()}<Snapshot/>`, 'Snapshot', '', '03'],
    ['no type', '<Target/>', 'Type', '', '13'],
    ['another type', '<Target><Type>hls</Type></Target>', 'Type', 'hls', '13'],
    ['no duration', target('<FragDuration>0</FragDuration>'), 'FragDuration', '0', '14'],
    ['a long duration', target('<FragDuration>101</FragDuration>'), 'FragDuration', '101', '14'],
    ['a duration that is no number', target('<FragDuration>abc</FragDuration>'), 'FragDuration', 'abc', '14'],
    ['a number of files below 1', target('<FragCount>-1</FragCount>'), 'FragCount', '-1', '15'],
    ['a broken number of files', target('<FragCount>2.5</FragCount>'), 'FragCount', '2.5', '15'],
    ['a playlist in a folder', target('<PlaylistName>a/b.m3u8</PlaylistName>'), 'PlaylistName', 'a/b.m3u8', '16'],
    ['a playlist without a name', target('<PlaylistName>.m3u8</PlaylistName>'), 'PlaylistName', '.m3u8', '17'],
    [
      'a long name of a playlist',
      target(`<PlaylistName>${'p'.repeat(124)}.m3u8</PlaylistName>`),
      'PlaylistName',
      `${'p'.repeat(124)}.m3u`,
      '17',
    ],
    ['another ending', target('<PlaylistName>list.m3u</PlaylistName>'), 'PlaylistName', 'list.m3u', '18'],
    ['no role', snapshot({ RoleName: '' }), 'RoleName', '', '07'],
    ['a long role', snapshot({ RoleName: 'r'.repeat(257) }), 'RoleName', 'r'.repeat(128), '07'],
    ['no topic', snapshot({ NotifyTopic: ' ' }), 'NotifyTopic', '', '06'],
    ['no bucket', snapshot({ DestBucket: '' }), 'DestBucket', '', '08'],
    ['a name that no bucket has', snapshot({ DestBucket: 'No_Bucket' }), 'DestBucket', 'No_Bucket', '08'],
    ['no interval', snapshot({ Interval: '' }), 'Interval', '', undefined],
    ['a long interval', snapshot({ Interval: '101' }), 'Interval', '101', undefined],
  ])('is refused with %s', (_, content, name, value, ec) => {
    expect(refusal(content)).toEqual([
      'InvalidArgument',
      name,
      value,
      ec === undefined ? undefined : `0044-000000${ec}`,
    ]);
  });

  it('is malformed without a target, and under another name', () => {
    expect(refusal('<Status>enabled</Status>')[0]).toBe('MalformedXML');
    expect(() => parseLiveChannelConfiguration(`<LiveChannel>${TARGET}</LiveChannel>`)).toThrow(OssError);
    expect(() => parseLiveChannelConfiguration('')).toThrow(OssError);
  });
});

describe('answers about live channels', () => {
  it('are written as the public service writes them', () => {
    const urls = { publishUrl: 'rtmp://b.h/live/c', playUrl: 'http://b.h/c/p.m3u8' };
    expect(renderCreateLiveChannelResult(urls)).toBe(`${PROLOG}<CreateLiveChannelResult>
  <PublishUrls>
    <Url>rtmp://b.h/live/c</Url>
  </PublishUrls>
  <PlayUrls>
    <Url>http://b.h/c/p.m3u8</Url>
  </PlayUrls>
</CreateLiveChannelResult>
`);
    expect(renderLiveChannelStat('enabled')).toContain('<Status>Idle</Status>');
    expect(renderLiveChannelStat('disabled')).toContain('<Status>Disabled</Status>');
    expect(renderLiveChannelHistory()).toBe(`${PROLOG}<LiveChannelHistory></LiveChannelHistory>\n`);
  });

  it('list channels, and write the elements that one SDK insists on also empty', () => {
    const summary = {
      name: 'c',
      description: undefined,
      status: 'enabled',
      lastModifiedMs: Date.UTC(2016, 6, 30, 1, 54, 21, 987),
      publishUrl: 'rtmp://b.h/live/c',
      playUrl: 'http://b.h/c/p.m3u8',
    } as const;
    const page = { prefix: '', marker: '', maxKeys: 1, channels: [summary], nextMarker: 'c' };
    expect(written(renderListLiveChannelResult(page))).toBe(`${PROLOG}<ListLiveChannelResult>
  <Prefix></Prefix>
  <Marker></Marker>
  <MaxKeys>1</MaxKeys>
  <IsTruncated>true</IsTruncated>
  <NextMarker>c</NextMarker>
  <LiveChannel>
    <Name>c</Name>
    <Description></Description>
    <Status>enabled</Status>
    <LastModified>2016-07-30T01:54:21.000Z</LastModified>
    <PublishUrls>
      <Url>rtmp://b.h/live/c</Url>
    </PublishUrls>
    <PlayUrls>
      <Url>http://b.h/c/p.m3u8</Url>
    </PlayUrls>
  </LiveChannel>
</ListLiveChannelResult>
`);
    const last = { prefix: 'a', marker: 'b', maxKeys: 100, channels: [], nextMarker: undefined };
    expect(written(renderListLiveChannelResult(last))).toBe(`${PROLOG}<ListLiveChannelResult>
  <Prefix>a</Prefix>
  <Marker>b</Marker>
  <MaxKeys>100</MaxKeys>
  <IsTruncated>false</IsTruncated>
</ListLiveChannelResult>
`);
  });
});
