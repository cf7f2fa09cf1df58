/** Put- and GetBucketResourceGroup: `?resourceGroup`. Without effect: groups only sort bills. */
import { requirePlainValue } from '@annals/protocol';
import { getPlainConfiguration, putPlainConfiguration } from '../configuring/stored-configuration.js';
import { DEFAULT_RESOURCE_GROUP_ID, RESOURCE_GROUP_ID } from '../reading/resource-group.js';

/** Keeps the resource group of a bucket: `PutBucketResourceGroup`. */
export const putBucketResourceGroup = putPlainConfiguration(
  { name: 'PutBucketResourceGroup', effect: 'kept' },
  'resourceGroup',
  'BucketResourceGroupConfiguration',
  // Empty: the default group.
  (content) => requirePlainValue(content, 'ResourceGroupId', RESOURCE_GROUP_ID),
);

/** Shows the resource group of a bucket: `GetBucketResourceGroup`. */
export const getBucketResourceGroup = getPlainConfiguration(
  { name: 'GetBucketResourceGroup', effect: 'kept', remark: '`rg-default-id` when none was put.' },
  'resourceGroup',
  'BucketResourceGroupConfiguration',
  { ResourceGroupId: DEFAULT_RESOURCE_GROUP_ID },
);
