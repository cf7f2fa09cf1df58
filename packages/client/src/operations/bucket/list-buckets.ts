/** ListBuckets: the caller's buckets. */
import { type BucketSummary, parseListBucketsResult } from '@annals/protocol';
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';
import { listPages, presentParameters, ROWS_PER_PAGE } from '../listing-pages.js';

/** Which buckets to list. */
export interface ListBucketsInput extends CallOptions {
  readonly prefix?: string;
}

/** Some of the buckets. */
export interface ListBucketsPage {
  /** In the order of their names. */
  readonly buckets: readonly BucketSummary[];
}

const ACTION = 'list the buckets';

/**
 * Lists buckets page by page; a page is asked for when it is wanted.
 * @throws {OssServiceError} `AccessDenied`.
 */
export function listBuckets(
  connection: Connection,
  input: ListBucketsInput = {},
): AsyncGenerator<ListBucketsPage, void, void> {
  const { prefix, ...options } = input;
  return listPages<ListBucketsPage>({
    action: ACTION,
    start: {},
    markerName: 'NextMarker',
    async ask(markers) {
      const query = presentParameters({ 'max-keys': String(ROWS_PER_PAGE), prefix, ...markers });
      const call = { ...options, action: ACTION, method: 'GET', query } as const;
      const { buckets, isTruncated, nextMarker } = await connection.sendForDocument(call, parseListBucketsResult);
      return {
        page: { buckets },
        // OSS says nothing about pages when everything is on one.
        isTruncated: isTruncated ?? nextMarker !== undefined,
        next: nextMarker === undefined ? undefined : { marker: nextMarker },
        behindLastRow: undefined,
      };
    },
  });
}
