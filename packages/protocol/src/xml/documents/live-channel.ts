/**
 * Documents of live channels: `LiveChannelConfiguration`, `CreateLiveChannelResult`, `LiveChannelStat`,
 * `LiveChannelHistory`, `ListLiveChannelResult`. Leaves out playlists and everything a stream would bring: no stream is
 * received.
 */
import type { OssError } from '../../error/oss-error.js';
import { invalidArgument } from '../../header/refuse.js';
import { formatIsoTime } from '../../iso-time.js';
import { isBucketName } from '../../names.js';
import { utf8LengthBytes } from '../../text.js';
import { malformed } from '../malformed.js';
import type { XmlElement } from '../parse-xml.js';
import { readRequestDocument } from '../read-request-document.js';
import { lazily, renderLongXml, type Written, type XmlPieces } from '../render-long-xml.js';
import { renderXml, type XmlContent } from '../render-xml.js';
import { childOf, childrenOf, textOf, wordOf } from '../xml-element.js';

/** Whether a stream may be pushed to a channel. */
export type LiveChannelStatus = 'enabled' | 'disabled';

/** How a stream would be stored. */
export interface LiveChannelTarget {
  readonly type: 'HLS';
  /** Length of one file, 1 to 100. */
  readonly fragDurationSeconds: number;
  /** Files in the playlist, 1 to 100. */
  readonly fragCount: number;
  /** Ends in `.m3u8`. */
  readonly playlistName: string;
}

/** How pictures would be taken of a stream. */
export interface LiveChannelSnapshot {
  readonly roleName: string;
  readonly destinationBucket: string;
  readonly notifyTopic: string;
  /** 1 to 100. */
  readonly intervalSeconds: number;
}

/** The settings of a live channel. */
export interface LiveChannelConfiguration {
  readonly description?: string;
  readonly status: LiveChannelStatus;
  readonly target: LiveChannelTarget;
  readonly snapshot?: LiveChannelSnapshot;
}

/** Where a channel would be pushed to, and its playlist read. */
export interface LiveChannelUrls {
  readonly publishUrl: string;
  readonly playUrl: string;
}

/** A channel as listings show it. */
export interface LiveChannelSummary extends LiveChannelUrls {
  readonly name: string;
  readonly description: string | undefined;
  readonly status: LiveChannelStatus;
  readonly lastModifiedMs: number;
}

/** A page of a listing of channels. */
export interface ListLiveChannelResult {
  readonly prefix: string;
  readonly marker: string;
  readonly maxKeys: number;
  readonly channels: readonly LiveChannelSummary[];
  /** Undefined on the last page. */
  readonly nextMarker: string | undefined;
}

const STATUSES = ['enabled', 'disabled'] as const;
/** PutLiveChannel. */
const DESCRIPTION_LENGTH_BYTES_MAX = 128;
const PLAYLIST_NAME_LENGTH_BYTES_MIN = 6;
const PLAYLIST_NAME_LENGTH_BYTES_MAX = 128;
const NUMBER_MAX = 100;
const FRAG_DURATION_SECONDS_DEFAULT = 5;
const FRAG_COUNT_DEFAULT = 3;
const PLAYLIST_NAME_DEFAULT = 'playlist.m3u8';
/** Longer than any role's or topic's name; a listing keeps a thousand channels in memory. Ours. */
const SNAPSHOT_NAME_LENGTH_BYTES_MAX = 256;

/** Of a refused value. */
const SHOWN_LENGTH_MAX = 128;

/** Detailed error codes of PutLiveChannel. */
const EC = {
  description: '0044-00000001',
  status: '0044-00000002',
  snapshots: '0044-00000003',
  notifyTopic: '0044-00000006',
  roleName: '0044-00000007',
  destBucket: '0044-00000008',
  type: '0044-00000013',
  fragDuration: '0044-00000014',
  fragCount: '0044-00000015',
  playlistSlash: '0044-00000016',
  playlistLength: '0044-00000017',
  playlistEnding: '0044-00000018',
} as const;

/**
 * Reads the request of PutLiveChannel; what it leaves out gets its default.
 * @throws {OssError} `MalformedXML`, `InvalidArgument` for a value that is not allowed.
 */
export function parseLiveChannelConfiguration(document: Uint8Array | string): LiveChannelConfiguration {
  return readRequestDocument(document, 'LiveChannelConfiguration', readLiveChannelConfiguration);
}

function readLiveChannelConfiguration(root: XmlElement): LiveChannelConfiguration {
  const description = textOf(root, 'Description') ?? '';
  if (utf8LengthBytes(description) > DESCRIPTION_LENGTH_BYTES_MAX) {
    const message = `The description must not have more than ${DESCRIPTION_LENGTH_BYTES_MAX} bytes.`;
    throw refusal('Description', description, message, EC.description);
  }
  const statusText = wordOf(root, 'Status') ?? 'enabled';
  const status = STATUSES.find((known) => known === statusText);
  if (status === undefined) {
    throw refusal('Status', statusText, 'The status must be enabled or disabled.', EC.status);
  }
  const target = childOf(root, 'Target');
  if (target === undefined) throw malformed('LiveChannelConfiguration must have a Target.');
  const [snapshot, ...furtherSnapshots] = childrenOf(root, 'Snapshot');
  if (furtherSnapshots.length > 0) {
    throw refusal('Snapshot', '', 'A live channel cannot have more than one Snapshot.', EC.snapshots);
  }
  return {
    status,
    target: readTarget(target),
    ...(description !== '' && { description }),
    ...(snapshot !== undefined && { snapshot: readSnapshot(snapshot) }),
  };
}

