/** PutBucket: creates an empty bucket. */

import { commitLoop } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import { decodeBucketRecord, encodeBucketRecord } from '../records/bucket-row.js';
import { readRules } from '../records/bucket-rules.js';
import { bucketKey } from '../records/key-space.js';
import { StoreFailure } from '../store-failure.js';
import type { BucketRecord, CreateBucketInput } from '../types.js';

/** @see ObjectStore.createBucket, which says what it promises and throws. */
export function createBucket(context: StoreContext, input: CreateBucketInput): Promise<BucketRecord> {
  const key = bucketKey(input.name);
  return commitLoop(context, async () => {
    const existing = await context.keyValues.get(key);
    if (existing !== undefined) {
      throw new StoreFailure({ kind: 'bucket-already-exists', existing: decodeBucketRecord(key, existing.value) });
    }
    const record: BucketRecord = {
      name: input.name,
      ownerId: input.ownerId,
      ...(input.createdBy !== undefined && { createdBy: input.createdBy }),
      createdAtMs: context.clock.nowMs(),
      acl: input.acl,
      storageClass: input.storageClass,
      dataRedundancyType: input.dataRedundancyType,
      versioning: 'unversioned',
      ...(input.appendable !== undefined && { appendable: input.appendable }),
      configurations: input.configurations ?? {},
      rules: readRules(input.configurations ?? {}),
    };
    return {
      commit: { checks: [{ key, version: undefined }], puts: [{ key, value: encodeBucketRecord(record) }] },
      result: record,
    };
  });
}
