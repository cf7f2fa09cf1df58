/**
 * HeadBucket: `HEAD /` on a bucket, by which programs ask whether it is there. It needs the right to list the bucket.
 */
import type { BucketRecord } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { locationOf } from '../answering/bucket-endpoint.js';

/** Whether a bucket is there: `HeadBucket`. */
export const headBucket = defineOperation<'HeadBucket', string, BucketRecord>({
  name: 'HeadBucket',
  effect: 'works',
  anonymous: 'if granted',
  remark: 'Takes `oss:GetBucketInfo`, or the right to read the bucket. Without `--region` the region is `oss-annals`.',
  permissions: ownAction('read'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.getBucket(bucket),
  render: (_bucket, _name, _request, { settings }) => ({
    status: 200,
    headers: { 'x-oss-bucket-region': locationOf(settings) },
  }),
});
