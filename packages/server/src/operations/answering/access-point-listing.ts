/** Listings of access points, of one bucket or of all buckets of an account: pages, and the document. */
import { type AccessPoint, parsePageSize, renderListAccessPointsResult } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import type { OperationRequest } from '../../request/operation-request.js';
import { accessPointsOf } from '../reading/bucket-access-points.js';
import { formatContinuationToken, parseContinuationToken } from '../reading/continuation-token.js';
import { longXmlResponse } from './xml-response.js';

/** The public service's bounds of pages; the former is also how many a bucket can have. */
export const OF_BUCKET_COUNT_MAX = 100;

/** Which page is asked for. */
export interface ListAccessPointsInput {
  readonly maxKeys: number;
  /** Place of the last one of the page before; empty for the first page. */
  readonly after: string;
}

/** What was found: one more than a page, where there is another page. */
export interface ListAccessPointsOutput {
  readonly accountId: string;
  readonly found: readonly ListedAccessPoint[];
}

/** An access point with its place in listings. */
export interface ListedAccessPoint {
  /** Name and bucket: what listings are sorted by. */
  readonly place: string;
  readonly bucket: string;
  readonly accessPoint: AccessPoint;
}

/** Reads which page is asked for. @param countMax Entries a page may have. @throws {OssError} `InvalidArgument`. */
export function readListing({ query }: OperationRequest, countMax: number): ListAccessPointsInput {
  const token = query.get('continuation-token') ?? '';
  return {
    maxKeys: parsePageSize('max-keys', query.get('max-keys'), { default: OF_BUCKET_COUNT_MAX, max: countMax }),
    after: token === '' ? '' : parseContinuationToken(token),
  };
}

/** The access points of a bucket. */
export function listed(record: BucketRecord): readonly ListedAccessPoint[] {
  return accessPointsOf(record).map((accessPoint) => ({
    place: `${accessPoint.name}/${record.name}`,
    bucket: record.name,
    accessPoint,
  }));
}

/** One more than a page tells whether there is another. */
export function pageOf(
  all: readonly ListedAccessPoint[],
  { maxKeys, after }: ListAccessPointsInput,
): readonly ListedAccessPoint[] {
  return all
    .filter(({ place }) => place > after)
    .sort((one, other) => (one.place < other.place ? -1 : 1))
    .slice(0, maxKeys + 1);
}

/** The answer, in which the account is that of the buckets. */
export function renderListing({ accountId, found }: ListAccessPointsOutput, { maxKeys }: ListAccessPointsInput) {
  const accessPoints = found.slice(0, maxKeys);
  const last = accessPoints.at(-1);
  const isTruncated = found.length > maxKeys && last !== undefined;
  return longXmlResponse(
    renderListAccessPointsResult({
      accountId,
      maxKeys,
      accessPoints,
      nextContinuationToken: isTruncated ? formatContinuationToken(last.place) : undefined,
    }),
  );
}
