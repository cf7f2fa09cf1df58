/** ListObjects, version 1: `GET /?prefix&marker&delimiter&max-keys`. Always names owners. */
import { renderXml } from '@annals/protocol';
import type { ListResult } from '@annals/store';
import { listingContents } from './listing-contents.js';
import { type ListingInput, readListingInput } from './listing-input.js';
import { nameWriter, readNameParameter } from './listing-parameters.js';
import { defineOperation } from './operation.js';
import { ownAction } from './operation-permission.js';
import { xmlResponse } from './xml-response.js';

interface ListObjectsInput extends ListingInput {
  readonly marker: string;
}

export const listObjects = defineOperation<ListObjectsInput, ListResult>({
  name: 'ListObjects',
  permissions: ownAction('read'),
  parse: (request) => ({ ...readListingInput(request), marker: readNameParameter(request.query, 'marker') }),
  handle: ({ bucket, prefix, delimiter, marker, maxKeys }, { store }) =>
    store.listObjects({ bucket, prefix, delimiter, after: marker, limit: maxKeys }),
  render(page, input) {
    const writeName = nameWriter(input.isUrlEncoded);
    return xmlResponse(
      renderXml('ListBucketResult', {
        Name: input.bucket,
        Prefix: writeName(input.prefix),
        Marker: writeName(input.marker),
        MaxKeys: input.maxKeys,
        Delimiter: writeName(input.delimiter),
        EncodingType: input.isUrlEncoded ? 'url' : undefined,
        IsTruncated: page.isTruncated,
        NextMarker: page.next === undefined ? undefined : writeName(page.next),
        ...listingContents(page, writeName, true),
      }),
    );
  },
});
