/**
 * What the archive classes mean here: objects of these classes are refused to readers until somebody asked for them to
 * be restored. All classes lie on the same disk, so this keeps clients honest and nothing else.
 */
import { StoreFailure } from '../store-failure.js';
import type { BucketRecord, ObjectHead, StorageClass } from '../types.js';

const ARCHIVE_CLASSES: readonly StorageClass[] = ['Archive', 'ColdArchive', 'DeepColdArchive'];

/** `immediate`: of a class that needs no restoration. */
export type Availability = 'immediate' | 'archived' | 'restoring' | 'restored';

/** Tells whether the bytes of a version can be read. */
export function availabilityOf({ type, storageClass, restore }: ObjectHead, nowMs: number): Availability {
  // A link has no bytes that could be archived.
  if (type === 'symlink' || !ARCHIVE_CLASSES.includes(storageClass)) return 'immediate';
  if (restore === undefined || nowMs >= restore.expiresAtMs) return 'archived';
  return nowMs < restore.readyAtMs ? 'restoring' : 'restored';
}

/**
 * Lets the bytes of a version be read.
 * @throws {StoreFailure} `archived`.
 */
export function requireReadable(bucket: BucketRecord, head: ObjectHead, nowMs: number): void {
  const availability = availabilityOf(head, nowMs);
  if (availability === 'immediate' || availability === 'restored') return;
  if (head.storageClass === 'Archive' && bucket.rules.isArchiveReadDirectly) return;
  throw new StoreFailure({ kind: 'archived', storageClass: head.storageClass });
}
