/** CompleteMultipartUpload: makes an object of the parts of an upload. */
import {
  contentMd5Of,
  type PartToComplete,
  parseCompleteMultipartUploadResult,
  renderCompleteMultipartUpload,
} from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { optionalHeader, readCrc64 } from '../../connection/response-headers.js';
import type { VersionResult } from '../object/object-target.js';
import { nameUpload, type UploadTarget, uploadQuery } from './upload-target.js';

/** The upload to complete. */
export interface CompleteMultipartUploadInput extends UploadTarget {
  /** In the order of their numbers, which may have gaps. */
  readonly parts: readonly PartToComplete[];
  /** Refuse to replace an object that exists. Default false. */
  readonly forbidOverwrite?: boolean;
}

/** The object. */
export interface CompleteMultipartUploadResult extends VersionResult {
  readonly etag: string;
  /** Of the whole object; `undefined` when the server does not tell. */
  readonly crc64: bigint | undefined;
}

/**
 * Makes the object at once and whole. After the outcome `unknown`, asking again is answered with `NoSuchUpload` where
 * the first was carried out.
 * @throws {OssServiceError} `NoSuchUpload`, `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, `FileAlreadyExists`
 * with `forbidOverwrite` or onto an appendable object.
 */
export function completeMultipartUpload(
  connection: Connection,
  input: CompleteMultipartUploadInput,
): Promise<CompleteMultipartUploadResult> {
  const action = `complete ${nameUpload(input)}`;
  const document = renderCompleteMultipartUpload(input.parts);
  return connection.sendForDocument(
    {
      ...input,
      action,
      method: 'POST',
      query: [uploadQuery(input), ['encoding-type', 'url']],
      headers: {
        'content-type': 'application/xml',
        'content-md5': contentMd5Of(document),
        ...(input.forbidOverwrite === true && { 'x-oss-forbid-overwrite': 'true' }),
      },
      body: document,
      repeat: 'when-not-applied',
    },
    (answer, headers) => ({
      etag: parseCompleteMultipartUploadResult(answer).etag,
      crc64: readCrc64(headers),
      ...optionalHeader(headers, 'x-oss-version-id', 'versionId'),
    }),
  );
}
