/**
 * Removes blobs that no content knows: what uploads leave that broke off with the process. It walks all blobs in the
 * background, so a start after a crash costs nothing.
 */
import type { BlobInfo } from '../../contract/blob-store.js';
import type { StoreContext } from '../context/store-context.js';
import { blobKey } from '../records/key-space.js';

/** What one walk over the blobs found. */
export interface OrphanProgress {
  readonly blobCount: number;
  readonly removedCount: number;
  readonly removedLength: number;
}

/** @param isStopped Called between blobs, so that closing need not wait for a long walk. */
export async function sweepOrphanBlobs(
  context: StoreContext,
  isStopped: () => boolean = () => false,
): Promise<OrphanProgress> {
  let blobCount = 0;
  let removedCount = 0;
  let removedLength = 0;
  for await (const blob of context.blobs.list()) {
    if (isStopped()) {
      break;
    }
    blobCount++;
    if (await isOrphan(context, blob)) {
      await context.blobs.delete(blob.blobId);
      removedCount++;
      removedLength += blob.length;
    }
  }
  return { blobCount, removedCount, removedLength };
}

/** @returns Whether no content knows the blob, and it is old enough that none is about to. */
export async function isOrphan(context: StoreContext, blob: BlobInfo): Promise<boolean> {
  // The age protects what another process is about to publish, and a blob in the moment between its creation and our
  // knowing its name.
  if (blob.modifiedAtMs >= context.clock.nowMs() - context.settings.orphanGraceMs) {
    return false;
  }
  // In this order: a blob leaves the set only after the commit of its row is durable, so one that is in neither is in
  // no commit at all.
  return !context.blobsInUse.has(blob.blobId) && (await context.keyValues.get(blobKey(blob.blobId))) === undefined;
}
