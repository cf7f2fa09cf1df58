/**
 * DeleteBucket: removes an empty bucket. No object can be born in a deleted bucket: every commit that creates an object checks the bucket row
 * and adds 1 to the bucket's object count. Either that commit comes first, then the count row has changed and the check
 * here fails; or this one comes first, then the bucket row is gone and the other fails. Appends to an object that exists need
 * no such check: while it exists, the count is not 0.
 */
import { StoreFailure } from '../contract/store-failure.js';
import { commitLoop } from './commit-loop.js';
import { readBucket } from './read-state.js';
import { decodeCounter } from './records/counter-row.js';
import { lengthSumKey, objectCountKey } from './records/key-space.js';
import type { StoreContext } from './store-context.js';

/** @see ObjectStore.deleteBucket, which says what it promises and throws. */
export function deleteBucket(context: StoreContext, name: string): Promise<void> {
  return commitLoop(context, async () => {
    const { check } = await readBucket(context, name);
    const countKey = objectCountKey(name);
    const count = await context.keyValues.get(countKey);
    if (decodeCounter(count) !== 0) {
      throw new StoreFailure({ kind: 'bucket-not-empty', bucket: name });
    }
    return {
      commit: {
        checks: [check, { key: countKey, version: count?.version }],
        deletes: [check.key, countKey, lengthSumKey(name)],
      },
      result: undefined,
    };
  });
}
