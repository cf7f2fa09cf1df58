/** GetBucketReplicationLocation: `?replicationLocation`. */
import { renderXml } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { locationOf } from '../answering/bucket-endpoint.js';
import { xmlResponse } from '../answering/xml-response.js';

/** Where a bucket could replicate to: `GetBucketReplicationLocation`. */
export const getBucketReplicationLocation = defineOperation<'GetBucketReplicationLocation', string, BucketRecord>({
  name: 'GetBucketReplicationLocation',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'The only location there is.',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.getBucket(bucket),
  render: (_bucket, _name, _request, { settings }) =>
    xmlResponse(
      renderXml('ReplicationLocation', {
        Location: locationOf(settings),
        // SDKs read it without looking whether it is there.
        LocationTransferTypeConstraint: {
          LocationTransferType: { Location: locationOf(settings), TransferTypes: { Type: ['internal', 'oss_acc'] } },
        },
      }),
    ),
});
