/** InitiateMultipartUpload: begins an upload in parts. `transfer/upload.ts` does all of it. */
import { parseInitiateMultipartUploadResult } from '@annals/protocol';
import type { Connection } from '../../connection/connection.js';
import { attributeHeaders, type ObjectAttributes } from '../object/object-attributes.js';
import { nameTarget, type ObjectTarget } from '../object/object-target.js';

/** The object that the upload will become, and what is said of it. */
export interface InitiateMultipartUploadInput extends ObjectTarget, ObjectAttributes {
  /** Refuse to replace an object that exists. Default false; completing asks again. */
  readonly forbidOverwrite?: boolean;
}

/** The new upload. */
export interface InitiateMultipartUploadResult {
  readonly uploadId: string;
}

/**
 * Begins an upload. It stays until it is completed or aborted, or until a lifecycle rule aborts it.
 * @throws {OssServiceError} `NoSuchBucket`, `FileAlreadyExists` with `forbidOverwrite`, `AccessDenied`.
 */
export function initiateMultipartUpload(
  connection: Connection,
  input: InitiateMultipartUploadInput,
): Promise<InitiateMultipartUploadResult> {
  const action = `begin an upload of ${nameTarget(input)}`;
  return connection.sendForDocument(
    {
      ...input,
      action,
      method: 'POST',
      query: [
        ['uploads', ''],
        ['encoding-type', 'url'],
      ],
      headers: {
        ...attributeHeaders(input),
        ...(input.forbidOverwrite === true && { 'x-oss-forbid-overwrite': 'true' }),
      },
      body: new Uint8Array(0),
      // A lost answer leaves an upload without parts behind, which is no object and costs next to nothing.
      repeat: 'always',
    },
    (document) => ({ uploadId: parseInitiateMultipartUploadResult(document).uploadId }),
  );
}
