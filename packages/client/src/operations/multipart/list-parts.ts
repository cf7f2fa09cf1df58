/** ListParts: the parts that an upload has. */
import { type PartSummary, parseListPartsResult } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { type ListingMarkers, listPages, presentParameters, ROWS_PER_PAGE } from '../listing-pages.js';
import { nameUpload, type UploadTarget } from './upload-target.js';

/** The upload whose parts to list. */
export interface ListPartsInput extends UploadTarget {
  /** Rows of one page, 1 to 1000. Default 1000. */
  readonly pageSize?: number;
}

/** Some of the parts. */
export interface ListPartsPage {
  /** In the order of their numbers. */
  readonly parts: readonly PartSummary[];
}

/**
 * Lists parts page by page; a page is asked for when it is wanted.
 * @throws {OssServiceError} `NoSuchUpload`.
 */
export function listParts(connection: Connection, input: ListPartsInput): AsyncGenerator<ListPartsPage, void, void> {
  const { uploadId, pageSize = ROWS_PER_PAGE, ...options } = input;
  const action = `list the parts of ${nameUpload(input)}`;
  return listPages<ListPartsPage>({
    action,
    start: {},
    markerName: 'NextPartNumberMarker',
    async ask(markers) {
      const shape = { uploadId, 'encoding-type': 'url', 'max-parts': String(pageSize) };
      const call = { ...options, action, method: 'GET', query: presentParameters({ ...shape, ...markers }) } as const;
      const result = await connection.sendForDocument(call, parseListPartsResult);
      const { parts, isTruncated, nextPartNumberMarker } = result;
      return {
        page: { parts },
        isTruncated,
        // 0 says nothing: no part has this number.
        next: nextPartNumberMarker === 0 ? undefined : markerOf(nextPartNumberMarker),
        behindLastRow:
          parts.length === 0 ? undefined : markerOf(Math.max(...parts.map(({ partNumber }) => partNumber))),
      };
    },
  });
}

function markerOf(partNumber: number): ListingMarkers {
  return { 'part-number-marker': String(partNumber) };
}
