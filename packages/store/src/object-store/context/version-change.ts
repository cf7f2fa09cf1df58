/** What an operation on the versions of a key adds to a commit: kept in parts, so that several keys can share one. */
import type { KeyValueCheck, KeyValueCommit, KeyValuePut } from '../../contract/key-value-store.js';
import type { CounterChange } from './counters.js';

/** Parts of a commit. */
export interface VersionChange {
  readonly bucketCheck: KeyValueCheck;
  /** Of the key's own rows. */
  readonly checks: readonly KeyValueCheck[];
  readonly puts: readonly KeyValuePut[];
  readonly deletes: readonly Uint8Array[];
  readonly counters: CounterChange;
}

/** @returns The commit of one change. */
export function commitOf({ bucketCheck, checks, puts, deletes, counters }: VersionChange): KeyValueCommit {
  return { checks: [...checks, bucketCheck], puts, deletes, sums: counters.sums() };
}
