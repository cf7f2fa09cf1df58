/** ListBuckets (GetService): `GET /`. Only the caller's own buckets. */
import { LIMITS, OssError, parsePageSize, renderListBucketsResult } from '@annals/protocol';
import type { BucketRecord, ObjectStore } from '@annals/store';
import { endpointOf, locationOf, regionOf } from './bucket-endpoint.js';
import { ownerOf, readListingName } from './listing-input.js';
import { defineOperation, type OperationRequest } from './operation.js';
import { ownAction } from './operation-permission.js';
import { xmlResponse } from './xml-response.js';

interface ListBucketsInput {
  readonly ownerId: string;
  readonly prefix: string;
  readonly marker: string;
  readonly maxKeys: number;
}

interface ListBucketsOutput {
  readonly buckets: readonly BucketRecord[];
  /** Undefined on the last page. */
  readonly nextMarker: string | undefined;
}

export const listBuckets = defineOperation<ListBucketsInput, ListBucketsOutput>({
  name: 'ListBuckets',
  permissions: ownAction('owner'),
  parse(request) {
    refuseTagFilter(request);
    const { query, caller } = request;
    return {
      ownerId: caller.accountId,
      prefix: readListingName(request, 'prefix'),
      marker: readListingName(request, 'marker'),
      maxKeys: parsePageSize('max-keys', query.get('max-keys'), {
        default: LIMITS.maxBucketsDefault,
        max: LIMITS.maxBucketsMax,
      }),
    };
  },
  handle: (input, { store }) => listOwnBuckets(store, input),
  render({ buckets, nextMarker }, input, request, { settings }) {
    const endpoint = endpointOf(request);
    const isPartial = nextMarker !== undefined || input.marker !== '';
    return xmlResponse(
      renderListBucketsResult({
        ...(isPartial && {
          prefix: input.prefix,
          marker: input.marker,
          maxKeys: input.maxKeys,
          isTruncated: nextMarker !== undefined,
        }),
        ...(nextMarker !== undefined && { nextMarker }),
        owner: ownerOf(input.ownerId),
        buckets: buckets.map((bucket) => ({
          name: bucket.name,
          location: locationOf(settings),
          region: regionOf(settings),
          createdAtMs: bucket.createdAtMs,
          extranetEndpoint: endpoint,
          intranetEndpoint: endpoint,
          storageClass: bucket.storageClass,
        })),
      }),
    );
  },
});

/** The store lists everybody's buckets, so a page of the caller's may take several of its pages. */
async function listOwnBuckets(store: ObjectStore, input: ListBucketsInput): Promise<ListBucketsOutput> {
  const buckets: BucketRecord[] = [];
  let after: string | undefined = input.marker;
  while (after !== undefined) {
    const page = await store.listBuckets({ prefix: input.prefix, after, limit: LIMITS.maxBucketsMax });
    for (const bucket of page.buckets) {
      if (bucket.ownerId !== input.ownerId) continue;
      if (buckets.length === input.maxKeys) return { buckets, nextMarker: buckets.at(-1)?.name };
      buckets.push(bucket);
    }
    after = page.next;
  }
  return { buckets, nextMarker: undefined };
}

/** Buckets have no tags yet; ignoring the filter would list buckets that were not asked for. */
function refuseTagFilter({ query }: OperationRequest): void {
  const name = ['tag-key', 'tag-value', 'tagging'].find((parameter) => query.has(parameter));
  if (name === undefined) return;
  throw new OssError('NotImplemented', {
    status: 501,
    message: 'Listing buckets by tag is not implemented by this server.',
    details: { ArgumentName: name },
  });
}
