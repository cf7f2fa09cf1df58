/** ListParts: the parts that an upload has. */
import { type PartSummary, parseListPartsResult } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { presentParameters, ROWS_PER_PAGE } from '../listing-query.js';
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
export async function* listParts(
  connection: Connection,
  input: ListPartsInput,
): AsyncGenerator<ListPartsPage, void, void> {
  const { uploadId, pageSize = ROWS_PER_PAGE, ...options } = input;
  const action = `list the parts of ${nameUpload(input)}`;
  let marker: string | undefined;
  do {
    const query = presentParameters({
      uploadId,
      'encoding-type': 'url',
      'max-parts': String(pageSize),
      'part-number-marker': marker,
    });
    const call = { ...options, action, method: 'GET', query } as const;
    const result = await connection.sendForDocument(call, parseListPartsResult);
    yield { parts: result.parts };
    marker = result.isTruncated ? String(result.nextPartNumberMarker) : undefined;
  } while (marker !== undefined);
}
