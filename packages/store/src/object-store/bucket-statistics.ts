/** GetBucketStat: reads the counters that every commit keeps up. */
import { readBucket } from './read-state.js';
import { decodeCounter } from './records/counter-row.js';
import { lengthSumKey, objectCountKey } from './records/key-space.js';
import type { StoreContext } from './store-context.js';
import type { BucketStatistics } from './types.js';

/** @see ObjectStore.bucketStatistics, which says what it promises and throws. */
export async function bucketStatistics(context: StoreContext, name: string): Promise<BucketStatistics> {
  const [, count, length] = await Promise.all([
    readBucket(context, name),
    context.keyValues.get(objectCountKey(name)),
    context.keyValues.get(lengthSumKey(name)),
  ]);
  return { objectCount: decodeCounter(count), lengthBytes: decodeCounter(length) };
}
