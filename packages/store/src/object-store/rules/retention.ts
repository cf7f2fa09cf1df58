/**
 * What a bucket's retention policy (WORM) forbids, and what protects single versions (`object-retention.ts`) with it.
 * Called by every operation that destroys or changes bytes, inside its commit decision, with a bucket row that the
 * commit checks: no request that began before a policy can end after it and break it. Leaves out how a policy comes and
 * goes; it is a configuration of the bucket like any other (`records/bucket-rules.ts`).
 */

import { StoreFailure } from '../store-failure.js';
import type { BucketRecord, ObjectHead, RetentionPolicy } from '../types.js';
import { isHeld } from './object-retention.js';

const DAY_MS = 86_400_000;
/** A policy that is not locked by then is void. InitiateBucketWorm. */
const LOCK_WITHIN_MS = DAY_MS;

/** @returns The policy in force; `undefined` when there is none or it was not locked in time. */
export function retentionOf(bucket: BucketRecord, nowMs: number): RetentionPolicy | undefined {
  const policy = bucket.rules.retention;
  if (policy === undefined) return undefined;
  return policy.isLocked || nowMs < policy.createdAtMs + LOCK_WITHIN_MS ? policy : undefined;
}

/**
 * Lets a version be destroyed or replaced unless it is retained, by its bucket's policy or by itself.
 * @param bypassesGovernance Does not stop at a retention of the version's own of the mode `GOVERNANCE`.
 * @throws {StoreFailure} `immutable`.
 */
export function requireErasable(
  bucket: BucketRecord,
  head: ObjectHead,
  nowMs: number,
  bypassesGovernance = false,
): void {
  const policy = retentionOf(bucket, nowMs);
  const isRetained = policy !== undefined && nowMs < head.lastModifiedAtMs + policy.retentionDays * DAY_MS;
  if (isRetained || isHeld(head, nowMs, bypassesGovernance)) throw new StoreFailure({ kind: 'immutable' });
}

/**
 * Lets bytes be added to an object unless it is retained and its bucket does not allow growth.
 * @throws {StoreFailure} `immutable`.
 */
export function requireGrowable(bucket: BucketRecord, head: ObjectHead | undefined, nowMs: number): void {
  if (head !== undefined && retentionOf(bucket, nowMs)?.append !== 'allow') requireErasable(bucket, head, nowMs);
}
