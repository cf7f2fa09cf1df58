/** A bucket that may not be there. */
import { type BucketRecord, type ObjectStore, StoreFailure } from '@annals/store';

/** @returns `undefined` for a bucket that is not there: what to say of that is for the operation to decide. */
export function findBucket(store: ObjectStore, name: string): Promise<BucketRecord | undefined> {
  return unlessMissing(store.getBucket(name));
}

/** Waits for the row of a bucket. @returns `undefined` for a bucket that is not there. */
export async function unlessMissing(reading: Promise<BucketRecord>): Promise<BucketRecord | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof StoreFailure && error.reason.kind === 'no-such-bucket') return undefined;
    throw error;
  }
}
