/** PutObjectACL: changes who may do what with a version, and nothing else: not its bytes, etag or times. */

import type { StoreContext } from '../context/store-context.js';
import type { ObjectAcl, ObjectHead, VersionTarget } from '../types.js';
import { changeVersion } from './change-version.js';

/** @see ObjectStore.setObjectAcl, which says what it promises and throws. */
export function setObjectAcl(context: StoreContext, target: VersionTarget, acl: ObjectAcl): Promise<ObjectHead> {
  return changeVersion(context, target, (head) => ({ ...head, acl }));
}
