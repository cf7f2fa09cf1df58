/**
 * PutBucketAcl: `PUT /?acl` on a bucket, with the header `x-oss-acl`; without it nothing changes. As on the public
 * service, a bucket that is not there is made, which takes the right to make one besides.
 */
import { parseBucketAcl } from '@annals/protocol';
import { type BucketAcl, type BucketRecord, StoreFailure } from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import type { RequiredPermission } from '../../request/required-permission.js';
import { requireFreeName } from '../reading/free-bucket-name.js';

interface PutBucketAclInput {
  readonly bucket: string;
  readonly acl: BucketAcl | undefined;
}

const PUT_BUCKET: RequiredPermission = { action: 'oss:PutBucket', access: 'owner' };

/** Sets the ACL of a bucket: `PutBucketAcl`. */
export const putBucketAcl = defineOperation<'PutBucketAcl', PutBucketAclInput, BucketRecord>({
  name: 'PutBucketAcl',
  effect: 'works',
  anonymous: 'if granted',
  remark:
    'Without `x-oss-acl` nothing changes. A bucket that is not there is made (class Standard), which takes ' +
    '`oss:PutBucket` besides; without the header it is private.',
  makesBucket: 'if missing',
  permissions: ownAction('owner'),
  parse: (request) => ({
    bucket: requireBucket(request),
    acl: parseBucketAcl(request.headers.get('x-oss-acl')),
  }),
  async handle({ bucket, acl }, { store, ownNames, settings }, request, requirePermission) {
    const change = acl === undefined ? {} : { acl };
    try {
      return await store.updateBucket(bucket, change);
    } catch (error) {
      if (!isFailure(error, 'no-such-bucket')) throw error;
    }
    await requirePermission(PUT_BUCKET);
    await requireFreeName(bucket, store, ownNames);
    try {
      return await store.createBucket({
        name: bucket,
        ownerId: request.caller.accountId,
        acl: acl ?? 'private',
        storageClass: 'Standard',
        dataRedundancyType: 'LRS',
        configurations: settings.blocksNewBuckets ? { publicAccessBlock: true } : {},
      });
    } catch (error) {
      // Somebody else made it meanwhile: as if it had been there from the beginning.
      if (!isFailure(error, 'bucket-already-exists') || error.reason.existing.ownerId !== request.caller.accountId) {
        throw error;
      }
      return store.updateBucket(bucket, change);
    }
  },
  render: ({ name }) => ({ status: 200, headers: { Location: `/${name}` } }),
});

function isFailure<Kind extends StoreFailure['reason']['kind']>(
  error: unknown,
  kind: Kind,
): error is StoreFailure & { readonly reason: Extract<StoreFailure['reason'], { kind: Kind }> } {
  return error instanceof StoreFailure && error.reason.kind === kind;
}
