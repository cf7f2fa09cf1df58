/**
 * Put-, Get- and DeleteBucketTransferAcceleration: `?transferAcceleration`. Without effect: there is one way to this
 * server.
 */
import { requirePlainValue } from '@annals/protocol';
import {
  deleteConfiguration,
  getPlainConfiguration,
  putPlainConfiguration,
} from '../configuring/stored-configuration.js';
import { FLAG } from '../reading/flag.js';

/** Keeps whether transfer acceleration is on: `PutBucketTransferAcceleration`. */
export const putBucketTransferAcceleration = putPlainConfiguration(
  { name: 'PutBucketTransferAcceleration', effect: 'kept' },
  'transferAcceleration',
  'TransferAccelerationConfiguration',
  (content) => requirePlainValue(content, 'Enabled', FLAG),
);

/** Shows whether transfer acceleration is on: `GetBucketTransferAcceleration`. */
export const getBucketTransferAcceleration = getPlainConfiguration(
  { name: 'GetBucketTransferAcceleration', effect: 'kept' },
  'transferAcceleration',
  'TransferAccelerationConfiguration',
  'NoSuchTransferAccelerationConfiguration',
);

/** Forgets the setting of transfer acceleration: `DeleteBucketTransferAcceleration`. */
export const deleteBucketTransferAcceleration = deleteConfiguration(
  {
    name: 'DeleteBucketTransferAcceleration',
    effect: 'kept',
    remark: 'The public service documents none and takes it; it needs the right to put the configuration.',
  },
  'transferAcceleration',
);
