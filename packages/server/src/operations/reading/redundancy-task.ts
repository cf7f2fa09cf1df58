/** The change of redundancy in the row of its bucket: a bucket has one at a time, and none ever ends. */
import type { BucketRedundancyTransition } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';

/** The task of a bucket; `undefined` where there is none. */
export function taskOf(record: BucketRecord): BucketRedundancyTransition | undefined {
  const { redundancyTransition: transition } = configurationsOf(record);
  return transition && { bucket: record.name, transition };
}
