/** GetBucketInfo: the record of one bucket. */

import type { StoreContext } from '../context/store-context.js';
import type { BucketRecord } from '../types.js';
import { readBucket } from '../versions/read-state.js';

/** @see ObjectStore.getBucket, which says what it promises and throws. */
export async function getBucket(context: StoreContext, name: string): Promise<BucketRecord> {
  const { record } = await readBucket(context, name);
  return record;
}
