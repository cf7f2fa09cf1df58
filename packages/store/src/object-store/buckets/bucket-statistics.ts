/** GetBucketStat: reads the counters that every commit keeps up. */

import type { StoreContext } from '../context/store-context.js';
import { decodeCounter } from '../records/counter-row.js';
import {
  classLengthSumKey,
  classObjectCountKey,
  deleteMarkerCountKey,
  lengthSumKey,
  objectCountKey,
} from '../records/key-space.js';
import { liveChannelCountKey } from '../records/live-channel-row.js';
import { partTotalKey, uploadCountKey } from '../records/upload-keys.js';
import type { BucketStatistics, StorageClass } from '../types.js';
import { readBucket } from '../versions/read-state.js';

type Counts = BucketStatistics['storageClasses'][StorageClass];

/** @see ObjectStore.bucketStatistics, which says what it promises and throws. */
export async function bucketStatistics(context: StoreContext, name: string): Promise<BucketStatistics> {
  const count = async (key: Uint8Array): Promise<number> => decodeCounter(await context.keyValues.get(key));
  const classCounts = async (storageClass: StorageClass): Promise<Counts> => {
    const [objectCount, lengthBytes] = await Promise.all([
      count(classObjectCountKey(name, storageClass)),
      count(classLengthSumKey(name, storageClass)),
    ]);
    return { objectCount, lengthBytes };
  };
  const [, objectCount, lengthBytes, deleteMarkerCount, uploadCount, partCount, liveChannelCount, ...others] =
    await Promise.all([
      readBucket(context, name),
      count(objectCountKey(name)),
      count(lengthSumKey(name)),
      count(deleteMarkerCountKey(name)),
      count(uploadCountKey(name)),
      count(partTotalKey(name)),
      count(liveChannelCountKey(name)),
      classCounts('IA'),
      classCounts('Archive'),
      classCounts('ColdArchive'),
      classCounts('DeepColdArchive'),
    ]);
  const [infrequent, archive, cold, deepCold] = others;
  return {
    objectCount,
    lengthBytes,
    deleteMarkerCount,
    uploadCount,
    partCount,
    liveChannelCount,
    storageClasses: {
      Standard: {
        objectCount: others.reduce((rest, counts) => rest - counts.objectCount, objectCount),
        lengthBytes: others.reduce((rest, counts) => rest - counts.lengthBytes, lengthBytes),
      },
      IA: infrequent,
      Archive: archive,
      ColdArchive: cold,
      DeepColdArchive: deepCold,
    },
  };
}
