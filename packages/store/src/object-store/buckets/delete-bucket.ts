/**
 * DeleteBucket: removes an empty bucket. Nothing can be born in a deleted bucket: every commit that creates a version,
 * a delete marker, an upload or a live channel checks the bucket row and adds 1 to one of the bucket's counters. Either
 * that commit comes first, then the counter's row has changed and the check here fails; or this one comes first, then
 * the bucket row is gone and the other fails.
 */

import { commitLoop } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import { decodeCounter } from '../records/counter-row.js';
import { counterRange, deleteMarkerCountKey, objectCountKey } from '../records/key-space.js';
import { liveChannelCountKey } from '../records/live-channel-row.js';
import { uploadCountKey } from '../records/upload-keys.js';
import { StoreFailure } from '../store-failure.js';
import { readBucket } from '../versions/read-state.js';

/** More than there are counters of one bucket. */
const COUNTER_COUNT_MAX = 100;

/** @see ObjectStore.deleteBucket, which says what it promises and throws. */
export function deleteBucket(context: StoreContext, name: string): Promise<void> {
  return commitLoop(context, async () => {
    const { check } = await readBucket(context, name);
    const countKeys = [objectCountKey, deleteMarkerCountKey, uploadCountKey, liveChannelCountKey].map((keyOf) =>
      keyOf(name),
    );
    const counts = await Promise.all(countKeys.map((key) => context.keyValues.get(key)));
    if (counts.some((count) => decodeCounter(count) !== 0)) {
      throw new StoreFailure({ kind: 'bucket-not-empty', bucket: name, ...leftOf(counts.map(decodeCounter)) });
    }
    const counters = await context.keyValues.list({ ...counterRange(name), limit: COUNTER_COUNT_MAX });
    return {
      commit: {
        checks: [check, ...countKeys.map((key, index) => ({ key, version: counts[index]?.version }))],
        deletes: [check.key, ...counters.map(({ key }) => key)],
      },
      result: undefined,
    };
  });
}

/** @param counts Of objects, delete markers, uploads and live channels. */
function leftOf([objects = 0, markers = 0, uploads = 0]: readonly number[]): {
  readonly left?: 'uploads' | 'live-channels';
} {
  if (objects !== 0 || markers !== 0) return {};
  return { left: uploads === 0 ? 'live-channels' : 'uploads' };
}
