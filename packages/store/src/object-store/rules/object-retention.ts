/**
 * What protects single versions (object WORM): a retention and a legal hold of their own, in a bucket that was opened
 * for that. Called by every operation that destroys versions or changes their protection, inside its commit decision,
 * with the row that the commit checks. Leaves out how a bucket is opened; that is a configuration like any other
 * (`records/bucket-rules.ts`).
 */
import { StoreFailure } from '../store-failure.js';
import type { BucketRecord, ObjectHead, ObjectRetention, ObjectWorm, SetRetentionInput } from '../types.js';

const DAY_MS = 86_400_000;

/** @returns Undefined when the bucket was not opened for retentions of single versions. */
export function objectWormOf(bucket: BucketRecord): ObjectWorm | undefined {
  return bucket.rules.objectWorm;
}

/** @throws {StoreFailure} `object-worm`. */
export function requireObjectWorm(bucket: BucketRecord): void {
  if (objectWormOf(bucket) === undefined) throw new StoreFailure({ kind: 'object-worm', because: 'not-enabled' });
}

/**
 * Appending and retentions of single versions exclude each other.
 * @throws {StoreFailure} `object-worm`.
 */
export function requireAppendsAllowed(bucket: BucketRecord): void {
  if (objectWormOf(bucket) !== undefined) throw new StoreFailure({ kind: 'object-worm', because: 'appendable' });
}

/** @returns The retention of a version that is born without one; undefined: none. */
export function retentionFromBirth(bucket: BucketRecord, bornAtMs: number): ObjectRetention | undefined {
  const retention = objectWormOf(bucket)?.defaultRetention;
  if (retention === undefined) return undefined;
  const { mode, unit, count } = retention;
  return { mode, untilMs: unit === 'days' ? bornAtMs + count * DAY_MS : yearsAfter(bornAtMs, count) };
}

function yearsAfter(atMs: number, count: number): number {
  const date = new Date(atMs);
  return date.setUTCFullYear(date.getUTCFullYear() + count);
}

/** Tells whether a version's own retention or a legal hold protects it now. */
export function isHeld({ retention, legalHold }: ObjectHead, nowMs: number, bypassesGovernance: boolean): boolean {
  if (legalHold === true) return true;
  if (retention === undefined || nowMs >= retention.untilMs) return false;
  return !(bypassesGovernance && retention.mode === 'GOVERNANCE');
}

/**
 * Lets a version get another retention. One that holds can be extended; shortened only if its mode lets past who asks.
 * Its mode stays while it holds.
 * @throws {StoreFailure} `object-worm` for an appendable object, `immutable`.
 */
export function requireRetentionChange(
  { type, retention: before }: ObjectHead,
  { retention, bypassesGovernance = false }: SetRetentionInput,
  nowMs: number,
): void {
  if (type === 'appendable') throw new StoreFailure({ kind: 'object-worm', because: 'appendable' });
  if (before === undefined || nowMs >= before.untilMs) return;
  const isShorter = retention.untilMs < before.untilMs;
  const mayShorten = before.mode === 'GOVERNANCE' && bypassesGovernance;
  if (retention.mode !== before.mode || (isShorter && !mayShorten)) throw new StoreFailure({ kind: 'immutable' });
}
