/** GetBucketPolicyStatus: `?policyStatus`, whether the policy of a bucket lets everybody in. */
import { renderPolicyStatus } from '@annals/protocol';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { parseStoredPolicy } from '../../policy/parse-stored-policy.js';
import { isPublicPolicy } from '../../policy/public-policy.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import { xmlResponse } from '../answering/xml-response.js';

/** Whether the policy of a bucket opens it to everybody: `GetBucketPolicyStatus`. */
export const getBucketPolicyStatus = defineOperation<'GetBucketPolicyStatus', string, boolean>({
  name: 'GetBucketPolicyStatus',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  async handle(bucket, { store }) {
    const { policy } = configurationsOf(await store.getBucket(bucket));
    return (
      policy !== undefined &&
      isPublicPolicy(parseStoredPolicy(policy, { form: 'bucket', bucket }, `the policy of bucket ${bucket}`))
    );
  },
  render: (isPublic) => xmlResponse(renderPolicyStatus(isPublic)),
});
