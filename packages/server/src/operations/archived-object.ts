/** What is said of objects of the archive classes, and when they may be read. */
import { formatHttpDate } from '@annals/protocol';
import { availabilityOf, type ObjectHead, requireReadable } from '@annals/store';
import type { OperationContext } from './operation.js';

/** `x-oss-restore` on GET and HEAD: whether the object is being restored, or until when it is. */
export function restoreHeaders(head: ObjectHead, nowMs: number): Record<string, string> {
  const availability = availabilityOf(head, nowMs);
  if (availability === 'restoring') return { 'x-oss-restore': 'ongoing-request="true"' };
  if (availability !== 'restored' || head.restore === undefined) return {};
  return {
    'x-oss-restore': `ongoing-request="false", expiry-date="${formatHttpDate(head.restore.expiresAtMs)}"`,
  };
}

/**
 * Lets an object be read. Its bucket is looked at only where it decides.
 * @throws {StoreFailure} `archived`.
 */
export async function checkReadable(head: ObjectHead, { store, clock }: OperationContext): Promise<void> {
  const availability = availabilityOf(head, clock());
  if (availability === 'immediate' || availability === 'restored') return;
  requireReadable(await store.getBucket(head.bucket), head, clock());
}
