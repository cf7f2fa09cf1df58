/** ListObjects, version 1: `GET /?prefix&marker&delimiter&max-keys`. Always names owners. */
import { lazily, renderListObjectsResult } from '@annals/protocol';
import type { ListResult } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import {
  echoListing,
  type ListingInput,
  ownerOf,
  readListingInput,
  readListingName,
  summarize,
} from '../answering/listing-input.js';
import { longXmlResponse } from '../answering/xml-response.js';

interface ListObjectsInput extends ListingInput {
  readonly marker: string;
}

/** Lists objects with markers: `ListObjects` (GetBucket). */
export const listObjects = defineOperation<'ListObjects', ListObjectsInput, ListResult>({
  name: 'ListObjects',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'A marker inside a common prefix skips that prefix. Control characters, which XML cannot carry, come as ' +
    'character references unless `encoding-type=url` is asked for: a strict parser fails loudly, a lenient one ' +
    'reads the true key. `RestoreInfo` says what `x-oss-restore` says; there is no `TransitionTime`.',
  permissions: ownAction('read'),
  parse: (request) => ({ ...readListingInput(request), marker: readListingName(request, 'marker') }),
  handle: ({ bucket, prefix, delimiter, marker, maxKeys }, { store }) =>
    store.listObjects({ bucket, prefix, delimiter, after: marker, limit: maxKeys }),
  render({ objects, commonPrefixes, isTruncated, next }, input, _request, { clock }) {
    const nowMs = clock();
    return longXmlResponse(
      renderListObjectsResult({
        ...echoListing(input),
        marker: input.marker,
        isTruncated,
        ...(next !== undefined && { nextMarker: next }),
        objects: lazily(objects, (head) => ({ ...summarize(head, nowMs), owner: ownerOf(head.ownerId) })),
        commonPrefixes,
      }),
    );
  },
});
