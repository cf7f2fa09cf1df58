/** SealAppendObject: ends an appendable object. See `ObjectStore.sealObject` for its promises. */

import type { SealInput } from '../append-types.js';
import { lastCompactionJob } from '../content/last-compaction-job.js';
import { commitLoop } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import { encodeObjectRecord } from '../records/object-record.js';
import { StoreFailure } from '../store-failure.js';
import type { ObjectHead } from '../types.js';
import { readExistingVersion } from '../versions/read-state.js';
import { positionMismatch } from './judge-append.js';

/** @see ObjectStore.sealObject, which says what it promises and throws. */
export function sealObject(context: StoreContext, input: SealInput): Promise<ObjectHead> {
  return commitLoop(context, async () => {
    const { rowKey, check, record } = await readExistingVersion(context, { bucket: input.bucket, key: input.key });
    const { head } = record;
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
    const last = lastCompactionJob({ ...record, head: sealed });
    return {
      commit: { checks: [check], puts: [{ key: rowKey, value: encodeObjectRecord(last.record) }, ...last.puts] },
      result: sealed,
    };
  });
}
