/**
 * A block of public access refuses what would let everybody in, besides taking away what already does: ACLs of buckets
 * and objects, in whichever request they come, and bucket policies. Its own words are the public service's. Leaves out
 * taking away (`../../policy/decide.ts`).
 */

import { OssError, REQUEST_HEADERS } from '@annals/protocol';
import { checks } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { findBucket } from '../../bucket-configuration/find-bucket.js';
import { PUBLIC_ACCESS_BLOCK } from '../../bucket-configuration/public-access-block.js';
import type { AnyOperation, OperationContext } from '../../operation-row/operation-row.js';
import type { OperationRequest } from '../../request/operation-request.js';

/** Reported of the public service; of a bucket's ACL and policy no code is known. */
const OBJECT_ACL_EC = '0016-00000901';

/** Everything but these keeps strangers out. */
const PUBLIC_ACLS: ReadonlySet<string> = new Set(['public-read', 'public-read-write']);

type PublicGrant = 'object acl' | 'bucket acl' | 'bucket policy';

/**
 * Refuses a public ACL in the headers of a request, or the fields of a form, where public access is blocked.
 * @returns What to wait for; `undefined` for a request without such an ACL.
 * @throws {OssError} `AccessDenied`, by the promise.
 */
export function refusePublicAcl(
  { makesBucket }: Pick<AnyOperation, 'makesBucket'>,
  request: OperationRequest,
  context: OperationContext,
): Promise<void> | undefined {
  const { headers } = request;
  const grants: PublicGrant[] = [];
  if (PUBLIC_ACLS.has(headers.get(REQUEST_HEADERS.objectAcl) ?? '')) grants.push('object acl');
  // An upload may repeat the ACL of its bucket, which changes nothing.
  if (makesBucket !== undefined && PUBLIC_ACLS.has(headers.get(REQUEST_HEADERS.acl) ?? '')) grants.push('bucket acl');
  return grants.length === 0 ? undefined : refuseGrants(grants, request, context);
}

async function refuseGrants(
  grants: readonly PublicGrant[],
  request: OperationRequest,
  context: OperationContext,
): Promise<void> {
  for (const grant of grants) await refusePublicGrant(grant, request, context);
}

/**
 * Refuses what lets everybody in, where public access is blocked: in all buckets, in the one that is meant, or in new
 * ones when it is not there yet.
 * @throws {OssError} `AccessDenied`.
 */
export async function refusePublicGrant(
  grant: PublicGrant,
  { bucket }: Pick<OperationRequest, 'bucket'>,
  { store, settings }: OperationContext,
): Promise<void> {
  if (bucket === undefined) return;
  const record = await findBucket(store, bucket);
  const isBlocked =
    (record === undefined ? settings.blocksNewBuckets : configurationsOf(record).publicAccessBlock === true) ||
    (await store.serviceConfiguration(PUBLIC_ACCESS_BLOCK, checks.flag)) === true;
  if (!isBlocked) return;
  throw new OssError('AccessDenied', {
    message: `Put public ${grant} is not allowed`,
    ...(grant === 'object acl' && { ec: OBJECT_ACL_EC }),
    details: { BucketName: bucket },
  });
}
