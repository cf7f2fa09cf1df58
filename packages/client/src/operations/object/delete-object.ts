/** DeleteObject: removes an object, or one version of it. `delete-objects.ts` removes many. */
import type { Connection } from '../../connection/connection.js';
import { optionalHeader } from '../../connection/response-headers.js';
import { nameTarget, type VersionResult, type VersionTarget, versionQuery } from './object-target.js';

/** The object, or the version, to delete. */
export interface DeleteObjectInput extends VersionTarget {}

/** What was deleted or made. */
export interface DeleteObjectResult extends VersionResult {
  /** Whether a delete marker was made or, with its version named, removed; `versionId` is its id. */
  readonly isDeleteMarker: boolean;
}

/**
 * Removes an object; one that does not exist is no error. In a versioned bucket the bytes stay behind a delete marker,
 * unless the version is named.
 * @throws {OssServiceError} `NoSuchBucket`, `AccessDenied`, `FileImmutable` (retained).
 */
export async function deleteObject(connection: Connection, input: DeleteObjectInput): Promise<DeleteObjectResult> {
  const { response } = await connection.sendForHeaders({
    ...input,
    action: `delete ${nameTarget(input)}`,
    method: 'DELETE',
    query: versionQuery(input),
    repeat: 'always',
  });
  return {
    ...optionalHeader(response.headers, 'x-oss-version-id', 'versionId'),
    isDeleteMarker: response.headers.get('x-oss-delete-marker') === 'true',
  };
}
