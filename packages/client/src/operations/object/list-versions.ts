/** ListObjectVersions: the versions and delete markers of a bucket. */
import { type DeleteMarkerSummary, type ObjectVersionSummary, parseListVersionsResult } from '@annals/protocol';
import type { CallOptions } from '../../client-options.js';
import type { Connection } from '../../connection/connection.js';
import { type ListingMarkers, lastName, listPages, presentParameters, ROWS_PER_PAGE } from '../listing-pages.js';

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
export function listVersions(
  connection: Connection,
  input: ListVersionsInput,
): AsyncGenerator<ListVersionsPage, void, void> {
  const { bucket, prefix, delimiter, keyMarker, pageSize = ROWS_PER_PAGE, ...options } = input;
  const action = `list the versions of oss://${bucket}/${prefix ?? ''}`;
  return listPages<ListVersionsPage>({
    action,
    start: { 'key-marker': keyMarker },
    markerName: 'NextKeyMarker',
    async ask(markers) {
      const shape = { 'encoding-type': 'url', 'max-keys': String(pageSize), prefix, delimiter };
      const query = [['versions', ''] as const, ...presentParameters({ ...shape, ...markers })];
      const call = { ...options, bucket, action, method: 'GET', query } as const;
      const result = await connection.sendForDocument(call, parseListVersionsResult);
      const { versions, commonPrefixes, isTruncated, nextKeyMarker, nextVersionIdMarker } = result;
      return {
        page: { versions, commonPrefixes },
        isTruncated,
        next: nextKeyMarker === undefined ? undefined : markersOf(nextKeyMarker, nextVersionIdMarker),
        behindLastRow: behindLast(versions, commonPrefixes),
      };
    },
  });
}

function markersOf(key: string, versionId: string | undefined): ListingMarkers {
  return { 'key-marker': key, 'version-id-marker': versionId };
}

function behindLast(
  versions: ListVersionsPage['versions'],
  commonPrefixes: readonly string[],
): ListingMarkers | undefined {
  const last = lastName(versions, commonPrefixes);
  if (last === undefined) return undefined;
  const version = versions.at(-1);
  return markersOf(last, version?.key === last ? version.versionId : undefined);
}
