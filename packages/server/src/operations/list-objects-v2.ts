/** ListObjectsV2: `GET /?list-type=2`. Continues by opaque tokens, counts its rows, and names owners only when asked. */
import { renderXml } from '@annals/protocol';
import type { ListResult } from '@annals/store';
import { formatContinuationToken, parseContinuationToken } from './continuation-token.js';
import { listingContents } from './listing-contents.js';
import { type ListingInput, readListingInput } from './listing-input.js';
import { nameWriter, readNameParameter } from './listing-parameters.js';
import { defineOperation } from './operation.js';
import { ownAction } from './operation-permission.js';
import { xmlResponse } from './xml-response.js';

interface ListObjectsV2Input extends ListingInput {
  readonly startAfter: string;
  /** Empty on the first page. */
  readonly continuationToken: string;
  /** Where to go on: the token wins over `start-after`, which clients repeat on every page. */
  readonly after: string;
  readonly withOwner: boolean;
}

export const listObjectsV2 = defineOperation<ListObjectsV2Input, ListResult>({
  name: 'ListObjectsV2',
  permissions: ownAction('read'),
  parse(request) {
    const { query } = request;
    const startAfter = readNameParameter(query, 'start-after');
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
  render(page, input) {
    const writeName = nameWriter(input.isUrlEncoded);
    return xmlResponse(
      renderXml('ListBucketResult', {
        Name: input.bucket,
        Prefix: writeName(input.prefix),
        StartAfter: writeName(input.startAfter),
        MaxKeys: input.maxKeys,
        Delimiter: writeName(input.delimiter),
        EncodingType: input.isUrlEncoded ? 'url' : undefined,
        IsTruncated: page.isTruncated,
        ContinuationToken: input.continuationToken,
        NextContinuationToken: page.next === undefined ? undefined : formatContinuationToken(page.next),
        KeyCount: page.objects.length + page.commonPrefixes.length,
        ...listingContents(page, writeName, input.withOwner),
      }),
    );
  },
});
