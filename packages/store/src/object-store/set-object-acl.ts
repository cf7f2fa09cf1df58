/** PutObjectACL: changes who may do what with an object, and nothing else: not its bytes, etag or times. */
import { commitLoop } from './commit-loop.js';
import { readExistingVersion } from './read-state.js';
import { encodeObjectRecord } from './records/object-record.js';
import type { StoreContext } from './store-context.js';
import type { ObjectAcl, ObjectHead, VersionTarget } from './types.js';

/** @see ObjectStore.setObjectAcl, which says what it promises and throws. */
export function setObjectAcl(context: StoreContext, target: VersionTarget, acl: ObjectAcl): Promise<ObjectHead> {
  return commitLoop(context, async () => {
    const { rowKey, check, record } = await readExistingVersion(context, target);
    const head: ObjectHead = { ...record.head, acl };
    return {
      commit: { checks: [check], puts: [{ key: rowKey, value: encodeObjectRecord({ ...record, head }) }] },
      result: head,
    };
  });
}
