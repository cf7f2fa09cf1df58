/** GetBucketInfo: `GET /?bucketInfo`. Features this server does not have are reported as switched off, which is the truth. */
import { renderBucketInfo } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { endpointOf, locationOf } from './bucket-endpoint.js';
import { ownerOf } from './listing-input.js';
import { defineOperation } from './operation.js';
import { ownAction } from './operation-permission.js';
import { requireBucket } from './request-target.js';
import { xmlResponse } from './xml-response.js';

/** Never-versioned buckets have no such element. */
const VERSIONING = { enabled: 'Enabled', suspended: 'Suspended' } as const;

export const getBucketInfo = defineOperation<string, BucketRecord>({
  name: 'GetBucketInfo',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.getBucket(bucket),
  render(bucket, _name, request, { settings }) {
    const endpoint = endpointOf(request);
    return xmlResponse(
      renderBucketInfo({
        name: bucket.name,
        owner: ownerOf(bucket.ownerId),
        acl: bucket.acl,
        createdAtMs: bucket.createdAtMs,
        location: locationOf(settings),
        extranetEndpoint: endpoint,
        intranetEndpoint: endpoint,
        storageClass: bucket.storageClass,
        dataRedundancyType: bucket.dataRedundancyType,
        ...(bucket.versioning !== 'unversioned' && { versioning: VERSIONING[bucket.versioning] }),
        accessMonitor: 'Disabled',
        transferAcceleration: 'Disabled',
        crossRegionReplication: 'Disabled',
        blockPublicAccess: false,
        sseAlgorithm: 'None',
      }),
    );
  },
});
