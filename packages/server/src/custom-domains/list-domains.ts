/**
 * Walks the buckets for the domains that were put on them. A walk over all of them: for changes of domains, not for
 * requests.
 */
import type { CnameRecord } from '@annals/protocol';
import { type BucketRecord, EngineFailure, type ObjectStore } from '@annals/store';
import { configurationsOf } from '../bucket-configuration/bucket-configurations.js';

const PAGE_COUNT_MAX = 200;

/** A domain and the bucket it was put on. */
export interface RecordedDomain extends CnameRecord {
  readonly bucket: string;
}

/**
 * Gives every domain of every bucket.
 * @param onDamage Called for a bucket whose domains cannot be read; the walk then goes on behind it.
 * @throws {EngineFailure} `unavailable`; without `onDamage` also `corrupt`.
 */
export async function* listDomains(
  store: Pick<ObjectStore, 'listBuckets'>,
  onDamage?: (failure: EngineFailure) => void,
): AsyncGenerator<RecordedDomain> {
  let after: string | undefined = '';
  while (after !== undefined) {
    const page: Awaited<ReturnType<ObjectStore['listBuckets']>> = await store.listBuckets({
      prefix: '',
      after,
      limit: PAGE_COUNT_MAX,
    });
    for (const bucket of page.buckets) {
      for (const record of domainsOf(bucket, onDamage)) yield { ...record, bucket: bucket.name };
    }
    after = page.next;
  }
}

function domainsOf(bucket: BucketRecord, onDamage?: (failure: EngineFailure) => void): readonly CnameRecord[] {
  try {
    return configurationsOf(bucket).cnames ?? [];
  } catch (error) {
    if (onDamage === undefined || !(error instanceof EngineFailure)) throw error;
    onDamage(error);
    return [];
  }
}
