/**
 * PutObjectRetention and PutObjectLegalHold: changes what protects a version, and nothing else: not its bytes, etag or
 * times.
 */

import type { StoreContext } from '../context/store-context.js';
import { requireObjectWorm, requireRetentionChange } from '../rules/object-retention.js';
import type { ObjectHead, SetLegalHoldInput, SetRetentionInput } from '../types.js';
import { changeVersion } from './change-version.js';
import { readBucket } from './read-state.js';

/** @see ObjectStore.setObjectRetention, which says what it promises and throws. */
export async function setObjectRetention(context: StoreContext, input: SetRetentionInput): Promise<ObjectHead> {
  await requireOpenedBucket(context, input.bucket);
  return changeVersion(context, input, (head) => {
    requireRetentionChange(head, input, context.clock.nowMs());
    return { ...head, retention: input.retention };
  });
}

/** @see ObjectStore.setLegalHold, which says what it promises and throws. */
export async function setLegalHold(context: StoreContext, input: SetLegalHoldInput): Promise<ObjectHead> {
  await requireOpenedBucket(context, input.bucket);
  return changeVersion(context, input, (head) => ({ ...head, legalHold: input.legalHold }));
}

/** A bucket is opened for good, so the commit need not check its row. */
async function requireOpenedBucket(context: StoreContext, name: string): Promise<void> {
  requireObjectWorm((await readBucket(context, name)).record);
}
