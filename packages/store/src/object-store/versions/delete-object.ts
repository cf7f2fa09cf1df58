/** DeleteObject: one small commit, whatever the object's length. See `ObjectStore.deleteObject` for its promises. */
import { commitLoop } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import { commitOf } from '../context/version-change.js';
import type { DeleteResult, DeletionTarget } from '../types.js';
import { planDeletion } from './retire-version.js';

/** @see ObjectStore.deleteObject, which says what it promises and throws. */
export function deleteObject(context: StoreContext, target: DeletionTarget): Promise<DeleteResult> {
  return commitLoop(context, async () => {
    const { change, result } = await planDeletion(context, target);
    return change === undefined ? { result } : { commit: commitOf(change), result };
  });
}
