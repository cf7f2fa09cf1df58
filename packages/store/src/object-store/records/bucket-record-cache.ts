/**
 * Bucket records decoded once per version of their row: every request reads its bucket's row, and a row with a thousand lifecycle rules takes
 * longer to decode than the request takes otherwise. Never stale: the row itself is read each time, and its version names what was decoded.
 */
import type { KeyValueEntry, KeyValueVersion } from '../../contract/key-value-store.js';
import type { BucketRecord } from '../types.js';
import { decodeBucketRecord } from './bucket-row.js';

/** Buckets kept; the one that was added first goes first. Ours: at a kilobyte each this is a megabyte. */
const BUCKET_COUNT_MAX = 1000;

/** Remembers the records of one store. They are shared by all who ask, so nobody may change one. */
export class BucketRecordCache {
  readonly #records = new Map<string, { readonly version: KeyValueVersion; readonly record: BucketRecord }>();

  /**
   * Gives the record of a row that was just read.
   * @throws {StoreFailure} `corrupt`.
   */
  decode(name: string, { value, version }: KeyValueEntry): BucketRecord {
    const known = this.#records.get(name);
    if (known?.version === version) return known.record;
    const record = decodeBucketRecord(value);
    this.#records.delete(name);
    this.#records.set(name, { version, record });
    if (this.#records.size > BUCKET_COUNT_MAX) {
      const [oldest] = this.#records.keys();
      if (oldest !== undefined) this.#records.delete(oldest);
    }
    return record;
  }
}
