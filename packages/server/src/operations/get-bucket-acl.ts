/** GetBucketAcl: `GET /?acl` on a bucket. */
import type { BucketRecord } from '@annals/store';
import { accessControlPolicy } from './access-control-policy.js';
import { defineOperation } from './operation.js';
import { ownAction } from './operation-permission.js';
import { requireBucket } from './request-target.js';
import { xmlResponse } from './xml-response.js';

export const getBucketAcl = defineOperation<string, BucketRecord>({
  name: 'GetBucketAcl',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.getBucket(bucket),
  render: (bucket) => xmlResponse(accessControlPolicy(bucket.ownerId, bucket.acl)),
});
