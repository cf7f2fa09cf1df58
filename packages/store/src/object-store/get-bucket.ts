/** GetBucketInfo: the record of one bucket. */
import { readBucket } from './read-state.js';
import type { StoreContext } from './store-context.js';
import type { BucketRecord } from './types.js';

/** @see ObjectStore.getBucket, which says what it promises and throws. */
export async function getBucket(context: StoreContext, name: string): Promise<BucketRecord> {
  const { record } = await readBucket(context, name);
  return record;
}
