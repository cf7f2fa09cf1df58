/**
 * PutBucket: `PUT /` on a bucket. Repeating it by the owner succeeds and may change ACL, tags and overrides; what
 * cannot be changed later must then be the same or left out. This server has no limit on the number of buckets: the one
 * of the public service is a quota, not protocol.
 */
import {
  type BucketEncryptionRule,
  type CreateBucketConfiguration,
  OssError,
  parseBucketAcl,
  parseBucketTaggingHeader,
  parseCreateBucketConfiguration,
  REQUEST_HEADERS,
  readEncryption,
  type Tag,
} from '@annals/protocol';
import { type BucketAcl, type BucketRecord, StoreFailure } from '@annals/store';
import { findBucket } from '../../bucket-configuration/find-bucket.js';
import { defineOperation, type OperationContext } from '../../operation-row/operation-row.js';
import { ownAction } from '../../request/operation-permission.js';
import type { OperationRequest } from '../../request/operation-request.js';
import { requireBucket } from '../../request/request-target.js';
import type { RequiredPermission } from '../../request/required-permission.js';
import { locationOf } from '../answering/bucket-endpoint.js';
import {
  APPENDABLE_HEADERS,
  type AppendableChange,
  changeAppendable,
  readAppendableChange,
} from '../reading/appendable-overrides.js';
import { readConfigurationDocument } from '../reading/configuration-document.js';
import { requireFreeName } from '../reading/free-bucket-name.js';
import { kmsPermissions } from '../reading/put-object-permissions.js';
import { readResourceGroupId } from '../reading/resource-group.js';

interface PutBucketInput {
  readonly bucket: string;
  readonly ownerId: string;
  /** Id of the user who asks; nobody's when it is the root or a role. */
  readonly createdBy: string | undefined;
  readonly acl: BucketAcl | undefined;
  readonly choices: CreateBucketConfiguration;
  /** Default encryption of its objects. `undefined`: a bucket that is there keeps its own. */
  readonly encryption: BucketEncryptionRule | undefined;
  /** Empty: none. `undefined`: a bucket that is there keeps its own. */
  readonly tags: readonly Tag[] | undefined;
  /** `undefined`: the default group, or the one it is in. */
  readonly resourceGroupId: string | undefined;
  /** `undefined`: those that are there stay. */
  readonly appendable: AppendableChange | undefined;
}

const PUT_BUCKET_ACL: RequiredPermission = { action: 'oss:PutBucketAcl', access: 'owner' };

