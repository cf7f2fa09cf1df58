/**
 * PutObjectTagging and DeleteObjectTagging: replaces the tags of a version, and nothing else: not its bytes, etag or
 * times.
 */

import type { StoreContext } from '../context/store-context.js';
import type { ObjectHead, VersionTarget } from '../types.js';
import { changeVersion } from './change-version.js';

/** @see ObjectStore.setObjectTags, which says what it promises and throws. */
export function setObjectTags(
  context: StoreContext,
  target: VersionTarget,
  tags: Readonly<Record<string, string>>,
): Promise<ObjectHead> {
  return changeVersion(context, target, (head) => ({ ...head, tags }));
}
