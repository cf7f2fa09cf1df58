/**
 * Keeps a commit from making a blob part of an object that another gateway has removed, or is about to remove, as an
 * orphan: each commit with the row of a blob checks that there is no tombstone.
 */

import type { KeyValueCommit, KeyValueStore } from '../../contract/key-value-store.js';
import { withCommit } from '../../key-value/with-commit.js';
import { tombstoneKey } from '../records/gateway-rows.js';
import { blobIdOf, isBlobKey } from '../records/key-space.js';

/** @returns The same engine; commits that publish blobs have a check more for each. */
export function guardBlobs(keyValues: KeyValueStore): KeyValueStore {
  return withCommit(keyValues, (commit) => keyValues.commit(withTombstoneChecks(commit)));
}

function withTombstoneChecks(commit: KeyValueCommit): KeyValueCommit {
  const published = commit.puts?.filter(({ key }) => isBlobKey(key)) ?? [];
  if (published.length === 0) return commit;
  const absent = published.map(({ key }) => ({ key: tombstoneKey(blobIdOf(key)), version: undefined }));
  return { ...commit, checks: [...(commit.checks ?? []), ...absent] };
}
