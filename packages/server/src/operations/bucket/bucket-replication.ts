/**
 * Put-, Get- and DeleteBucketReplication: `?replication[&comp=add|delete]`. Kept and given back; nothing is copied.
 */
import { randomUUID } from 'node:crypto';
import { OssError, renderXml, type XmlContent } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { configurationsOf } from '../../bucket-configuration/bucket-configurations.js';
import type { NamedDocuments } from '../../bucket-configuration/configuration-members.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import { requireBucket } from '../../request/request-target.js';
import type { RequiredPermission } from '../../request/required-permission.js';
import { xmlResponse } from '../answering/xml-response.js';
import { isContent, malformed, readDocument, requireRules, withDefaults } from '../reading/replication-rules.js';

interface PutReplicationInput {
  readonly bucket: string;
  readonly id: string;
  readonly rule: XmlContent;
}

/** Keeps a replication rule: `PutBucketReplication`. */
export const putBucketReplication = defineOperation<'PutBucketReplication', PutReplicationInput, BucketRecord>({
  name: 'PutBucketReplication',
  effect: 'kept',
  anonymous: 'if granted',
  remark:
    'Nothing is copied; rules stay in the state `starting`. A second rule with the same ID or to the same ' +
    'bucket is 400 `BucketReplicationAlreadyExist`.',
  permissions: ownAction('owner'),
  // Nothing is copied today; but who may not write there must not be the one who says that somebody shall.
  bodyPermissions: (input, request) => [...ownAction('owner')(request), ...destinationPermissions(input.rule)],
  async parse(request) {
    const { Rule: rule } = await readDocument(request, 'ReplicationConfiguration');
    if (!isContent(rule) || !isContent(rule.Destination) || typeof rule.Destination.Bucket !== 'string') {
      throw malformed('ReplicationConfiguration must have one Rule with a Destination and a Bucket.');
    }
    const id = typeof rule.ID === 'string' ? rule.ID.trim() : randomUUID();
    return { bucket: requireBucket(request), id, rule };
  },
  handle: ({ bucket, id, rule }, { store }) =>
    store.updateBucket(bucket, (record) => {
      const before = configurationsOf(record).replication ?? {};
      if (Object.hasOwn(before, id) || Object.values(before).some((other) => leadsTo(other) === leadsTo(rule))) {
        throw new OssError('BucketReplicationAlreadyExist', { details: { BucketName: bucket } });
      }
      const { ID: _given, Status: _status, ...rest } = rule;
      return { configurations: { replication: { ...before, [id]: { ID: id, ...rest, Status: 'starting' } } } };
    }),
  render: (_record, { id }) => ({ status: 200, headers: { 'x-oss-replication-rule-id': id } }),
});

/** To put every key that is replicated: those with one of the prefixes, or all. */
function destinationPermissions(rule: XmlContent): readonly RequiredPermission[] {
  const bucket = String((rule.Destination as XmlContent).Bucket).trim();
  const { Prefix: given = [] } = isContent(rule.PrefixSet) ? rule.PrefixSet : {};
  const prefixes = (Array.isArray(given) ? given : [given]).filter((prefix) => typeof prefix === 'string');
  return (prefixes.length === 0 ? [''] : prefixes).map((prefix) => ({
    action: 'oss:PutObject',
    access: 'write',
    bucket,
    key: `${prefix}*`,
  }));
}

/** The bucket a rule leads to: a pair of buckets has one rule. */
function leadsTo(rule: XmlContent): string | undefined {
  const { Bucket: bucket } = isContent(rule.Destination) ? rule.Destination : {};
  return typeof bucket === 'string' ? bucket.trim() : undefined;
}

interface RuleInput {
  readonly bucket: string;
  readonly id: string;
}

/** Removes a replication rule: `DeleteBucketReplication`. */
export const deleteBucketReplication = defineOperation<'DeleteBucketReplication', RuleInput, BucketRecord>({
  name: 'DeleteBucketReplication',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'Takes effect at once.',
  permissions: ownAction('owner'),
  async parse(request) {
    const { ID: id } = await readDocument(request, 'ReplicationRules');
    if (typeof id !== 'string') throw malformed('ReplicationRules must have one ID.');
    return { bucket: requireBucket(request), id: id.trim() };
  },
  handle: ({ bucket, id }, { store }) =>
    store.updateBucket(bucket, (record) => {
      const { [id]: _removed, ...left } = requireRules(record, id);
      return { configurations: { replication: Object.keys(left).length === 0 ? undefined : left } };
    }),
  render: () => ({ status: 200, headers: {} }),
});

/** Shows the replication rules: `GetBucketReplication`. */
export const getBucketReplication = defineOperation<'GetBucketReplication', string, NamedDocuments>({
  name: 'GetBucketReplication',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: async (bucket, { store }) => requireRules(await store.getBucket(bucket)),
  render: (rules) =>
    xmlResponse(renderXml('ReplicationConfiguration', { Rule: Object.values(rules).map(withDefaults) })),
});