function readTarget(element: XmlElement): LiveChannelTarget {
  const type = wordOf(element, 'Type') ?? '';
  if (type !== 'HLS') throw refusal('Type', type, 'The type of the target must be HLS.', EC.type);
  return {
    type,
    fragDurationSeconds: readNumber(element, 'FragDuration', FRAG_DURATION_SECONDS_DEFAULT, EC.fragDuration),
    fragCount: readNumber(element, 'FragCount', FRAG_COUNT_DEFAULT, EC.fragCount),
    playlistName: readPlaylistName(element),
  };
}

function readPlaylistName(element: XmlElement): string {
  const name = wordOf(element, 'PlaylistName') ?? PLAYLIST_NAME_DEFAULT;
  const refuse = (claim: string, ec: string) =>
    refusal('PlaylistName', name, `The name of the playlist must ${claim}.`, ec);
  const lengthBytes = utf8LengthBytes(name);
  if (name.includes('/')) throw refuse('not contain a slash', EC.playlistSlash);
  if (lengthBytes < PLAYLIST_NAME_LENGTH_BYTES_MIN || lengthBytes > PLAYLIST_NAME_LENGTH_BYTES_MAX) {
    const range = `${PLAYLIST_NAME_LENGTH_BYTES_MIN} to ${PLAYLIST_NAME_LENGTH_BYTES_MAX}`;
    throw refuse(`have ${range} bytes`, EC.playlistLength);
  }
  if (!name.endsWith('.m3u8')) throw refuse('end in .m3u8', EC.playlistEnding);
  return name;
}

/** Everything in it must be said: there is no default to fall back on. */
function readSnapshot(element: XmlElement): LiveChannelSnapshot {
  const destinationBucket = wordOf(element, 'DestBucket') ?? '';
  if (!isBucketName(destinationBucket)) {
    throw refusal('DestBucket', destinationBucket, 'The value is not the name of a bucket.', EC.destBucket);
  }
  return {
    roleName: readName(element, 'RoleName', EC.roleName),
    destinationBucket,
    notifyTopic: readName(element, 'NotifyTopic', EC.notifyTopic),
    intervalSeconds: readNumber(element, 'Interval'),
  };
}

function readName(element: XmlElement, name: string, ec: string): string {
  const value = wordOf(element, name) ?? '';
  if (value === '' || utf8LengthBytes(value) > SNAPSHOT_NAME_LENGTH_BYTES_MAX) {
    const message = `The value must have 1 to ${SNAPSHOT_NAME_LENGTH_BYTES_MAX} bytes.`;
    throw refusal(name, value, message, ec);
  }
  return value;
}

/** @param valueDefault Of a number that is missing or empty; without it the number must be there. */
function readNumber(element: XmlElement, name: string, valueDefault?: number, ec?: string): number {
  const text = wordOf(element, name);
  if (text === undefined && valueDefault !== undefined) return valueDefault;
  const value = text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= NUMBER_MAX) return value;
  throw refusal(name, text ?? '', `The value must be a whole number from 1 to ${NUMBER_MAX}.`, ec);
}

/** A value may be as long as the document; an answer shall not be. */
function refusal(name: string, value: string, message: string, ec?: string): OssError {
  return invalidArgument(name, value.slice(0, SHOWN_LENGTH_MAX), message, ec);
}

/** Writes the answer of GetLiveChannelInfo. */
export function renderLiveChannelConfiguration(configuration: LiveChannelConfiguration): string {
  const { description, status, target, snapshot } = configuration;
  return renderXml('LiveChannelConfiguration', {
    // One official SDK fails without it.
    Description: description ?? null,
    Status: status,
    Target: {
      Type: target.type,
      FragDuration: target.fragDurationSeconds,
      FragCount: target.fragCount,
      PlaylistName: target.playlistName,
    },
    Snapshot:
      snapshot === undefined
        ? undefined
        : {
            RoleName: snapshot.roleName,
            DestBucket: snapshot.destinationBucket,
            NotifyTopic: snapshot.notifyTopic,
            Interval: snapshot.intervalSeconds,
          },
  });
}

/** Writes the answer of PutLiveChannel. */
export function renderCreateLiveChannelResult(urls: LiveChannelUrls): string {
  return renderXml('CreateLiveChannelResult', urlsContent(urls));
}

/**
 * Writes the answer of GetLiveChannelStat, of a channel that nobody pushes to.
 * @param status Of the channel.
 */
export function renderLiveChannelStat(status: LiveChannelStatus): string {
  return renderXml('LiveChannelStat', { Status: status === 'enabled' ? 'Idle' : 'Disabled' });
}

/** Writes the answer of GetLiveChannelHistory, of a channel that nobody ever pushed to. */
export function renderLiveChannelHistory(): string {
  return renderXml('LiveChannelHistory', {});
}

/** Writes the answer of ListLiveChannel, in pieces. */
export function renderListLiveChannelResult(result: Written<ListLiveChannelResult>): XmlPieces {
  const { prefix, marker, maxKeys, channels, nextMarker } = result;
  const content = {
    // One official SDK fails without these two, and without a description below.
    Prefix: prefix || null,
    Marker: marker || null,
    MaxKeys: maxKeys,
    IsTruncated: nextMarker !== undefined,
    NextMarker: nextMarker,
    LiveChannel: lazily(channels, (channel) => ({
      Name: channel.name,
      Description: channel.description ?? null,
      Status: channel.status,
      LastModified: formatIsoTime(channel.lastModifiedMs),
      ...urlsContent(channel),
    })),
  };
  return renderLongXml('ListLiveChannelResult', Object.entries(content));
}

function urlsContent({ publishUrl, playUrl }: LiveChannelUrls): XmlContent {
  return { PublishUrls: { Url: publishUrl }, PlayUrls: { Url: playUrl } };
}
