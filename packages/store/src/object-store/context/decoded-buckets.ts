/**
 * Remembers what a version of a bucket's row decodes to: every request reads the row, hardly any finds another one.
 * Never stale, because the row itself is read each time and the version decides.
 */
import { LRUCache } from 'lru-cache';
import type { KeyValueEntry, KeyValueVersion } from '../../contract/key-value-store.js';
import { decodeBucketRecord } from '../records/bucket-row.js';
import type { BucketRecord } from '../types.js';

/** Buckets remembered at most; one takes about as much memory as its row. */
const BUCKET_COUNT_MAX = 1024;

/** Bucket records by name, each with the version it belongs to. */
export class DecodedBuckets {
  // Sizes of 1 instead of a count: room for a count is taken at once, and most stores that are opened stay small.
  readonly #records = new LRUCache<string, { readonly version: KeyValueVersion; readonly record: BucketRecord }>({
    maxSize: BUCKET_COUNT_MAX,
    sizeCalculation: () => 1,
  });

  /**
   * @param entry The row as just read.
   * @throws {EngineFailure} `corrupt`.
   */
  decode(name: string, entry: KeyValueEntry): BucketRecord {
    const known = this.#records.get(name);
    if (known?.version === entry.version) return known.record;
    const record = decodeBucketRecord(entry.key, entry.value);
    this.#records.set(name, { version: entry.version, record });
    return record;
  }
}
