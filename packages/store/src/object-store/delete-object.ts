/** DeleteObject: one small commit, whatever the object's length. See `ObjectStore.deleteObject` for its promises. */
import type { KeyValueCheck, KeyValuePut, KeyValueSum } from '../contract/key-value-store.js';
import { commitLoop } from './commit-loop.js';
import { isAskedFor, type ObjectState, readObject } from './read-state.js';
import { lengthSumKey, objectCountKey } from './records/key-space.js';
import type { ObjectRecord } from './records/object-record.js';
import { releaseContent } from './release-content.js';
import { requireErasable } from './retention.js';
import type { StoreContext } from './store-context.js';
import type { DeleteResult, VersionTarget } from './types.js';

/** @see ObjectStore.deleteObject, which says what it promises and throws. */
export function deleteObject(context: StoreContext, target: VersionTarget): Promise<DeleteResult> {
  return commitLoop(context, async () => {
    const state = await readObject(context, target);
    const deletion = planDeletion(context, target, state);
    const result: DeleteResult = deleteResult(target);
    return deletion === undefined
      ? { result }
      : { commit: { ...deletion, checks: [deletion.check, deletion.bucketCheck] }, result };
  });
}

/** What deleting one object changes. */
export interface Deletion {
  readonly check: KeyValueCheck;
  /** Its retention policy must still be the one that was applied. */
  readonly bucketCheck: KeyValueCheck;
  readonly puts: readonly KeyValuePut[];
  readonly deletes: readonly Uint8Array[];
  readonly sums: readonly [KeyValueSum, KeyValueSum];
}

/**
 * @returns Undefined when there is nothing to delete.
 * @throws {StoreFailure} `immutable`.
 */
export function planDeletion(context: StoreContext, target: VersionTarget, state: ObjectState): Deletion | undefined {
  const { current } = state;
  if (current === undefined || !isAskedFor(current, target.versionId)) {
    return undefined;
  }
  requireErasable(state.bucket.record, current.head, context.clock.nowMs());
  return deletionOf(context, state, current);
}

function deletionOf(context: StoreContext, state: ObjectState, current: ObjectRecord): Deletion {
  const { bucket, length } = current.head;
  const released = releaseContent(current, context.clock.nowMs());
  return {
    check: state.check,
    bucketCheck: state.bucket.check,
    puts: released.puts,
    deletes: [state.rowKey, ...released.deletes],
    sums: [
      { key: objectCountKey(bucket), delta: -1n },
      { key: lengthSumKey(bucket), delta: BigInt(-length) },
    ],
  };
}

/** The version that was asked for is named again; in an unversioned bucket there is no other to name. */
export function deleteResult(target: { readonly versionId?: string }): DeleteResult {
  return { ...(target.versionId === undefined ? {} : { versionId: target.versionId }), deleteMarker: false };
}
