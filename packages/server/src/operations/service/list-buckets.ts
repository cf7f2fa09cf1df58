/** ListBuckets (GetService): `GET /`. Only the caller's own buckets. */
import {
  invalidArgument,
  LIMITS,
  lazily,
  parsePageSize,
  parseTagList,
  renderListBucketsResult,
} from '@annals/protocol';
import type { BucketRecord, ObjectStore } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { endpointOf, locationOf, regionOf } from '../answering/bucket-endpoint.js';
import { ownerOf, readListingName } from '../answering/listing-input.js';
import { longXmlResponse } from '../answering/xml-response.js';
import { ownBuckets } from '../reading/own-buckets.js';
import { readResourceGroupId, resourceGroupOf } from '../reading/resource-group.js';

interface ListBucketsInput {
  readonly ownerId: string;
  readonly prefix: string;
  readonly marker: string;
  readonly maxKeys: number;
  /** Only buckets that have all of these. */
  readonly tags: readonly TagFilter[];
  /** Only buckets of this group. `undefined`: of any. */
  readonly resourceGroupId: string | undefined;
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

/** Lists the buckets that the caller owns: `ListBuckets` (GetService). */
export const listBuckets = defineOperation<'ListBuckets', ListBucketsInput, ListBucketsOutput>({
  name: 'ListBuckets',
  effect: 'works',
  anonymous: 'never',
  remark:
    'Only the caller’s buckets. `tag-key` and `tag-value` filter by one tag, `tagging` by several ' +
    '(`"k1":"v1","k2":"v2"`, all must fit), not both.',
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
      tags: readTagFilters(request),
      resourceGroupId: readResourceGroupId(request),
    };
  },
  handle: (input, { store }) => listOwnBuckets(store, input),
  render({ buckets, nextMarker }, input, request, { settings }) {
    const endpoint = endpointOf(request);
    const isPartial = nextMarker !== undefined || input.marker !== '';
    return longXmlResponse(
      renderListBucketsResult({
        ...(isPartial && {
          prefix: input.prefix,
          marker: input.marker,
          maxKeys: input.maxKeys,
          isTruncated: nextMarker !== undefined,
        }),
        ...(nextMarker !== undefined && { nextMarker }),
        owner: ownerOf(input.ownerId),
        buckets: lazily(buckets, (bucket) => ({
          name: bucket.name,
          location: locationOf(settings),
          region: regionOf(settings),
          createdAtMs: bucket.createdAtMs,
          extranetEndpoint: endpoint,
          intranetEndpoint: endpoint,
          storageClass: bucket.storageClass,
          ...(input.tags.length > 0 && { tags: configurationsOf(bucket).tags ?? [] }),
        })),
      }),
    );
  },
});

async function listOwnBuckets(store: ObjectStore, input: ListBucketsInput): Promise<ListBucketsOutput> {
  const buckets: BucketRecord[] = [];
  for await (const bucket of ownBuckets(store, input.ownerId, { prefix: input.prefix, after: input.marker })) {
    if (!hasTags(bucket, input.tags) || !isInGroup(bucket, input.resourceGroupId)) continue;
    if (buckets.length === input.maxKeys) return { buckets, nextMarker: buckets.at(-1)?.name };
    buckets.push(bucket);
  }
  return { buckets, nextMarker: undefined };
}

function hasTags(bucket: BucketRecord, filters: readonly TagFilter[]): boolean {
  const tags = filters.length === 0 ? [] : (configurationsOf(bucket).tags ?? []);
  return filters.every(({ key, value }) =>
    tags.some((tag) => tag.key === key && (value === undefined || tag.value === value)),
  );
}

function isInGroup(bucket: BucketRecord, resourceGroupId: string | undefined): boolean {
  return resourceGroupId === undefined || resourceGroupOf(configurationsOf(bucket).resourceGroup) === resourceGroupId;
}

/** @throws {OssError} `InvalidArgument`; `InvalidTag` and its like for tags that no bucket can have. */
function readTagFilters({ query }: OperationRequest): readonly TagFilter[] {
  const tagging = query.get('tagging');
  const listed = parseTagList(tagging);
  const [key = '', value = ''] = [query.get('tag-key'), query.get('tag-value')];
  if (listed !== undefined && (key !== '' || value !== '')) {
    throw invalidArgument('tagging', tagging ?? '', 'The parameter tagging cannot be used with tag-key and tag-value.');
  }
  if (key === '' && value !== '') {
    throw invalidArgument('tag-value', value, 'The parameter tag-value needs the parameter tag-key.');
  }
  if (listed !== undefined) return listed;
  return key === '' ? [] : [{ key, value: value === '' ? undefined : value }];
}
