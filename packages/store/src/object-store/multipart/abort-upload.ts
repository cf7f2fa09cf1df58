/**
 * AbortMultipartUpload: one small commit, however many parts there are. See `ObjectStore.abortUpload` for its promises.
 */
import { commitLoop } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import type { UploadTarget } from '../multipart-types.js';
import { encodeGarbageNote } from '../records/garbage-note.js';
import { garbageKey } from '../records/key-space.js';
import { partTotalKey, uploadCountKey } from '../records/upload-keys.js';
import { readBucket } from '../versions/read-state.js';
import { countParts, readUpload } from './upload-state.js';

/** @see ObjectStore.abortUpload, which says what it promises and throws. */
export function abortUpload(context: StoreContext, target: UploadTarget): Promise<void> {
  const { bucket, uploadId } = target;
  return commitLoop(context, async () => {
    await readBucket(context, bucket);
    const upload = await readUpload(context, target);
    const parts = await countParts(context, uploadId);
    return {
      commit: {
        checks: [upload.check, parts.check],
        // The upload's id is also that of the content it would have become: the sweeper finds no such content, but the
        // parts. How many bytes they have is found out as they go.
        puts: [
          {
            key: garbageKey(context.clock.nowMs(), uploadId, uploadId),
            value: encodeGarbageNote({ lengthBytes: 0 }),
          },
        ],
        deletes: [upload.check.key, parts.check.key],
        sums: [
          { key: uploadCountKey(bucket), delta: -1n },
          ...(parts.count === 0 ? [] : [{ key: partTotalKey(bucket), delta: BigInt(-parts.count) }]),
        ],
      },
      result: undefined,
    };
  });
}