/** Makes a bucket, or changes ACL and settings of one's own: `PutBucket`. */
export const putBucket = defineOperation<'PutBucket', PutBucketInput, BucketRecord>({
  name: 'PutBucket',
  effect: 'works',
  anonymous: 'if granted',
  extensions: Object.values(APPENDABLE_HEADERS),
  remark:
    'No limit of 100 buckets. `x-oss-resource-group-id` is kept (also needs `oss:PutBucketResourceGroup`). A ' +
    'repeated PUT compares only what it names, and sets the tags of `x-oss-bucket-tagging` (as `x-oss-tagging`, ' +
    'up to 20; also needs `oss:PutBucketTagging`) and the default encryption of the three encryption headers ' +
    '(also needs `oss:PutBucketEncryption`). `x-oss-hns-status: enabled` is refused with 501. ' +
    '`x-oss-annals-appendable-overwrite` and `x-oss-annals-appendable-copy` (`deny` or `allow`; `default` takes ' +
    'it back) override the settings `appendable.overwrite` and `appendable.copy` in this bucket; GetBucketInfo ' +
    'answers with them.',
  makesBucket: 'always',
  permissions(request) {
    const { headers } = request;
    const keyId = headers.get(REQUEST_HEADERS.serverSideEncryptionKeyId);
    return [
      ...ownAction('owner')(request),
      ...(headers.has('x-oss-bucket-tagging') ? [{ action: 'oss:PutBucketTagging', access: 'owner' } as const] : []),
      ...(headers.has(REQUEST_HEADERS.serverSideEncryption)
        ? [{ action: 'oss:PutBucketEncryption', access: 'owner' } as const]
        : []),
      ...(headers.get('x-oss-resource-group-id')
        ? [{ action: 'oss:PutBucketResourceGroup', access: 'owner' } as const]
        : []),
      ...(keyId === undefined ? [] : kmsPermissions(keyId)),
    ];
  },
  async parse(request, context) {
    refuseHierarchy(request);
    const { principal } = request.caller;
    return {
      bucket: requireBucket(request),
      ownerId: request.caller.accountId,
      createdBy: principal.kind === 'user' ? principal.uid : undefined,
      acl: parseBucketAcl(request.headers.get('x-oss-acl')),
      choices: await readChoices(request, context),
      encryption: readDefaultEncryption(request),
      tags: parseBucketTaggingHeader(request.headers.get('x-oss-bucket-tagging')),
      resourceGroupId: readResourceGroupId(request),
      appendable: readAppendableChange(request),
    };
  },
  async handle(input, { store, ownNames, settings }, _request, requirePermission) {
    const { bucket, ownerId, createdBy, acl, choices, encryption, tags, resourceGroupId, appendable } = input;
    const configurations = {
      ...(encryption !== undefined && { encryption }),
      ...(tags !== undefined && { tags: tags.length === 0 ? undefined : tags }),
      ...(resourceGroupId !== undefined && { resourceGroup: { ResourceGroupId: resourceGroupId } }),
    };
    await requireFreeName(bucket, store, ownNames);
    // Private is what a new bucket is anyway.
    if (acl !== undefined && acl !== 'private') await requirePermission(PUT_BUCKET_ACL);
    try {
      return await store.createBucket({
        name: bucket,
        ownerId,
        ...(createdBy !== undefined && { createdBy }),
        acl: acl ?? 'private',
        storageClass: choices.storageClass ?? 'Standard',
        dataRedundancyType: choices.dataRedundancyType ?? 'LRS',
        configurations: { ...(settings.blocksNewBuckets && { publicAccessBlock: true }), ...configurations },
        ...(appendable !== undefined && { appendable: changeAppendable(undefined, appendable) }),
      });
    } catch (error) {
      if (!(error instanceof StoreFailure) || error.reason.kind !== 'bucket-already-exists') throw error;
      const { existing } = error.reason;
      if (existing.ownerId !== ownerId) throw error;
      refuseConflict(existing, choices);
      const isUnchanged = Object.keys(configurations).length === 0 && appendable === undefined;
      if (isUnchanged && (acl === undefined || acl === existing.acl)) return existing;
      if (acl !== undefined && acl !== existing.acl) await requirePermission(PUT_BUCKET_ACL);
      return await store.updateBucket(bucket, (record) => ({
        ...(acl !== undefined && { acl }),
        ...(appendable !== undefined && { appendable: changeAppendable(record.appendable, appendable) }),
        configurations,
      }));
    }
  },
  render: ({ name }) => ({ status: 200, headers: { Location: `/${name}` } }),
});

/** The three encryption headers, which set the bucket's default. */
function readDefaultEncryption({ headers }: OperationRequest): BucketEncryptionRule | undefined {
  const asked = readEncryption(headers);
  if (asked === undefined) return undefined;
  return {
    algorithm: asked.algorithm,
    ...(asked.keyId !== undefined && { kmsMasterKeyId: asked.keyId }),
    ...(asked.dataAlgorithm !== undefined && { kmsDataEncryption: asked.dataAlgorithm }),
  };
}

async function readChoices(
  request: OperationRequest,
  { settings, store }: OperationContext,
): Promise<CreateBucketConfiguration> {
  const choices = parseCreateBucketConfiguration(await readConfigurationDocument(request));
  const { locationConstraint } = choices;
  if (locationConstraint === undefined || locationConstraint === locationOf(settings)) return choices;
  const existing = await findBucket(store, requireBucket(request));
  if (existing?.ownerId !== request.caller.accountId) throw new OssError('InvalidLocationConstraint');
  throw new OssError('BucketAlreadyExists', {
    message: "Bucket already exists can't modify location",
    details: { BucketName: existing.name },
  });
}

function refuseConflict(existing: BucketRecord, choices: CreateBucketConfiguration): void {
  const details = { BucketName: existing.name };
  if (choices.storageClass !== undefined && choices.storageClass !== existing.storageClass) {
    throw new OssError('BucketAlreadyExists', { message: "Cannot modify existing bucket's storage class", details });
  }
  if (choices.dataRedundancyType !== undefined && choices.dataRedundancyType !== existing.dataRedundancyType) {
    throw new OssError('BucketAlreadyExists', {
      message: "Bucket already exists CAN'T modify data redundancy type",
      details,
    });
  }
}

/** A hierarchical namespace changes what the bucket is; creating one without it would not be what was asked for. */
function refuseHierarchy({ headers }: OperationRequest): void {
  if (headers.get('x-oss-hns-status')?.toLowerCase() !== 'enabled') return;
  throw new OssError('NotImplemented', {
    status: 501,
    message: 'x-oss-hns-status is not implemented by this server. No bucket was created.',
    details: { Header: 'x-oss-hns-status' },
  });
}
