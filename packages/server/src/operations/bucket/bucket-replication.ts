/**
 * Replication rules of a bucket: `?replication&comp=add|delete`, `?replication`, `?replicationLocation`, `?replicationProgress`, `?rtc`. Kept and given
 * back; nothing is copied, so every rule stays in the state `starting` with no progress.
 */
import { randomUUID } from 'node:crypto';
import { OssError, parsePlainConfiguration, refuseWithEc, renderXml, type XmlContent } from '@annals/protocol';
import type { BucketRecord } from '@annals/store';
import { configurationsOf, type NamedDocuments } from '../../bucket-configuration/bucket-configurations.js';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import type { RequiredPermission } from '../../request/required-permission.js';
import { locationOf } from '../answering/bucket-endpoint.js';
import { xmlResponse } from '../answering/xml-response.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';

/** Of every document about replication that is malformed. */
const MALFORMED_EC = '0031-00000001';

interface PutReplicationInput {
  readonly bucket: string;
  readonly id: string;
  readonly rule: XmlContent;
}

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

export const getBucketReplicationLocation = defineOperation<'GetBucketReplicationLocation', string, BucketRecord>({
  name: 'GetBucketReplicationLocation',
  effect: 'kept',
  anonymous: 'if granted',
  remark: 'The only location there is.',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store }) => store.getBucket(bucket),
  render: (_bucket, _name, _request, { settings }) =>
    xmlResponse(
      renderXml('ReplicationLocation', {
        Location: locationOf(settings),
        // SDKs read it without looking whether it is there.
        LocationTransferTypeConstraint: {
          LocationTransferType: { Location: locationOf(settings), TransferTypes: { Type: ['internal', 'oss_acc'] } },
        },
      }),
    ),
});

/** What a rule means that does not say it: every change is copied, and what was there before. */
function withDefaults(rule: XmlContent): XmlContent {
  return {
    ...rule,
    Action: rule.Action ?? 'ALL',
    HistoricalObjectReplication: rule.HistoricalObjectReplication ?? 'enabled',
  };
}

interface ProgressInput {
  readonly bucket: string;
  readonly id: string | undefined;
}

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

interface RtcInput extends RuleInput {
  readonly rtc: XmlContent;
}

export const putBucketRtc = defineOperation<'PutBucketRTC', RtcInput, BucketRecord>({
  name: 'PutBucketRTC',
  effect: 'kept',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  async parse(request) {
    const content = await readDocument(request, 'ReplicationRule');
    if (typeof content.ID !== 'string' || !isContent(content.RTC)) {
      throw malformed('ReplicationRule must have an ID and RTC.');
    }
    return { bucket: requireBucket(request), id: content.ID.trim(), rtc: content.RTC };
  },
  handle: ({ bucket, id, rtc }, { store }) =>
    store.updateBucket(bucket, (record) => {
      const rules = requireRules(record, id);
      return { configurations: { replication: { ...rules, [id]: { ...rules[id], RTC: rtc } } } };
    }),
  render: () => ({ status: 200, headers: {} }),
});

/**
 * @param id A rule that must be among them.
 * @throws {OssError} `NoSuchReplicationConfiguration`, `NoSuchReplicationRule`.
 */
function requireRules(record: BucketRecord, id?: string): NamedDocuments {
  const { replication } = configurationsOf(record);
  if (id !== undefined && (replication === undefined || !Object.hasOwn(replication, id))) {
    throw new OssError('NoSuchReplicationRule', { details: { BucketName: record.name } });
  }
  if (replication === undefined) {
    throw new OssError('NoSuchReplicationConfiguration', { details: { BucketName: record.name } });
  }
  return replication;
}

async function readDocument(request: OperationRequest, root: string): Promise<XmlContent> {
  const document = await readConfigurationDocument(request);
  return refuseWithEc(MALFORMED_EC, () => parsePlainConfiguration(document, root));
}

function isContent(value: unknown): value is XmlContent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(detail: string): OssError {
  return new OssError('MalformedXML', { ec: MALFORMED_EC, details: { ErrorDetail: detail } });
}
