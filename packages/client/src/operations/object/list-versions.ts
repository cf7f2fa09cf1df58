/** ListObjectVersions: the versions and delete markers of a bucket. */
import { type DeleteMarkerSummary, type ObjectVersionSummary, parseListVersionsResult } from '@annals/protocol';
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';
import { required } from '../../connection/response-headers.js';
import { presentParameters, ROWS_PER_PAGE } from '../listing-query.js';

/** Which versions to list, and how grouped. */
export interface ListVersionsInput extends CallOptions {
  readonly bucket: string;
  /** Default: every key. */
  readonly prefix?: string;
  /** As of `ListObjectsInput`. */
  readonly delimiter?: string;
  /** Keys up to and including this one are left out. */
  readonly keyMarker?: string;
  /** Rows of one page, 1 to 1000. Default 1000. */
  readonly pageSize?: number;
}

/** Some of the versions. */
export interface ListVersionsPage {
  /** Versions and delete markers (`kind`), in the order of their keys' UTF-8 bytes, the newest of a key first. */
  readonly versions: readonly (ObjectVersionSummary | DeleteMarkerSummary)[];
  readonly commonPrefixes: readonly string[];
}

/**
 * Lists versions page by page; a page is asked for when it is wanted. Each page is of its own moment.
 * @throws {OssServiceError} `NoSuchBucket`, `AccessDenied`.
 */
export async function* listVersions(
  connection: Connection,
  input: ListVersionsInput,
): AsyncGenerator<ListVersionsPage, void, void> {
  const { bucket, prefix, delimiter, keyMarker: start, pageSize = ROWS_PER_PAGE, ...options } = input;
  const action = `list the versions of oss://${bucket}/${prefix ?? ''}`;
  let keyMarker = start;
  let versionIdMarker: string | undefined;
  let isTruncated: boolean;
  do {
    const paging = { 'key-marker': keyMarker, 'version-id-marker': versionIdMarker };
    const query = presentParameters({
      'encoding-type': 'url',
      'max-keys': String(pageSize),
      prefix,
      delimiter,
      ...paging,
    });
    const call = { ...options, bucket, action, method: 'GET', query: [['versions', ''] as const, ...query] } as const;
    const result = await connection.sendForDocument(call, parseListVersionsResult);
    yield { versions: result.versions, commonPrefixes: result.commonPrefixes };
    isTruncated = result.isTruncated;
    if (isTruncated) keyMarker = required(result.nextKeyMarker, 'NextKeyMarker', action, 'not-applied');
    versionIdMarker = result.nextVersionIdMarker;
  } while (isTruncated);
}
