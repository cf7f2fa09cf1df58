/**
 * ListObjectsV2: `GET /?list-type=2`. Continues by opaque tokens, counts its rows, and names owners only when asked.
 */
import { lazily, renderListObjectsV2Result } from '@annals/protocol';
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
import { formatContinuationToken, parseContinuationToken } from '../reading/continuation-token.js';

interface ListObjectsV2Input extends ListingInput {
  readonly startAfter: string;
  /** Empty on the first page. */
  readonly continuationToken: string;
  /** Where to go on: the token wins over `start-after`, which clients repeat on every page. */
  readonly after: string;
  readonly withOwner: boolean;
}

/** Lists objects with continuation tokens: `ListObjectsV2`. */
export const listObjectsV2 = defineOperation<'ListObjectsV2', ListObjectsV2Input, ListResult>({
  name: 'ListObjectsV2',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'As ListObjects.',
  permissions: ownAction('read'),
  parse(request) {
    const { query } = request;
    const startAfter = readListingName(request, 'start-after');
    const continuationToken = query.get('continuation-token') ?? '';
    return {
      ...readListingInput(request),
      startAfter,
      continuationToken,
      after: continuationToken === '' ? startAfter : parseContinuationToken(continuationToken),
      withOwner: query.get('fetch-owner')?.toLowerCase() === 'true',
    };
  },
  handle: ({ bucket, prefix, delimiter, after, maxKeys }, { store }) =>
    store.listObjects({ bucket, prefix, delimiter, after, limit: maxKeys }),
  render({ objects, commonPrefixes, isTruncated, next }, input, _request, { clock }) {
    const nowMs = clock();
    const { startAfter, continuationToken, withOwner } = input;
    return longXmlResponse(
      renderListObjectsV2Result({
        ...echoListing(input),
        startAfter,
        continuationToken,
        isTruncated,
        ...(next !== undefined && { nextContinuationToken: formatContinuationToken(next) }),
        objects: lazily(objects, (head) => ({
          ...summarize(head, nowMs),
          ...(withOwner && { owner: ownerOf(head.ownerId) }),
        })),
        commonPrefixes,
      }),
    );
  },
});
