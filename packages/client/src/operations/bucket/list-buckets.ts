/** ListBuckets: the caller's buckets. */
import { type BucketSummary, parseListBucketsResult, type QueryParameter } from '@annals/protocol';
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';

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

/** Rows of one page: the most a server gives. */
const ROWS_PER_PAGE = '1000';

/**
 * Lists buckets page by page; a page is asked for when it is wanted.
 * @throws {OssServiceError} `AccessDenied`.
 */
export async function* listBuckets(
  connection: Connection,
  input: ListBucketsInput = {},
): AsyncGenerator<ListBucketsPage, void, void> {
  const { prefix = '', ...options } = input;
  let marker: string | undefined;
  do {
    const query: QueryParameter[] = [['max-keys', ROWS_PER_PAGE]];
    if (prefix !== '') query.push(['prefix', prefix]);
    if (marker !== undefined) query.push(['marker', marker]);
    const call = { ...options, action: ACTION, method: 'GET', query } as const;
    const result = await connection.sendForDocument(call, parseListBucketsResult);
    yield { buckets: result.buckets };
    marker = result.isTruncated === true ? result.nextMarker : undefined;
  } while (marker !== undefined);
}
