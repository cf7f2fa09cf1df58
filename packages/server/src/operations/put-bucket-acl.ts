/** PutBucketAcl: `PUT /?acl` on a bucket, with the header `x-oss-acl`. */
import { OssError, parseBucketAcl } from '@annals/protocol';
import type { BucketAcl, BucketRecord } from '@annals/store';
import { defineOperation } from './operation.js';
import { ownAction } from './operation-permission.js';
import { requireBucket } from './request-target.js';

interface PutBucketAclInput {
  readonly bucket: string;
  readonly acl: BucketAcl;
}

export const putBucketAcl = defineOperation<PutBucketAclInput, BucketRecord>({
  name: 'PutBucketAcl',
  permissions: ownAction('owner'),
  parse(request) {
    const acl = parseBucketAcl(request.headers.get('x-oss-acl'));
    if (acl === undefined) throw new OssError('MissingArgument', { details: { ArgumentName: 'x-oss-acl' } });
    return { bucket: requireBucket(request), acl };
  },
  handle: ({ bucket, acl }, { store }) => store.updateBucket(bucket, { acl }),
  render: () => ({ status: 200, headers: {} }),
});
