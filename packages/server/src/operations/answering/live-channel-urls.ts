/** Addresses of a live channel, as answers name them. Nothing listens there. */
import { type LiveChannelUrls, percentEncode } from '@annals/protocol';
import type { LiveChannelRecord } from '@annals/store';
import type { OperationRequest } from '../../request/operation-request.js';
import { endpointOf } from './bucket-endpoint.js';

/** Addresses below the host that this client reaches the server at. */
export function urlsOf({ bucket, name, target }: LiveChannelRecord, request: OperationRequest): LiveChannelUrls {
  const authority = request.isPathStyle === true ? `${bucket}.${endpointOf(request)}` : request.host;
  const channel = percentEncode(name);
  return {
    publishUrl: `rtmp://${authority}/live/${channel}`,
    playUrl: `http://${authority}/${channel}/${percentEncode(target.playlistName)}`,
  };
}
