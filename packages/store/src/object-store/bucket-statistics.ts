/** GetBucketStat: reads the counters that every commit keeps up. */
import { readBucket } from './read-state.js';
import { decodeCounter } from './records/counter-row.js';
import {
  classLengthSumKey,
  classObjectCountKey,
  deleteMarkerCountKey,
  lengthSumKey,
  objectCountKey,
} from './records/key-space.js';
import { partTotalKey, uploadCountKey } from './records/upload-keys.js';
import type { StoreContext } from './store-context.js';
import type { BucketStatistics, StorageClass } from './types.js';

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
  const [, objectCount, lengthBytes, deleteMarkerCount, uploadCount, partCount, infrequent, archive, cold, deepCold] =
    await Promise.all([
      readBucket(context, name),
      count(objectCountKey(name)),
      count(lengthSumKey(name)),
      count(deleteMarkerCountKey(name)),
      count(uploadCountKey(name)),
      count(partTotalKey(name)),
      classCounts('IA'),
      classCounts('Archive'),
      classCounts('ColdArchive'),
      classCounts('DeepColdArchive'),
    ]);
  const others = [infrequent, archive, cold, deepCold];
  return {
    objectCount,
    lengthBytes,
    deleteMarkerCount,
    uploadCount,
    partCount,
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
