/**
 * Decides whether a caller may do what it asks for: reads what the decision needs and leaves the decision to
 * `../policy`. Leaves out who the caller is (`authenticate.ts`).
 *
 * What an unsigned request learns: that a bucket does not exist (404, as the public service answers), and in a bucket
 * that anyone may read, that a key does not exist. In a private bucket, a key that is missing and one that is private
 * get the same 403.
 */
import { OssError } from '@annals/protocol';
import { type BucketRecord, type ObjectHead, StoreFailure, type VersionTarget } from '@annals/store';
import { heavyTurn } from '../limits/heavy-turn.js';
import { accessDenied } from '../policy/access-denied.js';
import { decide, isRightOfOwner } from '../policy/decide.js';
import type { Policy } from '../policy/policy.js';
import type { RequiredPermission } from '../request/required-permission.js';
import { type AuthorizationRequest, accessQuestion, type PermissionTarget } from './access-question.js';

/** Deciding holds others up for no longer, and one decision more. */
const TURN_MS_MAX = 5;

/** What a decision may look at, read only when it is needed. */
export interface AuthorizationFacts {
  /** Of the server. */
  readonly region: string | undefined;
  /** A bucket that is not the request's own. @throws {StoreFailure} `no-such-bucket`. */
  bucket(name: string): Promise<BucketRecord>;
  /** Reads nothing. */
  bucketPolicy(bucket: BucketRecord): Policy | undefined;
  /** Whether public access is blocked in all buckets. */
  isPublicAccessBlocked(): Promise<boolean>;
  /** @returns The object, or `undefined` when it does not exist or that version of it has no content. */
  object(target: VersionTarget): Promise<ObjectHead | undefined>;
}

/** Whether an operation makes its bucket: each time, or when it is not there. */
type MakesBucket = 'always' | 'if missing';

/**
 * Lets an authorized request pass.
 * @param permissions All of these must be granted.
 * @param makesBucket What the operation's row says: the bucket may be none yet.
 * @throws {OssError} `AccessDenied`, by the promise.
 * @throws {StoreFailure} `no-such-bucket`, by the promise.
 */
export function authorize(
  request: AuthorizationRequest,
  permissions: readonly RequiredPermission[],
  facts: AuthorizationFacts,
  makesBucket?: MakesBucket,
): Promise<void> {
  const [first] = permissions;
  // A row without permissions would be open to everyone by mistake.
  if (first === undefined) return Promise.reject(forbiddenToAnonymous());
  if (permissions.length === 1) return requirePermission(request, first, facts, makesBucket);
  return requirePermissions(request, permissions, facts, makesBucket);
}

async function requirePermissions(
  request: AuthorizationRequest,
  permissions: readonly RequiredPermission[],
  facts: AuthorizationFacts,
  makesBucket: MakesBucket | undefined,
): Promise<void> {
  let turnBeganAtMs = performance.now();
  for (const permission of permissions) {
    await requirePermission(request, permission, facts, makesBucket);
    // A batch asks for two thousand rights, and each may be held against a hundred statements.
    if (performance.now() - turnBeganAtMs > TURN_MS_MAX) {
      await heavyTurn();
      turnBeganAtMs = performance.now();
    }
  }
}

/** Refuses what no policy or ACL can grant. */
export function forbiddenToAnonymous(): OssError {
  return new OssError('AccessDenied', { message: 'Anonymous access is forbidden for this operation.' });
}

async function requirePermission(
  request: AuthorizationRequest,
  permission: RequiredPermission,
  facts: AuthorizationFacts,
  makesBucket: MakesBucket | undefined,
): Promise<void> {
  const bucketName = permission.bucket ?? request.bucket;
  let bucket: BucketRecord | undefined;
  let missing: StoreFailure | undefined;
  // One that is always made is none yet, and whose it may be is for the operation to find out.
  if (bucketName !== undefined && makesBucket !== 'always') {
    try {
      bucket = await (bucketName === request.bucket ? request.bucketRecord() : facts.bucket(bucketName));
    } catch (error) {
      if (!(error instanceof StoreFailure) || error.reason.kind !== 'no-such-bucket') throw error;
      // A caller with the right gets this error in the operation's own order.
      if (makesBucket !== 'if missing') missing = error;
    }
  }
  const isUnquestioned = isRightOfOwner(permission.action) && isPlainlyOwn(request, bucket, undefined);
  const bucketPolicy = bucket && !isUnquestioned ? facts.bucketPolicy(bucket) : undefined;
  if (isPlainlyOwn(request, bucket, permission.kmsKeyId === undefined ? bucketPolicy : undefined)) return;
  const isBlockedEverywhere = bucket !== undefined && (await facts.isPublicAccessBlocked());
  const target = targetOf(request, permission, { bucketName, bucket, bucketPolicy, isBlockedEverywhere }, facts);
  const decision = await decide(accessQuestion(request, permission, target));
  if (decision.isAllowed) return;
  throw (
    missing ?? accessDenied(decision, { bucket: bucketName, ...(bucket !== undefined && { bucketAcl: bucket.acl }) })
  );
}

/**
 * What `decide` comes to anyway when the owner asks and no policy could say no: most requests of most servers, at no
 * cost.
 */
function isPlainlyOwn(
  { caller }: AuthorizationRequest,
  bucket: BucketRecord | undefined,
  bucketPolicy: Policy | undefined,
): boolean {
  if (caller.kind !== 'root' || bucketPolicy !== undefined) return false;
  return bucket === undefined || bucket.ownerId === caller.accountId;
}

function targetOf(
  request: AuthorizationRequest,
  permission: RequiredPermission,
  known: Pick<PermissionTarget, 'bucketName' | 'bucket' | 'bucketPolicy' | 'isBlockedEverywhere'>,
  facts: AuthorizationFacts,
): PermissionTarget {
  const key = permission.key ?? (permission.bucket === undefined ? request.key : undefined);
  const versionId = permission.key === undefined ? request.query.get('versionId') : permission.versionId;
  let reading: Promise<ObjectHead | undefined> | undefined;
  return {
    ...known,
    key,
    versionId,
    region: facts.region,
    object() {
      const { bucketName: bucket } = known;
      if (bucket === undefined || key === undefined) return Promise.resolve(undefined);
      reading ??= facts.object({ bucket, key, ...(versionId !== undefined && { versionId }) });
      return reading;
    },
  };
}
