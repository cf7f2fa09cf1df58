/** ListObjects, the first version: for servers that do not know the second one, which `list-objects.ts` uses. */
import { parseListObjectsResult } from '@annals/protocol';
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';
import { lastName, listPages, presentParameters, ROWS_PER_PAGE } from '../listing-pages.js';
import type { ListObjectsPage } from './list-objects.js';

/** Which objects to list, and how grouped. */
export interface ListObjectsV1Input extends CallOptions {
  readonly bucket: string;
  /** Default: every key. */
  readonly prefix?: string;
  /** As of `ListObjectsInput`. */
  readonly delimiter?: string;
  /** Keys and common prefixes up to and including this one are left out. */
  readonly marker?: string;
  /** Rows of one page, 1 to 1000. Default 1000. */
  readonly pageSize?: number;
}

/**
 * Lists objects with their owners page by page; a page is asked for when it is wanted. Each page is of its own moment.
 * @throws {OssServiceError} `NoSuchBucket`, `AccessDenied`.
 */
export function listObjectsV1(
  connection: Connection,
  input: ListObjectsV1Input,
): AsyncGenerator<ListObjectsPage, void, void> {
  const { bucket, prefix, delimiter, marker, pageSize = ROWS_PER_PAGE, ...options } = input;
  const action = `list oss://${bucket}/${prefix ?? ''}`;
  return listPages<ListObjectsPage>({
    action,
    start: { marker },
    markerName: 'NextMarker',
    async ask(markers) {
      const shape = { 'encoding-type': 'url', 'max-keys': String(pageSize), prefix, delimiter };
      const query = presentParameters({ ...shape, ...markers });
      const call = { ...options, bucket, action, method: 'GET', query } as const;
      const result = await connection.sendForDocument(call, parseListObjectsResult);
      const { objects, commonPrefixes, isTruncated, nextMarker } = result;
      // Some servers leave the marker to the client.
      const last = lastName(objects, commonPrefixes);
      const behindLastRow = last === undefined ? undefined : { marker: last };
      return {
        page: { objects, commonPrefixes },
        isTruncated,
        next: nextMarker === undefined ? behindLastRow : { marker: nextMarker },
        behindLastRow,
      };
    },
  });
}
