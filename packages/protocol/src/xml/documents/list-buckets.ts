/** Document of ListBuckets: `ListAllMyBucketsResult`. */
import { formatIsoTime } from '../../iso-time.js';
import type { Tag } from '../../tagging.js';
import { parseXml, type XmlElement } from '../parse-xml.js';
import { lazily, renderLongXml, type Written, type XmlPieces } from '../render-long-xml.js';
import {
  childOf,
  childrenOf,
  countOf,
  expectRoot,
  flagOf,
  requiredTextOf,
  requiredTimeOf,
  textOf,
  wordOf,
} from '../xml-element.js';
import { defined } from './optional.js';
import { type Owner, ownerContent, readOwner } from './owner.js';

/** One bucket of the list. */
export interface BucketSummary {
  readonly name: string;
  /** Region with the public service's prefix, such as `oss-cn-hangzhou`. */
  readonly location: string;
  /** Region without the prefix. */
  readonly region?: string;
  readonly createdAtMs: number;
  readonly extranetEndpoint: string;
  readonly intranetEndpoint: string;
  readonly storageClass: string;
  /** Shown where the list was filtered by tags. */
  readonly tags?: readonly Tag[];
}

/** Result of ListBuckets. The paging members are there only if not everything was returned. */
export interface ListBucketsResult {
  readonly owner: Owner;
  readonly prefix?: string;
  readonly marker?: string;
  readonly maxKeys?: number;
  readonly isTruncated?: boolean;
  readonly nextMarker?: string;
  readonly buckets: readonly BucketSummary[];
}

/** Writes the document, in pieces. */
export function renderListBucketsResult(result: Written<ListBucketsResult>): XmlPieces {
  const content = {
    Prefix: result.prefix,
    Marker: result.marker,
    MaxKeys: result.maxKeys,
    IsTruncated: result.isTruncated,
    NextMarker: result.nextMarker,
    Owner: ownerContent(result.owner),
    Buckets: {
      Bucket: lazily(result.buckets, (bucket) => ({
        CreationDate: formatIsoTime(bucket.createdAtMs),
        ExtranetEndpoint: bucket.extranetEndpoint,
        IntranetEndpoint: bucket.intranetEndpoint,
        Location: bucket.location,
        Name: bucket.name,
        Region: bucket.region,
        StorageClass: bucket.storageClass,
        Tagging:
          bucket.tags === undefined
            ? undefined
            : { TagSet: { Tag: bucket.tags.map(({ key, value }) => ({ Key: key, Value: value || null })) } },
      })),
    },
  };
  return renderLongXml('ListAllMyBucketsResult', Object.entries(content));
}

/**
 * Reads the document.
 * @throws {OssError} `MalformedXML`.
 */
export function parseListBucketsResult(document: Uint8Array | string): ListBucketsResult {
  const root = expectRoot(parseXml(document), 'ListAllMyBucketsResult');
  return {
    owner: readOwner(root) ?? { id: '', displayName: '' },
    buckets: childrenOf(childOf(root, 'Buckets'), 'Bucket').map((bucket) => ({
      name: requiredTextOf(bucket, 'Name').trim(),
      location: wordOf(bucket, 'Location') ?? '',
      createdAtMs: requiredTimeOf(bucket, 'CreationDate'),
      extranetEndpoint: wordOf(bucket, 'ExtranetEndpoint') ?? '',
      intranetEndpoint: wordOf(bucket, 'IntranetEndpoint') ?? '',
      storageClass: wordOf(bucket, 'StorageClass') ?? '',
      ...defined({
        region: wordOf(bucket, 'Region'),
        tags: readTags(childOf(bucket, 'Tagging')),
      }),
    })),
    ...defined({
      prefix: textOf(root, 'Prefix') || undefined,
      marker: textOf(root, 'Marker') || undefined,
      maxKeys: countOf(root, 'MaxKeys'),
      isTruncated: flagOf(root, 'IsTruncated'),
      nextMarker: textOf(root, 'NextMarker') || undefined,
    }),
  };
}

function readTags(tagging: XmlElement | undefined): readonly Tag[] | undefined {
  if (tagging === undefined) return undefined;
  return childrenOf(childOf(tagging, 'TagSet'), 'Tag').map((tag) => ({
    key: textOf(tag, 'Key') ?? '',
    value: textOf(tag, 'Value') ?? '',
  }));
}
