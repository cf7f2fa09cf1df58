/** AbortMultipartUpload: gives up an upload and its parts. */
import type { Connection } from '../../connection/connection.js';
import { nameUpload, type UploadTarget, uploadQuery } from './upload-target.js';

/**
 * Gives up an upload. Parts that are on their way may arrive afterwards; then abort it again.
 * @throws {OssServiceError} `NoSuchUpload`: it was completed or aborted.
 */
export async function abortMultipartUpload(connection: Connection, input: UploadTarget): Promise<void> {
  await connection.sendForHeaders({
    ...input,
    action: `abort ${nameUpload(input)}`,
    method: 'DELETE',
    query: [uploadQuery(input)],
    // The second of two would be refused because of the first.
    repeat: 'when-not-applied',
  });
}
