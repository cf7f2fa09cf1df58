/**
 * Put-, Get- and DeleteLiveChannel, their status, state and history: `?live`. Kept and given back: nobody listens for
 * streams at the address a channel names, so none is ever live, has a history, or writes a playlist. Leaves out
 * playlists of what was pushed (`?vod`).
 */
import {
  invalidArgument,
  parseLiveChannelConfiguration,
  renderCreateLiveChannelResult,
  renderLiveChannelConfiguration,
  renderLiveChannelHistory,
  renderLiveChannelStat,
} from '@annals/protocol';
import type {
  LiveChannelRecord,
  LiveChannelSettings,
  LiveChannelStatus,
  LiveChannelTarget,
  PutLiveChannelInput,
} from '@annals/store';
import { defineOperation, type OperationContext } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireObject } from '../../request/request-target.js';
import { urlsOf } from '../answering/live-channel-urls.js';
import { xmlResponse } from '../answering/xml-response.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';

/** Makes or replaces a live channel: `PutLiveChannel`. */
export const putLiveChannel = defineOperation<'PutLiveChannel', PutLiveChannelInput, LiveChannelRecord>({
  name: 'PutLiveChannel',
  effect: 'kept',
  anonymous: 'if granted',
  remark:
    'No stream is received: nothing listens for RTMP at the addresses in the answer, which are below the Host ' +
    'the request came to. PostVodPlaylist and GetVodPlaylist, which list what was pushed, answer 501. A ' +
    'repeated PUT replaces the channel. `Snapshot` needs all its four members; roles and topics have 256 bytes ' +
    'at most. Only policies grant the operations on channels, never an ACL.',
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

/** Turns a live channel on or off: `PutLiveChannelStatus`. */
export const putLiveChannelStatus = defineOperation<'PutLiveChannelStatus', StatusInput, LiveChannelRecord>({
  name: 'PutLiveChannelStatus',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: (request) => ({
    channel: readChannel(request),
    // The operation is known by its having one of two values.
    status: request.query.get('status') === 'disabled' ? 'disabled' : 'enabled',
  }),
  handle: ({ channel, status }, { store }) => store.setLiveChannelStatus(channel, status),
  render: () => ({ status: 200, headers: {} }),
});

/** Shows the settings of a live channel: `GetLiveChannelInfo`. */
export const getLiveChannelInfo = defineOperation<'GetLiveChannelInfo', LiveChannelTarget, LiveChannelRecord>({
  name: 'GetLiveChannelInfo',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'Shows `Snapshot` too.',
  permissions: ownAction('owner'),
  parse(request) {
    refuseParameter(request, 'comp');
    return readChannel(request);
  },
  handle: getChannel,
  render: (channel) => xmlResponse(renderLiveChannelConfiguration(channel)),
});

/** Shows what a live channel does now: `GetLiveChannelStat`. */
export const getLiveChannelStat = defineOperation<'GetLiveChannelStat', LiveChannelTarget, LiveChannelRecord>({
  name: 'GetLiveChannelStat',
  effect: 'kept',
  anonymous: 'if granted',
  remark: '`Idle`, or `Disabled` when the channel is; never `Live`.',
  permissions: ownAction('owner'),
  parse: readChannel,
  handle: getChannel,
  render: ({ status }) => xmlResponse(renderLiveChannelStat(status)),
});

/** Shows the last ten times a stream was pushed: `GetLiveChannelHistory`. */
export const getLiveChannelHistory = defineOperation<'GetLiveChannelHistory', LiveChannelTarget, LiveChannelRecord>({
  name: 'GetLiveChannelHistory',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'Always empty.',
  permissions: ownAction('owner'),
  parse: readChannel,
  handle: getChannel,
  render: () => xmlResponse(renderLiveChannelHistory()),
});

/** Removes a live channel: `DeleteLiveChannel`. */
export const deleteLiveChannel = defineOperation<'DeleteLiveChannel', LiveChannelTarget, void>({
  name: 'DeleteLiveChannel',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'One that is not there is 204 as well.',
  permissions: ownAction('owner'),
  parse: readChannel,
  handle: (channel, { store }) => store.deleteLiveChannel(channel),
  render: () => ({ status: 204, headers: {} }),
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
