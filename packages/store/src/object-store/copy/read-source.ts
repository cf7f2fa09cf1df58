/**
 * Reads the source of a copy in a way that lets its bytes be shared: with the row by which its version refers to its
 * content. That row is written once and removed when the version lets go of the content. A commit that checks it proves
 * that the content is alive and will stay, whatever else happens to the source: appends to it, for one, go on
 * undisturbed. Bytes that are in the version's own row are copied with it, so that row is what a commit checks.
 */
import type { KeyValueCheck } from '../../contract/key-value-store.js';
import type { StoreContext } from '../context/store-context.js';
import { referenceKey } from '../records/key-space.js';
import type { ObjectRecord } from '../records/version-record.js';
import { requireReadable } from '../rules/archive-state.js';
import { StoreFailure } from '../store-failure.js';
import type { VersionTarget } from '../types.js';
import { type BucketState, readExistingVersion } from '../versions/read-state.js';

/** Each further round means that the source was replaced in the middle of the one before. */
const ROUND_COUNT_MAX = 64;

/** A source, and how to check that its content may be shared. */
export interface SourceState {
  readonly bucket: BucketState;
  readonly record: ObjectRecord;
  readonly rowKey: Uint8Array;
  /** Its version still refers to its content, or still is as it was read, with its bytes. */
  readonly bytesCheck: KeyValueCheck;
}

/**
 * @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`, `archived`.
 */
export async function readSource(context: StoreContext, target: VersionTarget): Promise<SourceState> {
  for (let round = 0; round < ROUND_COUNT_MAX; round++) {
    const { bucket, record, rowKey, check } = await readExistingVersion(context, target);
    requireReadable(bucket.record, record.head, context.clock.nowMs());
    if (record.body !== undefined) return { bucket, record, rowKey, bytesCheck: check };
    const key = referenceKey(record.contentId, record.referenceId);
    const reference = await context.keyValues.get(key);
    if (reference !== undefined) {
      return { bucket, record, rowKey, bytesCheck: { key, version: reference.version } };
    }
  }
  throw new StoreFailure({ kind: 'contended' });
}

/**
 * Refuses to copy an appendable object where that is denied.
 * @throws {StoreFailure} `not-copyable`.
 */
export function requireCopyable({ settings }: StoreContext, { bucket, record }: SourceState): void {
  const { type } = record.head;
  const copy = bucket.record.appendable?.copy ?? settings.appendable.copy;
  if (type === 'appendable' && copy === 'deny') throw new StoreFailure({ kind: 'not-copyable', type });
}
