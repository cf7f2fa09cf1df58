/** SealAppendObject: ends an appendable object. See `ObjectStore.sealObject` for its promises. */
import type { KeyValuePut } from '../contract/key-value-store.js';
import { StoreFailure } from '../contract/store-failure.js';
import { positionMismatch } from './append-object.js';
import { commitLoop } from './commit-loop.js';
import { readExistingObject } from './read-state.js';
import { encodeJobEnd } from './records/extent-record.js';
import { compactionJobKey } from './records/key-space.js';
import { encodeObjectRecord, nothingUncompacted, type ObjectRecord } from './records/object-record.js';
import type { StoreContext } from './store-context.js';
import type { ObjectHead, SealInput } from './types.js';

/** @see ObjectStore.sealObject, which says what it promises and throws. */
export function sealObject(context: StoreContext, input: SealInput): Promise<ObjectHead> {
  return commitLoop(context, async () => {
    const { rowKey, check, current } = await readExistingObject(context, { bucket: input.bucket, key: input.key });
    const { head } = current;
    if (head.type !== 'appendable') {
      throw new StoreFailure({ kind: 'not-sealable', type: head.type });
    }
    if (input.position !== head.length) {
      throw positionMismatch(head);
    }
    if (head.sealedAtMs !== undefined) {
      return { result: head };
    }
    const sealed: ObjectHead = { ...head, sealedAtMs: context.clock.nowMs() };
    const record: ObjectRecord = { ...current, head: sealed, uncompacted: nothingUncompacted(head.length) };
    return {
      commit: { checks: [check], puts: [{ key: rowKey, value: encodeObjectRecord(record) }, ...lastJob(current)] },
      result: sealed,
    };
  });
}

/** Nothing will follow, so the inline extents left at the end are merged however few they are; one alone stays as it is. */
function lastJob({ contentId, head, uncompacted }: ObjectRecord): readonly KeyValuePut[] {
  return uncompacted.extentCount < 2
    ? []
    : [{ key: compactionJobKey(contentId, uncompacted.from), value: encodeJobEnd(head.length) }];
}
