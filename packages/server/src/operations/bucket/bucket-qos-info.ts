/** Put-, Get- and DeleteBucketQosInfo: `?qosInfo`, limits of a bucket. Without effect: the operator sets limits. */
import {
  deleteConfiguration,
  getPlainConfiguration,
  putPlainConfiguration,
} from '../configuring/stored-configuration.js';
import { requireLimits, withAllLimits } from '../reading/qos-limits.js';

export const putBucketQosInfo = putPlainConfiguration(
  { name: 'PutBucketQosInfo', effect: 'kept' },
  'qosInfo',
  'QoSConfiguration',
  requireLimits,
);

export const getBucketQosInfo = getPlainConfiguration(
  { name: 'GetBucketQosInfo', effect: 'kept' },
  'qosInfo',
  'QoSConfiguration',
  'NoSuchConfiguration',
  withAllLimits,
);

export const deleteBucketQosInfo = deleteConfiguration({ name: 'DeleteBucketQosInfo', effect: 'kept' }, 'qosInfo');
