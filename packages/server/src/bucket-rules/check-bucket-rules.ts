/** Rules of a bucket that judge requests beside access control: referer and payment. One look at the bucket's row, and none for most requests. */
import { type BucketRecord, type ObjectStore, StoreFailure } from '@annals/store';
import { configurationsOf } from '../bucket-configuration/bucket-configurations.js';
import type { OperationRequest } from '../request/operation-request.js';
import { refuseReferer } from './referer.js';
import { refuseUnpaid } from './request-payment.js';

/**
 * Lets an authorized request pass, or refuses it.
 * @throws {OssError} `AccessDenied`.
 */
export async function checkBucketRules(request: OperationRequest): Promise<void> {
  const { bucket: name, caller, headers, query } = request;
  if (name === undefined || request.operation === 'OptionObject') return;
  const isEmbedded = caller.kind === 'anonymous' || query.has('Signature') || query.has('x-oss-signature');
  // Everything belongs to the root's account.
  if (caller.kind === 'root' && !isEmbedded) return;
  const bucket = await unlessMissing(request.bucketRecord());
  if (bucket === undefined) return;
  const { referer, requestPayment } = configurationsOf(bucket);
  if (isEmbedded) refuseReferer(referer, headers.get('referer'));
  refuseUnpaid(requestPayment, bucket.ownerId, request);
}

/** @returns `undefined` for a bucket that is not there: what to say of that is for the operation to decide. */
export function findBucket(store: ObjectStore, name: string): Promise<BucketRecord | undefined> {
  return unlessMissing(store.getBucket(name));
}

async function unlessMissing(reading: Promise<BucketRecord>): Promise<BucketRecord | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof StoreFailure && error.reason.kind === 'no-such-bucket') return undefined;
    throw error;
  }
}
