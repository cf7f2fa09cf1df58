/** GetBucketAcl: `GET /?acl` on a bucket. */
import { renderAccessControlPolicy } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { ownerOf } from '../answering/listing-input.js';
import { xmlResponse } from '../answering/xml-response.js';

/** Shows owner and ACL of a bucket: `GetBucketAcl`. */
export const getBucketAcl = defineOperation<'GetBucketAcl', string, BucketRecord>({
  name: 'GetBucketAcl',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.getBucket(bucket),
  render: (bucket) => xmlResponse(renderAccessControlPolicy({ owner: ownerOf(bucket.ownerId), grant: bucket.acl })),
});
