/** ListLiveChannel: `GET /?live`, the channels of a bucket. */
import { LIMITS, lazily, parsePageSize, renderListLiveChannelResult } from '@annals/protocol';
import type { ListLiveChannelsInput, ListLiveChannelsResult } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { readListingName } from '../answering/listing-input.js';
import { urlsOf } from '../answering/live-channel-urls.js';
import { longXmlResponse } from '../answering/xml-response.js';

/** Lists the live channels of a bucket: `ListLiveChannel`. */
export const listLiveChannel = defineOperation<'ListLiveChannel', ListLiveChannelsInput, ListLiveChannelsResult>({
  name: 'ListLiveChannel',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'There is no `encoding-type`: control characters in names come as character references.',
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
    longXmlResponse(
      renderListLiveChannelResult({
        prefix,
        marker: after,
        maxKeys: limit,
        nextMarker: next,
        channels: lazily(channels, (channel) => ({
          name: channel.name,
          description: channel.description,
          status: channel.status,
          lastModifiedMs: channel.lastModifiedAtMs,
          ...urlsOf(channel, request),
        })),
      }),
    ),
});
