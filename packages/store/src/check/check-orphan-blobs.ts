/** Checks that each file of a blob belongs to a content. */
import type { CheckContext } from './check-context.js';

/**
 * Looks for files that no content knows. The sweep removes them; a few are the remains of a process that was killed.
 */
export async function checkOrphanBlobs(context: CheckContext): Promise<void> {
  context.enter('blob files');
  for await (const blob of context.blobs.list()) {
    context.countRow();
    if (!(await context.isOrphan(blob))) continue;
    const { blobId, length } = blob;
    context.report({
      kind: 'blob-orphaned',
      severity: 'note',
      message: `Blob ${blobId} of about ${length} bytes belongs to nothing; the server removes it an hour after it was written`,
      blobId,
    });
  }
}
