/** Counts what a bucket holds, as its counters should have it. */
import { isDeleteMarker, type VersionRecord } from '../object-store/records/version-record.js';

/** Counters this program knows; of others nothing is said. */
const KNOWN = /^(objects|bytes)( [A-Za-z]+)?$|^(markers|uploads|parts|channels)$/;

/** What was counted of one bucket. */
export class BucketTally {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  addVersion(record: VersionRecord): void {
    if (isDeleteMarker(record)) {
      this.add('markers');
      return;
    }
    const { length, storageClass } = record.head;
    for (const suffix of storageClass === 'Standard' ? [''] : ['', ` ${storageClass}`]) {
      this.add(`objects${suffix}`);
      this.add(`bytes${suffix}`, length);
    }
  }

  /** @returns What the counter should say; undefined for one that is not known. */
  expected(name: string): number | undefined {
    return KNOWN.test(name) ? (this.#counts.get(name) ?? 0) : undefined;
  }

  names(): Iterable<string> {
    return this.#counts.keys();
  }
}
