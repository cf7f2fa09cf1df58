/** GetService: one page of buckets. */
import { decodeBucketRecord } from './records/bucket-row.js';
import { bucketKey, bucketRange, successorOf } from './records/key-space.js';
import type { StoreContext } from './store-context.js';
import type { ListBucketsInput, ListBucketsResult } from './types.js';

/** @see ObjectStore.listBuckets, which says what it promises and throws. */
export async function listBuckets(context: StoreContext, input: ListBucketsInput): Promise<ListBucketsResult> {
  const { start, end } = bucketRange(input.prefix);
  const after = successorOf(bucketKey(input.after));
  const from = input.after !== '' && Buffer.compare(after, start) > 0 ? after : start;
  // One more than asked for tells whether the page is the last.
  const entries =
    Buffer.compare(from, end) < 0 ? await context.keyValues.list({ start: from, end, limit: input.limit + 1 }) : [];
  const buckets = entries.slice(0, input.limit).map((entry) => decodeBucketRecord(entry.value));
  const isTruncated = entries.length > input.limit;
  return { buckets, isTruncated, next: isTruncated ? buckets[buckets.length - 1]?.name : undefined };
}
