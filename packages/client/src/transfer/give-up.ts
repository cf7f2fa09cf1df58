/** What becomes of an upload that failed: what that means for the object, and the parts that are left behind. */
import type { Connection } from '../connection/connection.js';
import { AnnalsError } from '../error.js';
import { abortMultipartUpload } from '../operations/multipart/abort-multipart-upload.js';

/** Throws what failed before an upload was completed: whatever became of a part, the object is as it was. */
export function notApplied(error: unknown): never {
  throw error instanceof AnnalsError && error.outcome !== 'not-applied' ? error.withOutcome('not-applied') : error;
}

/** The caller waits, and what is left behind costs only space. */
const PATIENCE = { timeoutMs: 10_000, retry: { attemptCountMax: 2 } };

/**
 * Removes the parts of an upload, as far as the server lets it.
 * @param error Why; an upload whose completion is in doubt is left alone.
 */
export async function giveUp(
  connection: Connection,
  upload: { readonly bucket: string; readonly key: string; readonly uploadId: string },
  error?: unknown,
): Promise<void> {
  if (error instanceof AnnalsError && error.outcome !== 'not-applied') return;
  const { bucket, key, uploadId } = upload;
  await abortMultipartUpload(connection, { ...PATIENCE, bucket, key, uploadId }).catch(() => undefined);
}
