/** All Put/Delete operations on parts of a bucket's record: ACL, overrides, documents. */
import type { KeyValueCheck } from '../../contract/key-value-store.js';
import { commitLoop, type Decision } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import { encodeBucketRecord } from '../records/bucket-row.js';
import { readRules } from '../records/bucket-rules.js';
import type { BucketChange, BucketRecord } from '../types.js';
import { readBucket } from '../versions/read-state.js';

/** @see ObjectStore.updateBucket, which says what it promises and throws. */
export function updateBucket(
  context: StoreContext,
  name: string,
  change: BucketChange | ((record: BucketRecord) => BucketChange),
): Promise<BucketRecord> {
  return commitLoop(context, async () => {
    const { record, check } = await readBucket(context, name);
    return decide(record, check, typeof change === 'function' ? change(record) : change);
  });
}

function decide(record: BucketRecord, check: KeyValueCheck, change: BucketChange): Decision<BucketRecord> {
  const configurations = mergeConfigurations(record.configurations, change.configurations ?? {});
  const changed: BucketRecord = {
    ...record,
    ...(change.acl !== undefined && { acl: change.acl }),
    ...(change.versioning !== undefined && { versioning: change.versioning }),
    ...(change.appendable !== undefined && { appendable: change.appendable }),
    configurations,
    rules: readRules(configurations),
  };
  return {
    commit: { checks: [check], puts: [{ key: check.key, value: encodeBucketRecord(changed) }] },
    result: changed,
  };
}

function mergeConfigurations(
  before: BucketRecord['configurations'],
  change: BucketRecord['configurations'],
): BucketRecord['configurations'] {
  return Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, document]) => document !== undefined));
}
