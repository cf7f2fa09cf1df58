/**
 * Decides whether a caller may do what it asks for. Signed requests of the root pass; unsigned ones are judged by the ACL of
 * object and bucket. RAM policies, bucket policies and temporary keys will be further steps before the ACLs, over the same facts.
 * Leaves out who the caller is (`authenticate.ts`).
 *
 * What an unsigned request learns: that a bucket does not exist (404, as the public service answers), and in a bucket that anyone may
 * read, that a key does not exist. In a private bucket, a key that is missing and one that is private get the same 403.
 */
import { OssError } from '@annals/protocol';
import type { BucketAcl, BucketRecord, ObjectAcl, ObjectHead, VersionTarget } from '@annals/store';
import type { OperationRequest, RequiredPermission } from '../operations/operation.js';

/** What a decision may look at, read only when it is needed. */
export interface AuthorizationFacts {
  /** @throws {StoreFailure} `no-such-bucket`. */
  bucket(name: string): Promise<BucketRecord>;
  /** @returns The object, or `undefined` when it does not exist or that version of it has no content. */
  object(target: VersionTarget): Promise<ObjectHead | undefined>;
}

/** Of the request, what decisions depend on. */
export type AuthorizationRequest = Pick<OperationRequest, 'caller' | 'bucket' | 'key' | 'query'>;

/**
 * Lets an authorized request pass.
 * @param permissions All of these must be granted.
 * @throws {OssError} `AccessDenied`.
 * @throws {StoreFailure} `no-such-bucket`.
 */
export async function authorize(
  request: AuthorizationRequest,
  permissions: readonly RequiredPermission[],
  facts: AuthorizationFacts,
): Promise<void> {
  // One account owns everything, so its root may do everything.
  if (request.caller.kind === 'root') return;
  // A row without permissions would be open to everyone by mistake.
  if (permissions.length === 0) throw forbiddenToAnonymous();
  for (const permission of permissions) await authorizeByAcl(request, permission, facts);
}

/** Refuses what no ACL can grant. */
export function forbiddenToAnonymous(): OssError {
  return new OssError('AccessDenied', { message: 'Anonymous access is forbidden for this operation.' });
}

async function authorizeByAcl(
  request: AuthorizationRequest,
  permission: RequiredPermission,
  facts: AuthorizationFacts,
): Promise<void> {
  const bucketName = permission.bucket ?? request.bucket;
  if (permission.access === 'owner' || bucketName === undefined) throw forbiddenToAnonymous();
  const bucket = await facts.bucket(bucketName);
  const key = permission.key ?? (permission.bucket === undefined ? request.key : undefined);
  if (key === undefined) {
    if (grants(bucket.acl, permission.access)) return;
    throw denied('Anonymous user has no right to access this bucket.', bucketName);
  }
  const versionId = permission.key === undefined ? request.query.get('versionId') : permission.versionId;
  const object = await facts.object({ bucket: bucketName, key, ...(versionId !== undefined && { versionId }) });
  const acl = decidingAcl(object, bucket);
  if (grants(acl, permission.access)) return;
  throw denied(
    bucket.acl === 'private'
      ? // The same words for a private object and for none, or they would tell which keys exist.
        'You have no right to access this object because of bucket acl.'
      : 'You have no right to access this object.',
    bucketName,
  );
}

/** An object's own ACL overrides its bucket's. */
function decidingAcl(object: ObjectHead | undefined, bucket: BucketRecord): BucketAcl {
  const acl: ObjectAcl = object?.acl ?? 'default';
  return acl === 'default' ? bucket.acl : acl;
}

function grants(acl: BucketAcl, access: 'read' | 'write'): boolean {
  return acl === 'public-read-write' || (acl === 'public-read' && access === 'read');
}

function denied(message: string, bucket: string): OssError {
  return new OssError('AccessDenied', { message, details: { BucketName: bucket } });
}
