/** Tells followers that an object changed. Its row is written by every change of it, so watching the row is enough. */

import type { StoreContext } from '../context/store-context.js';
import { objectKey } from '../records/key-space.js';
import type { ObjectTarget } from '../types.js';

/** @see ObjectStore.watchObject, which says what it promises and throws. */
export function watchObject(context: StoreContext, target: ObjectTarget, listener: () => void): () => void {
  return context.keyValues.watch(objectKey(target.bucket, target.key), listener);
}
