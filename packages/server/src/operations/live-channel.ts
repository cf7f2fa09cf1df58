/**
 * Put-, Get-, List- and DeleteLiveChannel, their status, state and history: `?live`. Kept and given back: nobody listens for streams at the address
 * a channel names, so none is ever live, has a history, or writes a playlist. Leaves out playlists of what was pushed (`?vod`).
 */
import {
  invalidArgument,
  LIMITS,
  type LiveChannelUrls,
  parseLiveChannelConfiguration,
  parsePageSize,
  percentEncode,
  renderCreateLiveChannelResult,
  renderListLiveChannelResult,
  renderLiveChannelConfiguration,
  renderLiveChannelHistory,
  renderLiveChannelStat,
} from '@annals/protocol';
import type {
  ListLiveChannelsInput,
  ListLiveChannelsResult,
  LiveChannelRecord,
  LiveChannelSettings,
  LiveChannelStatus,
  LiveChannelTarget,
  PutLiveChannelInput,
} from '@annals/store';
import { endpointOf } from './bucket-endpoint.js';
import { readConfigurationDocument } from './configuration-document.js';
import { readListingName } from './listing-input.js';
import { defineOperation, type OperationContext, type OperationRequest } from './operation.js';
import { ownAction } from './operation-permission.js';
import { requireBucket, requireObject } from './request-target.js';
import { xmlResponse } from './xml-response.js';

export const putLiveChannel = defineOperation<PutLiveChannelInput, LiveChannelRecord>({
  name: 'PutLiveChannel',
  permissions: ownAction('owner'),
  async parse(request) {
    const channel = readChannel(request);
    // With one of the two values it would be another operation.
    refuseParameter(request, 'status');
    const settings: LiveChannelSettings = parseLiveChannelConfiguration(await readConfigurationDocument(request));
    return { ...channel, settings };
  },
  handle: (input, { store }) => store.putLiveChannel(input),
  render: (channel, _input, request) => xmlResponse(renderCreateLiveChannelResult(urlsOf(channel, request))),
});

interface StatusInput {
  readonly channel: LiveChannelTarget;
  readonly status: LiveChannelStatus;
}

export const putLiveChannelStatus = defineOperation<StatusInput, LiveChannelRecord>({
  name: 'PutLiveChannelStatus',
  permissions: ownAction('owner'),
  parse: (request) => ({
    channel: readChannel(request),
    // The operation is known by its having one of two values.
    status: request.query.get('status') === 'disabled' ? 'disabled' : 'enabled',
  }),
  handle: ({ channel, status }, { store }) => store.setLiveChannelStatus(channel, status),
  render: () => ({ status: 200, headers: {} }),
});

export const getLiveChannelInfo = defineOperation<LiveChannelTarget, LiveChannelRecord>({
  name: 'GetLiveChannelInfo',
  permissions: ownAction('owner'),
  parse(request) {
    refuseParameter(request, 'comp');
    return readChannel(request);
  },
  handle: getChannel,
  render: (channel) => xmlResponse(renderLiveChannelConfiguration(channel)),
});

export const getLiveChannelStat = defineOperation<LiveChannelTarget, LiveChannelRecord>({
  name: 'GetLiveChannelStat',
  permissions: ownAction('owner'),
  parse: readChannel,
  handle: getChannel,
  render: ({ status }) => xmlResponse(renderLiveChannelStat(status)),
});

export const getLiveChannelHistory = defineOperation<LiveChannelTarget, LiveChannelRecord>({
  name: 'GetLiveChannelHistory',
  permissions: ownAction('owner'),
  parse: readChannel,
  handle: getChannel,
  render: () => xmlResponse(renderLiveChannelHistory()),
});

export const deleteLiveChannel = defineOperation<LiveChannelTarget, void>({
  name: 'DeleteLiveChannel',
  permissions: ownAction('owner'),
  parse: readChannel,
  handle: (channel, { store }) => store.deleteLiveChannel(channel),
  render: () => ({ status: 204, headers: {} }),
});

export const listLiveChannel = defineOperation<ListLiveChannelsInput, ListLiveChannelsResult>({
  name: 'ListLiveChannel',
  permissions: ownAction('owner'),
  parse: (request) => ({
    bucket: requireBucket(request),
    prefix: readListingName(request, 'prefix'),
    after: readListingName(request, 'marker'),
    limit: parsePageSize('max-keys', request.query.get('max-keys'), {
      default: LIMITS.maxKeysDefault,
      max: LIMITS.maxKeysMax,
    }),
  }),
  handle: (input, { store }) => store.listLiveChannels(input),
  render: ({ channels, next }, { prefix, after, limit }, request) =>
    xmlResponse(
      renderListLiveChannelResult({
        prefix,
        marker: after,
        maxKeys: limit,
        nextMarker: next,
        channels: channels.map((channel) => ({
          name: channel.name,
          description: channel.description,
          status: channel.status,
          lastModifiedMs: channel.lastModifiedAtMs,
          ...urlsOf(channel, request),
        })),
      }),
    ),
});

/** @throws {OssError} `InvalidArgument`. */
function readChannel(request: OperationRequest): LiveChannelTarget {
  const { bucket, key: name } = requireObject(request);
  // Its playlist lies in a folder of its name.
  if (name.includes('/')) {
    throw invalidArgument('ChannelName', name, 'The name of a live channel must not contain a slash.');
  }
  return { bucket, name };
}

/** @throws {OssError} `InvalidArgument` for a parameter that would have to name another operation. */
function refuseParameter({ query }: OperationRequest, name: string): void {
  const value = query.get(name) ?? '';
  if (value !== '') throw invalidArgument(name, value);
}

function getChannel(channel: LiveChannelTarget, { store }: OperationContext): Promise<LiveChannelRecord> {
  return store.getLiveChannel(channel);
}

/** Addresses below the host that this client reaches the server at. */
function urlsOf({ bucket, name, target }: LiveChannelRecord, request: OperationRequest): LiveChannelUrls {
  const authority = request.isPathStyle === true ? `${bucket}.${endpointOf(request)}` : request.host;
  const channel = percentEncode(name);
  return {
    publishUrl: `rtmp://${authority}/live/${channel}`,
    playUrl: `http://${authority}/${channel}/${percentEncode(target.playlistName)}`,
  };
}
