/** ListBuckets (GetService): `GET /`. Only the caller's own buckets. */
import { invalidArgument, LIMITS, OssError, parsePageSize, renderListBucketsResult } from '@annals/protocol';
import type { BucketRecord, ObjectStore } from '@annals/store';
import { configurationsOf } from '../bucket-rules/bucket-configurations.js';
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
  /** Only buckets that have this tag. */
  readonly tag: TagFilter | undefined;
}

interface TagFilter {
  readonly key: string;
  /** `undefined`: whatever its value. */
  readonly value: string | undefined;
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
    const { query, caller } = request;
    return {
      ownerId: caller.accountId,
      prefix: readListingName(request, 'prefix'),
      marker: readListingName(request, 'marker'),
      maxKeys: parsePageSize('max-keys', query.get('max-keys'), {
        default: LIMITS.maxBucketsDefault,
        max: LIMITS.maxBucketsMax,
      }),
      tag: readTagFilter(request),
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
      if (bucket.ownerId !== input.ownerId || !hasTag(bucket, input.tag)) continue;
      if (buckets.length === input.maxKeys) return { buckets, nextMarker: buckets.at(-1)?.name };
      buckets.push(bucket);
    }
    after = page.next;
  }
  return { buckets, nextMarker: undefined };
}

function hasTag(bucket: BucketRecord, tag: TagFilter | undefined): boolean {
  if (tag === undefined) return true;
  const found = configurationsOf(bucket).tags?.find(({ key }) => key === tag.key);
  return found !== undefined && (tag.value === undefined || tag.value === found.value);
}

function readTagFilter({ query }: OperationRequest): TagFilter | undefined {
  // How a list of tags is written in a query is documented nowhere; ignoring it would list buckets that were not asked for.
  if (query.has('tagging')) {
    throw new OssError('NotImplemented', {
      status: 501,
      message: 'Listing buckets by several tags is not implemented by this server.',
      details: { ArgumentName: 'tagging' },
    });
  }
  const [key = '', value = ''] = [query.get('tag-key'), query.get('tag-value')];
  if (key === '' && value !== '') {
    throw invalidArgument('tag-value', value, 'The parameter tag-value needs the parameter tag-key.');
  }
  return key === '' ? undefined : { key, value: value === '' ? undefined : value };
}
