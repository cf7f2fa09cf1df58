/**
 * Puts one right that a request needs into the words of `policy`: who, what, on which resource, under which
 * circumstances.
 */
import { OPERATIONS, OssError, parseTaggingHeader, type Tag } from '@annals/protocol';
import type { BucketRecord, ObjectHead } from '@annals/store';
import { configurationsOf } from '../bucket-configuration/bucket-configurations.js';
import type { ConditionFacts, Tags } from '../policy/condition-keys.js';
import type { AccessQuestion, DecidingAcl } from '../policy/decide.js';
import type { Policy } from '../policy/policy.js';
import { principalArn } from '../policy/principal.js';
import { rememberTags } from '../policy/remember-tags.js';
import type { OperationRequest } from '../request/operation-request.js';
import type { RequiredPermission } from '../request/required-permission.js';

/** Of the request, what decisions depend on. */
export type AuthorizationRequest = Pick<
  OperationRequest,
  | 'operation'
  | 'caller'
  | 'bucket'
  | 'key'
  | 'query'
  | 'headers'
  | 'isSecure'
  | 'clientAddress'
  | 'receivedAtMs'
  | 'bucketRecord'
>;

/** What a right is about, and what is known of it. */
export interface PermissionTarget {
  readonly bucketName: string | undefined;
  readonly key: string | undefined;
  readonly versionId: string | undefined;
  /** `undefined` without a bucket, and when there is none of that name. */
  readonly bucket: BucketRecord | undefined;
  readonly bucketPolicy: Policy | undefined;
  /** Whether public access is blocked in all buckets. */
  readonly isBlockedEverywhere: boolean;
  /** Of the server. */
  readonly region: string | undefined;
  /** One read, however many ask. @returns `undefined` when there is no such object. */
  object(): Promise<ObjectHead | undefined>;
}

/** Asks whether the caller of a request has a right. */
export function accessQuestion(
  request: AuthorizationRequest,
  { action, access, kmsKeyId }: RequiredPermission,
  target: PermissionTarget,
): AccessQuestion {
  const { principal, identityPolicies, sessionPolicy, accountId } = request.caller;
  const { bucketName, key, bucket, bucketPolicy, region, object } = target;
  if (kmsKeyId !== undefined) {
    return {
      principal,
      action,
      access,
      level: 'service',
      resource: { service: 'kms', region, ownerId: accountId, name: `key/${kmsKeyId || 'default'}` },
      facts: conditionFacts(request, target),
      identityPolicies,
      sessionPolicy,
      // Policies of buckets are about buckets.
      bucketPolicy: undefined,
      isPublicAccessBlocked: true,
      acl: async () => 'private',
    };
  }
  return {
    principal,
    action,
    access,
    level: bucketName === undefined ? 'service' : key === undefined ? 'bucket' : 'object',
    // A bucket that does not exist yet will belong to the account that makes it.
    resource: { service: 'oss', region, ownerId: bucket?.ownerId ?? accountId, name: resourceName(bucketName, key) },
    facts: conditionFacts(request, target),
    identityPolicies,
    sessionPolicy,
    bucketPolicy,
    isPublicAccessBlocked:
      target.isBlockedEverywhere || (bucket !== undefined && configurationsOf(bucket).publicAccessBlock === true),
    async acl(): Promise<DecidingAcl> {
      if (bucket === undefined) return 'private';
      const acl = key === undefined ? 'default' : ((await object())?.acl ?? 'default');
      // An object's own ACL goes before its bucket's.
      return acl === 'default' ? bucket.acl : acl;
    },
  };
}

function resourceName(bucketName: string | undefined, key: string | undefined): string {
  if (bucketName === undefined) return '*';
  return key === undefined ? bucketName : `${bucketName}/${key}`;
}

function conditionFacts(request: AuthorizationRequest, { bucket, key, object }: PermissionTarget): ConditionFacts {
  const { caller, query, headers, operation } = request;
  const isListing = OPERATIONS[operation].hasPrefix === true;
  const requestObjectTags = requestTags(headers.get('x-oss-tagging'));
  return rememberTags({
    sourceIp: request.clientAddress,
    userAgent: headers.get('user-agent'),
    receivedAtMs: request.receivedAtMs,
    isSecure: request.isSecure,
    accessKeyId: caller.kind === 'anonymous' ? undefined : caller.accessKeyId,
    principalArn: principalArn(caller.principal),
    ...(isListing && { prefix: query.get('prefix') ?? '', delimiter: query.get('delimiter') ?? '' }),
    ...(requestObjectTags !== undefined && { requestObjectTags }),
    bucketTags: async () => (bucket === undefined ? undefined : toTags(configurationsOf(bucket).tags ?? [])),
    existingObjectTags: async () => (key === undefined ? undefined : (await object())?.tags),
  });
}

/** What is wrong with a header is for the operation to say. */
function requestTags(header: string | undefined): Tags | undefined {
  try {
    const tags = parseTaggingHeader(header);
    return tags && toTags(tags);
  } catch (error) {
    if (error instanceof OssError) return undefined;
    throw error;
  }
}

function toTags(tags: readonly Tag[]): Tags {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}
