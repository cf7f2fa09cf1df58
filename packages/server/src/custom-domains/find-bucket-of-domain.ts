/** Walks the buckets for the one that a domain was put on. A walk over all of them: for changes of domains, not for requests. */
import type { ObjectStore } from '@annals/store';
import { configurationsOf } from '../bucket-rules/bucket-configurations.js';

const PAGE_COUNT_MAX = 200;

/** @returns Name of the bucket, or `undefined`. */
export async function findBucketOfDomain(
  store: Pick<ObjectStore, 'listBuckets'>,
  domain: string,
): Promise<string | undefined> {
  for await (const [known, bucket] of listDomains(store)) if (known === domain) return bucket;
  return undefined;
}

/** Gives every domain of every bucket. */
export async function* listDomains(
  store: Pick<ObjectStore, 'listBuckets'>,
): AsyncGenerator<readonly [domain: string, bucket: string]> {
  let after: string | undefined = '';
  while (after !== undefined) {
    const page: Awaited<ReturnType<ObjectStore['listBuckets']>> = await store.listBuckets({
      prefix: '',
      after,
      limit: PAGE_COUNT_MAX,
    });
    for (const bucket of page.buckets) {
      for (const { domain } of configurationsOf(bucket).cnames ?? []) yield [domain, bucket.name];
    }
    after = page.next;
  }
}
