/** Put-, Get- and DeleteBucketQosInfo: `?qosInfo`, limits of a bucket. Without effect: the operator sets limits. */
import {
  deleteConfiguration,
  getPlainConfiguration,
  putPlainConfiguration,
} from '../configuring/stored-configuration.js';
import { requireLimits, withAllLimits } from '../reading/qos-limits.js';

/** Keeps the bandwidth limits of a bucket: `PutBucketQosInfo`. */
export const putBucketQosInfo = putPlainConfiguration(
  { name: 'PutBucketQosInfo', effect: 'kept' },
  'qosInfo',
  'QoSConfiguration',
  requireLimits,
);

/** Shows the bandwidth limits of a bucket: `GetBucketQosInfo`. */
export const getBucketQosInfo = getPlainConfiguration(
  { name: 'GetBucketQosInfo', effect: 'kept' },
  'qosInfo',
  'QoSConfiguration',
  'NoSuchConfiguration',
  withAllLimits,
);

/** Removes the bandwidth limits of a bucket: `DeleteBucketQosInfo`. */
export const deleteBucketQosInfo = deleteConfiguration({ name: 'DeleteBucketQosInfo', effect: 'kept' }, 'qosInfo');
