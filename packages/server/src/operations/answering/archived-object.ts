/** What is said of objects of the archive classes, and when they may be read. */
import { formatHttpDate } from '@annals/protocol';
import { availabilityOf, type ObjectHead, requireReadable } from '@annals/store';
import type { OperationContext } from '../../operation-row/operation-row.js';

/**
 * Tells whether an object is being restored, or until when it is, as headers and listings say it.
 * @returns `undefined` for what is not archived, and for what was not asked for.
 */
export function restoreInfo(head: ObjectHead, nowMs: number): string | undefined {
  const availability = availabilityOf(head, nowMs);
  if (availability === 'restoring') return 'ongoing-request="true"';
  if (availability !== 'restored' || head.restore === undefined) return undefined;
  return `ongoing-request="false", expiry-date="${formatHttpDate(head.restore.expiresAtMs)}"`;
}

/** `x-oss-restore` on GET and HEAD. */
export function restoreHeaders(head: ObjectHead, nowMs: number): Record<string, string> {
  const info = restoreInfo(head, nowMs);
  return info === undefined ? {} : { 'x-oss-restore': info };
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
