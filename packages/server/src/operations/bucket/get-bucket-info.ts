/** GetBucketInfo: `GET /?bucketInfo`: the bucket and, in short, what it was told. */

import { renderBucketInfo, type XmlContent } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { endpointOf, locationOf } from '../answering/bucket-endpoint.js';
import { ownerOf } from '../answering/listing-input.js';
import { xmlResponse } from '../answering/xml-response.js';
import { appendableOverrideHeaders } from '../reading/appendable-overrides.js';
import { resourceGroupOf } from '../reading/resource-group.js';

/** Never-versioned buckets have no such element. */
const VERSIONING = { enabled: 'Enabled', suspended: 'Suspended' } as const;

/** Describes a bucket: `GetBucketInfo`. */
export const getBucketInfo = defineOperation<'GetBucketInfo', string, BucketRecord>({
  name: 'GetBucketInfo',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'Endpoints are the Host the request came to. Without `--region` the location is `oss-annals`.',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.getBucket(bucket),
  render(bucket, _name, request, { settings }) {
    const endpoint = endpointOf(request);
    const told = configurationsOf(bucket);
    const { encryption } = told;
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
        accessMonitor: textIn(told.accessMonitor, 'Status') ?? 'Disabled',
        transferAcceleration:
          textIn(told.transferAcceleration, 'Enabled')?.toLowerCase() === 'true' ? 'Enabled' : 'Disabled',
        crossRegionReplication: told.replication === undefined ? 'Disabled' : 'Enabled',
        resourceGroupId: resourceGroupOf(told.resourceGroup),
        blockPublicAccess: told.publicAccessBlock ?? false,
        sseAlgorithm: encryption?.algorithm ?? 'None',
        ...(encryption?.kmsMasterKeyId !== undefined && { kmsMasterKeyId: encryption.kmsMasterKeyId }),
        ...(encryption?.kmsDataEncryption !== undefined && { kmsDataEncryption: encryption.kmsDataEncryption }),
        ...(told.logging !== undefined && {
          logBucket: told.logging.targetBucket,
          logPrefix: told.logging.targetPrefix,
        }),
      }),
      appendableOverrideHeaders(bucket),
    );
  },
});

function textIn(content: XmlContent | undefined, name: string): string | undefined {
  const value = content?.[name];
  return typeof value === 'string' ? value.trim() : undefined;
}
