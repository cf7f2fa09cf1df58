/** UploadPartCopy: makes a part of an upload from bytes of another object. */
import { type CopySource, parseCopyPartResult } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { optionalHeader, readCrc64 } from '../../connection/response-headers.js';
import { AnnalsError } from '../../error.js';
import { type ChangeConditions, hasConditions, type MatchConditions } from '../object/conditions.js';
import { copySourceHeaders } from '../object/copy-object.js';
import { nameTarget } from '../object/object-target.js';
import type { UploadedPart } from './upload-part.js';
import { nameUpload, type UploadTarget, uploadQuery } from './upload-target.js';

/** The part to make, and of what. */
export interface UploadPartCopyInput extends UploadTarget {
  /** 1 to 10,000; parts make the object in the order of their numbers. */
  readonly partNumber: number;
  /** An object, or one version of it. */
  readonly source: CopySource;
  /** Bytes of the source, half-open: `start <= offset < end`. Default: all. */
  readonly sourceRange?: { readonly start: number; readonly end: number };
  /** Of the source. */
  readonly sourceConditions?: MatchConditions & ChangeConditions;
}

/** A part as it was made. */
export interface CopiedPart extends UploadedPart {
  /** The version that was copied. */
  readonly sourceVersionId?: string;
}

/**
 * Makes a part, replacing one of the same number.
 * @throws {OssServiceError} `NoSuchUpload`, `NoSuchKey` (the source), `InvalidRange`, `PreconditionFailed`.
 * @throws {AnnalsError} `InvalidInput` for an empty or malformed range.
 */
export function uploadPartCopy(connection: Connection, input: UploadPartCopyInput): Promise<CopiedPart> {
  const { partNumber, source, sourceRange, sourceConditions = {} } = input;
  const action = `copy ${nameTarget(source)} to part ${partNumber} of ${nameUpload(input)}`;
  return connection.sendForDocument(
    {
      ...input,
      action,
      method: 'PUT',
      query: [['partNumber', String(partNumber)], uploadQuery(input)],
      headers: {
        ...copySourceHeaders(source, sourceConditions),
        ...(sourceRange !== undefined && { 'x-oss-copy-source-range': formatRange(sourceRange, action) }),
      },
      // The same bytes again make the same part, unless a condition means that the source may be another by then.
      repeat: hasConditions(sourceConditions) ? 'when-not-applied' : 'always',
    },
    (document, headers) => ({
      partNumber,
      etag: parseCopyPartResult(document).etag,
      crc64: readCrc64(headers),
      ...optionalHeader(headers, 'x-oss-copy-source-version-id', 'sourceVersionId'),
    }),
  );
}

function formatRange({ start, end }: { readonly start: number; readonly end: number }, action: string): string {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end > start) {
    return `bytes=${start}-${end - 1}`;
  }
  throw new AnnalsError('InvalidInput', `Cannot ${action}: the range ${start} to ${end} is empty or malformed`, {
    outcome: 'not-applied',
  });
}
