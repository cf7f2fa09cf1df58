/**
 * Operations on the service as a whole: no bucket is named.
 */
import type { OperationRow } from './operation-row.js';

/** Operations on the service as a whole, by name. */
export const SERVICE_OPERATIONS = {
  ListBuckets: {
    methods: ['GET'],
    scope: 'service',
    query: [],
    parameters: ['tagging'],
    action: 'oss:ListBuckets',
  },
  DescribeRegions: { methods: ['GET'], scope: 'service', query: ['regions'], action: 'oss:DescribeRegions' },
  ListCloudBoxes: { methods: ['GET'], scope: 'service', query: ['cloudboxes'], action: 'oss:ListCloudBoxes' },
  ListAccessPoints: { methods: ['GET'], scope: 'service', query: ['accessPoint'], action: 'oss:ListAccessPoints' },
  ListUserDataRedundancyTransition: {
    methods: ['GET'],
    scope: 'service',
    query: ['redundancyTransition'],
    action: 'oss:ListUserDataRedundancyTransition',
  },
  GetPublicAccessBlock: {
    methods: ['GET'],
    scope: 'service',
    query: ['publicAccessBlock'],
    action: 'oss:GetPublicAccessBlock',
  },
  PutPublicAccessBlock: {
    methods: ['PUT'],
    scope: 'service',
    query: ['publicAccessBlock'],
    action: 'oss:PutPublicAccessBlock',
  },
  DeletePublicAccessBlock: {
    methods: ['DELETE'],
    scope: 'service',
    query: ['publicAccessBlock'],
    action: 'oss:DeletePublicAccessBlock',
  },
  ListResourcePools: { methods: ['GET'], scope: 'service', query: ['resourcePool'], action: 'oss:ListResourcePools' },
  GetResourcePoolInfo: {
    methods: ['GET'],
    scope: 'service',
    query: ['resourcePoolInfo'],
    action: 'oss:GetResourcePoolInfo',
  },
  ListResourcePoolBuckets: {
    methods: ['GET'],
    scope: 'service',
    query: ['resourcePoolBuckets'],
    action: 'oss:ListResourcePoolBuckets',
  },
  WriteGetObjectResponse: {
    methods: ['POST'],
    scope: 'service',
    query: ['x-oss-write-get-object-response'],
    action: 'oss:WriteGetObjectResponse',
  },
} as const satisfies Record<string, OperationRow>;
