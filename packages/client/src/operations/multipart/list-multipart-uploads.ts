/** ListMultipartUploads: the uploads of a bucket that are neither completed nor aborted. */
import { parseListMultipartUploadsResult, type UploadSummary } from '@annals/protocol';
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';
import { type ListingMarkers, lastName, listPages, presentParameters, ROWS_PER_PAGE } from '../listing-pages.js';

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
export function listMultipartUploads(
  connection: Connection,
  input: ListMultipartUploadsInput,
): AsyncGenerator<ListMultipartUploadsPage, void, void> {
  const { bucket, prefix, delimiter, pageSize = ROWS_PER_PAGE, ...options } = input;
  const action = `list the uploads of oss://${bucket}/${prefix ?? ''}`;
  return listPages<ListMultipartUploadsPage>({
    action,
    start: {},
    markerName: 'NextKeyMarker',
    async ask(markers) {
      const shape = { 'encoding-type': 'url', 'max-uploads': String(pageSize), prefix, delimiter };
      const query = [['uploads', ''] as const, ...presentParameters({ ...shape, ...markers })];
      const call = { ...options, bucket, action, method: 'GET', query } as const;
      const result = await connection.sendForDocument(call, parseListMultipartUploadsResult);
      const { uploads, commonPrefixes, isTruncated, nextKeyMarker, nextUploadIdMarker } = result;
      return {
        page: { uploads, commonPrefixes },
        isTruncated,
        next: nextKeyMarker === undefined ? undefined : markersOf(nextKeyMarker, nextUploadIdMarker),
        behindLastRow: behindLast(uploads, commonPrefixes),
      };
    },
  });
}

function markersOf(key: string, uploadId: string | undefined): ListingMarkers {
  return { 'key-marker': key, 'upload-id-marker': uploadId };
}

function behindLast(uploads: readonly UploadSummary[], commonPrefixes: readonly string[]): ListingMarkers | undefined {
  const last = lastName(uploads, commonPrefixes);
  if (last === undefined) return undefined;
  const upload = uploads.at(-1);
  return markersOf(last, upload?.key === last ? upload.uploadId : undefined);
}
