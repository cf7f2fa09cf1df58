/**
 * Walks the buckets of one account. The store lists those of all accounts, so a page here may take several of its
 * pages.
 */
import { LIMITS } from '@annals/protocol';
import type { BucketRecord, ObjectStore } from '@annals/store';

/**
 * Gives an account's buckets in the order of their names.
 * @param part Only names that begin with `prefix` and come behind `after`. Default: all.
 */
export async function* ownBuckets(
  store: Pick<ObjectStore, 'listBuckets'>,
  ownerId: string,
  { prefix = '', after = '' }: { readonly prefix?: string; readonly after?: string } = {},
): AsyncGenerator<BucketRecord> {
  let next: string | undefined = after;
  while (next !== undefined) {
    const page: Awaited<ReturnType<ObjectStore['listBuckets']>> = await store.listBuckets({
      prefix,
      after: next,
      limit: LIMITS.maxBucketsMax,
    });
    for (const bucket of page.buckets) if (bucket.ownerId === ownerId) yield bucket;
    next = page.next;
  }
}
