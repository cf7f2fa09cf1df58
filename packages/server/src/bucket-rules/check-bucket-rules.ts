/**
 * Rules of a bucket that judge requests beside access control: referer and payment. One look at the bucket's row, and
 * none for most requests.
 */
import { configurationsOf } from '../bucket-configuration/bucket-configurations.js';
import { unlessMissing } from '../bucket-configuration/find-bucket.js';
import type { OperationRequest } from '../request/operation-request.js';
import { refuseReferer } from './referer.js';
import { refuseUnpaid } from './request-payment.js';

/**
 * Lets an authorized request pass, or refuses it.
 * @returns What to wait for; `undefined` where no rule concerns the request.
 * @throws {OssError} `AccessDenied`, by the promise.
 */
export function checkBucketRules(request: OperationRequest): Promise<void> | undefined {
  const { bucket: name, caller, query } = request;
  if (name === undefined || request.operation === 'OptionObject') return undefined;
  const isEmbedded = caller.kind === 'anonymous' || query.has('Signature') || query.has('x-oss-signature');
  // Everything belongs to the root's account.
  return caller.kind === 'root' && !isEmbedded ? undefined : applyRules(request, isEmbedded);
}

async function applyRules(request: OperationRequest, isEmbedded: boolean): Promise<void> {
  const bucket = await unlessMissing(request.bucketRecord());
  if (bucket === undefined) return;
  const told = configurationsOf(bucket);
  if (isEmbedded) refuseReferer(told.referer, request.headers.get('referer'));
  refuseUnpaid(told.requestPayment, bucket.ownerId, request);
}
