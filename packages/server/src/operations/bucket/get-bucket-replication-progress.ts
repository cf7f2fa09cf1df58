/** GetBucketReplicationProgress: `?replicationProgress`. Nothing is copied, so there never is any. */
import { renderXml } from '@annals/protocol';
import type { NamedDocuments } from '../../bucket-configuration/configuration-members.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import { xmlResponse } from '../answering/xml-response.js';
import { requireRules, withDefaults } from '../reading/replication-rules.js';

interface ProgressInput {
  readonly bucket: string;
  readonly id: string | undefined;
}

/** How far a replication rule is: `GetBucketReplicationProgress`. */
export const getBucketReplicationProgress = defineOperation<
  'GetBucketReplicationProgress',
  ProgressInput,
  NamedDocuments
>({
  name: 'GetBucketReplicationProgress',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'Never any progress.',
  permissions: ownAction('owner'),
  parse: (request: OperationRequest) => ({
    bucket: requireBucket(request),
    id: request.query.get('rule-id') || undefined,
  }),
  async handle({ bucket, id }, { store }) {
    const rules = requireRules(await store.getBucket(bucket), id);
    const only = id === undefined ? undefined : rules[id];
    return id === undefined || only === undefined ? rules : { [id]: only };
  },
  render: (rules) => xmlResponse(renderXml('ReplicationProgress', { Rule: Object.values(rules).map(withDefaults) })),
});
