/** GetService: one page of buckets. */
import type { KeyValueEntry } from '../../contract/key-value-store.js';
import type { StoreContext } from '../context/store-context.js';
import { decodeBucketRecord } from '../records/bucket-row.js';
import { bucketKey, bucketRange, successorOf } from '../records/key-space.js';
import type { ListBucketsInput, ListBucketsResult } from '../types.js';

/** Rows of one list call: configurations make them long. */
const BATCH_COUNT_MAX = 64;

/** @see ObjectStore.listBuckets, which says what it promises and throws. */
export async function listBuckets(context: StoreContext, input: ListBucketsInput): Promise<ListBucketsResult> {
  const { start, end } = bucketRange(input.prefix);
  const after = successorOf(bucketKey(input.after));
  const from = input.after !== '' && Buffer.compare(after, start) > 0 ? after : start;
  // One more than asked for tells whether the page is the last.
  const entries: KeyValueEntry[] = [];
  for (let next = from; entries.length <= input.limit && Buffer.compare(next, end) < 0; ) {
    const limit = Math.min(BATCH_COUNT_MAX, input.limit + 1 - entries.length);
    const batch = await context.keyValues.list({ start: next, end, limit });
    entries.push(...batch);
    const last = batch.at(-1);
    if (last === undefined || batch.length < limit) break;
    next = successorOf(last.key);
  }
  const buckets = entries.slice(0, input.limit).map((entry) => decodeBucketRecord(entry.key, entry.value));
  const isTruncated = entries.length > input.limit;
  return { buckets, isTruncated, next: isTruncated ? buckets[buckets.length - 1]?.name : undefined };
}
