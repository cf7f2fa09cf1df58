/** ListObjectsV2: a bucket's objects. `list-versions.ts` has their versions. */
import { type ObjectSummary, parseListObjectsV2Result } from '@annals/protocol';
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';
import { lastName, listPages, presentParameters, ROWS_PER_PAGE } from '../listing-pages.js';

/** Which objects to list, and how grouped. */
export interface ListObjectsInput extends CallOptions {
  readonly bucket: string;
  /** Default: every key. */
  readonly prefix?: string;
  /**
   * Keys that go on past the first delimiter behind the prefix are reported once, as a common prefix. Default: no
   * grouping.
   */
  readonly delimiter?: string;
  /** Keys up to and including this one are left out. */
  readonly startAfter?: string;
  /** Whether each object has its owner. Default false. */
  readonly withOwner?: boolean;
  /** Rows of one page, 1 to 1000. Default 1000. */
  readonly pageSize?: number;
}

/** Some of the objects. */
export interface ListObjectsPage {
  /** In the order of their keys' UTF-8 bytes. */
  readonly objects: readonly ObjectSummary[];
  readonly commonPrefixes: readonly string[];
}

/**
 * Lists objects page by page; a page is asked for when it is wanted. Each page is of its own moment.
 * @throws {OssServiceError} `NoSuchBucket`, `AccessDenied`.
 */
export function listObjects(
  connection: Connection,
  input: ListObjectsInput,
): AsyncGenerator<ListObjectsPage, void, void> {
  const { bucket, prefix, delimiter, startAfter, withOwner, pageSize = ROWS_PER_PAGE, ...options } = input;
  const action = `list oss://${bucket}/${prefix ?? ''}`;
  return listPages<ListObjectsPage>({
    action,
    start: {},
    markerName: 'NextContinuationToken',
    async ask(markers) {
      const query = presentParameters({
        'list-type': '2',
        // Keys may hold characters that XML cannot.
        'encoding-type': 'url',
        'max-keys': String(pageSize),
        prefix,
        delimiter,
        'start-after': startAfter,
        'fetch-owner': withOwner === true ? 'true' : undefined,
        ...markers,
      });
      const call = { ...options, bucket, action, method: 'GET', query } as const;
      const result = await connection.sendForDocument(call, parseListObjectsV2Result);
      const { objects, commonPrefixes, isTruncated, nextContinuationToken } = result;
      const last = lastName(objects, commonPrefixes);
      return {
        page: { objects, commonPrefixes },
        isTruncated,
        next: nextContinuationToken === undefined ? undefined : { 'continuation-token': nextContinuationToken },
        behindLastRow: last === undefined ? undefined : { 'start-after': last },
      };
    },
  });
}
