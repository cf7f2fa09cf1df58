/** GetBucketInfo: `GET /?bucketInfo`. Features this server does not have are reported as switched off, which is the truth. */
import { formatIsoTime, renderXml } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { endpointOf, locationOf } from './bucket-endpoint.js';
import { ownerOf } from './listing-contents.js';
import { defineOperation } from './operation.js';
import { ownAction } from './operation-permission.js';
import { requireBucket } from './request-target.js';
import { xmlResponse } from './xml-response.js';

/** Never-versioned buckets have no such element. */
const VERSIONING = { unversioned: undefined, enabled: 'Enabled', suspended: 'Suspended' } as const;

export const getBucketInfo = defineOperation<string, BucketRecord>({
  name: 'GetBucketInfo',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.getBucket(bucket),
  render(bucket, _name, request, { settings }) {
    const endpoint = endpointOf(request);
    return xmlResponse(
      renderXml('BucketInfo', {
        Bucket: {
          AccessMonitor: 'Disabled',
          BlockPublicAccess: false,
          CreationDate: formatIsoTime(bucket.createdAtMs),
          CrossRegionReplication: 'Disabled',
          DataRedundancyType: bucket.dataRedundancyType,
          ExtranetEndpoint: endpoint,
          IntranetEndpoint: endpoint,
          Location: locationOf(settings),
          Name: bucket.name,
          StorageClass: bucket.storageClass,
          TransferAcceleration: 'Disabled',
          Versioning: VERSIONING[bucket.versioning],
          Owner: ownerOf(bucket.ownerId),
          AccessControlList: { Grant: bucket.acl },
          ServerSideEncryptionRule: { SSEAlgorithm: 'None' },
        },
      }),
    );
  },
});
