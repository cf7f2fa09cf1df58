/** Put-, Get- and DeleteBucketPolicy: `?policy`. The text is given back byte for byte. */
import { OssError } from '@annals/protocol';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { NEVER_MATCHING_HEADER, neverMatchingActions } from '../../policy/known-actions.js';
import { parsePolicy } from '../../policy/parse-policy.js';
import { isPublicPolicy } from '../../policy/public-policy.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { deleteConfiguration, putConfiguration } from '../configuring/stored-configuration.js';
import { refusePublicGrant } from '../reading/refuse-public-grant.js';

/** Sets the policy of a bucket: `PutBucketPolicy`. */
export const putBucketPolicy = putConfiguration(
  { name: 'PutBucketPolicy', effect: 'works', remark: 'The text is given back byte for byte.' },
  'policy',
  async (document, request, context) => {
    const text = decode(document);
    const policy = parsePolicy(text, { form: 'bucket', bucket: requireBucket(request) });
    if (isPublicPolicy(policy)) await refusePublicGrant('bucket policy', request, context);
    return text;
  },
  undefined,
  (text, bucket) => {
    const names =
      text === undefined ? [] : neverMatchingActions(parsePolicy(text, { form: 'bucket', bucket }), 'bucket');
    return names.length === 0 ? {} : { [NEVER_MATCHING_HEADER]: names.join(', ') };
  },
);

/** Gives back the policy of a bucket as it was put: `GetBucketPolicy`. */
export const getBucketPolicy = defineOperation<'GetBucketPolicy', string, string>({
  name: 'GetBucketPolicy',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  async handle(bucket, { store }) {
    const { policy } = configurationsOf(await store.getBucket(bucket));
    if (policy === undefined) throw new OssError('NoSuchBucketPolicy', { details: { BucketName: bucket } });
    return policy;
  },
  render: (policy) => ({
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: new TextEncoder().encode(policy),
  }),
});

/** Removes the policy of a bucket: `DeleteBucketPolicy`. */
export const deleteBucketPolicy = deleteConfiguration({ name: 'DeleteBucketPolicy', effect: 'works' }, 'policy');

function decode(document: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(document);
  } catch (cause) {
    throw new OssError('InvalidPolicyDocument', {
      message: 'Invalid Policy: the document is not UTF-8.',
      isUnreadable: true,
      cause,
    });
  }
}
