/** ListMultipartUploads: the uploads of a bucket that are neither completed nor aborted. */
import { parseListMultipartUploadsResult, type UploadSummary } from '@annals/protocol';
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';
import { required } from '../../connection/response-headers.js';
import { presentParameters, ROWS_PER_PAGE } from '../listing-query.js';

/** Which uploads to list, and how grouped. */
export interface ListMultipartUploadsInput extends CallOptions {
  readonly bucket: string;
  /** Default: every key. */
  readonly prefix?: string;
  /** As of `ListObjectsInput`. */
  readonly delimiter?: string;
  /** Rows of one page, 1 to 1000. Default 1000. */
  readonly pageSize?: number;
}

/** Some of the uploads. */
export interface ListMultipartUploadsPage {
  /** In the order of their keys' UTF-8 bytes. */
  readonly uploads: readonly UploadSummary[];
  readonly commonPrefixes: readonly string[];
}

/**
 * Lists uploads page by page; a page is asked for when it is wanted. Each page is of its own moment.
 * @throws {OssServiceError} `NoSuchBucket`, `AccessDenied`.
 */
export async function* listMultipartUploads(
  connection: Connection,
  input: ListMultipartUploadsInput,
): AsyncGenerator<ListMultipartUploadsPage, void, void> {
  const { bucket, prefix, delimiter, pageSize = ROWS_PER_PAGE, ...options } = input;
  const action = `list the uploads of oss://${bucket}/${prefix ?? ''}`;
  let keyMarker: string | undefined;
  let uploadIdMarker: string | undefined;
  let isTruncated: boolean;
  do {
    const paging = { 'key-marker': keyMarker, 'upload-id-marker': uploadIdMarker };
    const shape = { 'encoding-type': 'url', 'max-uploads': String(pageSize), prefix, delimiter };
    const query = [['uploads', ''] as const, ...presentParameters({ ...shape, ...paging })];
    const call = { ...options, bucket, action, method: 'GET', query } as const;
    const result = await connection.sendForDocument(call, parseListMultipartUploadsResult);
    yield { uploads: result.uploads, commonPrefixes: result.commonPrefixes };
    isTruncated = result.isTruncated;
    if (isTruncated) keyMarker = required(result.nextKeyMarker, 'NextKeyMarker', action, 'not-applied');
    uploadIdMarker = result.nextUploadIdMarker;
  } while (isTruncated);
}
