/**
 * A bucket's retention policy: Initiate-, Abort-, Get-, Complete- and ExtendBucketWorm. The store keeps it
 * (`retention.ts` there); here is how it comes and goes: initiated, it protects at once and may be aborted; locked
 * within a day, it can only be extended.
 */
import { randomBytes } from 'node:crypto';
import {
  invalidArgument,
  OssError,
  parseRetentionPeriod,
  REQUEST_HEADERS,
  renderWormConfiguration,
} from '@annals/protocol';
import {
  type BucketRecord,
  objectWormOf,
  RETENTION_CONFIGURATION,
  type RetentionPolicy,
  retentionOf,
} from '@annals/store';
import { defineOperation } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import { xmlResponse } from '../answering/xml-response.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';

/** Extension: whether objects may grow under the policy. */
const APPEND_HEADER = REQUEST_HEADERS.wormAppend;

interface InitiateInput {
  readonly bucket: string;
  readonly retentionDays: number;
  readonly append: 'deny' | 'allow';
}

/** Makes a retention policy that is not locked yet: `InitiateBucketWorm`. */
export const initiateBucketWorm = defineOperation<'InitiateBucketWorm', InitiateInput, string>({
  name: 'InitiateBucketWorm',
  effect: 'works',
  anonymous: 'if granted',
  extensions: [APPEND_HEADER],
  remark:
    '`x-oss-annals-worm-append: allow` lets retained objects grow. In a versioned bucket overwriting ' +
    'and deleting without a version are allowed: they destroy nothing.',
  permissions: ownAction('owner'),
  async parse(request) {
    const append = readAppend(request);
    const document = await readConfigurationDocument(request);
    return {
      bucket: requireBucket(request),
      retentionDays: parseRetentionPeriod(document, 'InitiateWormConfiguration'),
      append,
    };
  },
  async handle({ bucket, retentionDays, append }, { store, clock }) {
    const id = randomBytes(16).toString('hex').toUpperCase();
    await store.updateBucket(bucket, (record) => {
      if (retentionOf(record, clock()) !== undefined || objectWormOf(record) !== undefined) {
        throw new OssError('WORMConfigurationAlreadyExists');
      }
      return changeTo({ id, isLocked: false, retentionDays, createdAtMs: clock(), append });
    });
    return id;
  },
  render: (id) => ({ status: 200, headers: { 'x-oss-worm-id': id } }),
});

/** Takes an unlocked retention policy back: `AbortBucketWorm`. */
export const abortBucketWorm = defineOperation<'AbortBucketWorm', string, BucketRecord>({
  name: 'AbortBucketWorm',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: (bucket, { store, clock }) =>
    store.updateBucket(bucket, (record) => {
      if (requirePolicy(record, clock()).isLocked) throw new OssError('WORMConfigurationLocked');
      return changeTo(undefined);
    }),
  render: () => ({ status: 204, headers: {} }),
});

/** Shows the retention policy: `GetBucketWorm`. */
export const getBucketWorm = defineOperation<'GetBucketWorm', string, RetentionPolicy>({
  name: 'GetBucketWorm',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: requireBucket,
  handle: async (bucket, { store, clock }) => requirePolicy(await store.getBucket(bucket), clock()),
  render: ({ id, isLocked, retentionDays, createdAtMs }) =>
    xmlResponse(renderWormConfiguration({ wormId: id, isLocked, retentionDays, createdAtMs })),
});

interface CompleteInput {
  readonly bucket: string;
  readonly wormId: string;
}

/** Locks the retention policy for good: `CompleteBucketWorm`. */
export const completeBucketWorm = defineOperation<'CompleteBucketWorm', CompleteInput, BucketRecord>({
  name: 'CompleteBucketWorm',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  parse: (request) => ({ bucket: requireBucket(request), wormId: request.query.get('wormId') ?? '' }),
  handle: ({ bucket, wormId }, { store, clock }) =>
    store.updateBucket(bucket, (record) => {
      const policy = requirePolicy(record, clock(), wormId);
      if (policy.isLocked) throw new OssError('WORMConfigurationLocked');
      return changeTo({ ...policy, isLocked: true });
    }),
  render: () => ({ status: 200, headers: {} }),
});

interface ExtendInput extends CompleteInput {
  readonly retentionDays: number;
}

/** Makes the days of a locked retention policy more: `ExtendBucketWorm`. */
export const extendBucketWorm = defineOperation<'ExtendBucketWorm', ExtendInput, BucketRecord>({
  name: 'ExtendBucketWorm',
  effect: 'works',
  anonymous: 'if granted',
  permissions: ownAction('owner'),
  async parse(request) {
    const document = await readConfigurationDocument(request);
    return {
      bucket: requireBucket(request),
      wormId: request.query.get('wormId') ?? '',
      retentionDays: parseRetentionPeriod(document, 'ExtendWormConfiguration'),
    };
  },
  handle: ({ bucket, wormId, retentionDays }, { store, clock }) =>
    store.updateBucket(bucket, (record) => {
      const policy = requirePolicy(record, clock(), wormId);
      // Only a locked period is a promise that can be made longer; before that the policy can be aborted and made
      // again.
      if (!policy.isLocked || retentionDays <= policy.retentionDays) throw new OssError('InvalidWORMConfiguration');
      return changeTo({ ...policy, retentionDays });
    }),
  render: () => ({ status: 200, headers: {} }),
});

/** @throws {OssError} `NoSuchWORMConfiguration`, also for a policy of another id. */
function requirePolicy(record: BucketRecord, nowMs: number, wormId?: string): RetentionPolicy {
  const policy = retentionOf(record, nowMs);
  if (policy === undefined || (wormId !== undefined && policy.id !== wormId)) {
    throw new OssError('NoSuchWORMConfiguration', { details: { BucketName: record.name } });
  }
  return policy;
}

function changeTo(policy: RetentionPolicy | undefined) {
  return { configurations: { [RETENTION_CONFIGURATION]: policy } };
}

function readAppend({ headers }: OperationRequest): 'deny' | 'allow' {
  const value = headers.get(APPEND_HEADER) ?? 'deny';
  if (value === 'deny' || value === 'allow') return value;
  throw invalidArgument(APPEND_HEADER, value);
}
