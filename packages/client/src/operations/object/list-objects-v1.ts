/** ListObjects, the first version: for servers that do not know the second one, which `list-objects.ts` uses. */
import { type ObjectSummary, parseListObjectsResult } from '@annals/protocol';
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';
import { required } from '../../connection/response-headers.js';
import { presentParameters, ROWS_PER_PAGE } from '../listing-query.js';
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
export async function* listObjectsV1(
  connection: Connection,
  input: ListObjectsV1Input,
): AsyncGenerator<ListObjectsPage, void, void> {
  const { bucket, prefix, delimiter, marker: start, pageSize = ROWS_PER_PAGE, ...options } = input;
  const action = `list oss://${bucket}/${prefix ?? ''}`;
  let marker = start;
  let isTruncated: boolean;
  do {
    const query = presentParameters({
      'encoding-type': 'url',
      'max-keys': String(pageSize),
      prefix,
      delimiter,
      marker,
    });
    const call = { ...options, bucket, action, method: 'GET', query } as const;
    const result = await connection.sendForDocument(call, parseListObjectsResult);
    yield { objects: result.objects, commonPrefixes: result.commonPrefixes };
    isTruncated = result.isTruncated;
    if (isTruncated)
      marker = required(result.nextMarker ?? lastKey(result.objects), 'NextMarker', action, 'not-applied');
  } while (isTruncated);
}

/** Without a delimiter the service may leave the marker to the client. */
function lastKey(objects: readonly ObjectSummary[]): string | undefined {
  return objects.at(-1)?.key;
}
