/** Changes what is known of one version, wherever its row stands, without touching its bytes or its place. */
import { commitLoop } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import { encodeObjectRecord } from '../records/object-record.js';
import type { ObjectHead, VersionTarget } from '../types.js';
import { readExistingVersion } from './read-state.js';

/**
 * One commit of one row.
 * @param change Must keep length and storage class, which are counted.
 * @throws {StoreFailure} `no-such-bucket`, `no-such-key`, `no-such-version`, `version-is-delete-marker`; what `change`
 * throws.
 */
export function changeVersion(
  context: StoreContext,
  target: VersionTarget,
  change: (head: ObjectHead) => ObjectHead,
): Promise<ObjectHead> {
  return commitLoop(context, async () => {
    const { record, rowKey, check } = await readExistingVersion(context, target);
    const head = change(record.head);
    return {
      commit: { checks: [check], puts: [{ key: rowKey, value: encodeObjectRecord({ ...record, head }) }] },
      result: head,
    };
  });
}
