/**
 * Words a refusal: message, EC and `AccessDeniedDetail`, as the public service has them.
 * Leaves out `EncodedDiagnosticMessage`, which is encrypted for a service that does not exist here.
 */
import { OssError } from '@annals/protocol';
import type { DecidingAcl, Denial, DenialSource } from './decide.js';
import type { SignedPrincipal } from './principal.js';

const EXPLICIT_RAM_DENY_EC = '0003-00000201';

/**
 * Names of kinds of policies. The public service has the first and the last; what it calls the others is not
 * documented. Nothing said anything: the identity's own policies would have been the place.
 */
const policyTypeOf: Readonly<Record<DenialSource, string>> = {
  'ram-policy': 'AccountLevelIdentityBasedPolicy',
  'bucket-policy': 'ResourceBasedPolicy',
  'session-policy': 'SessionPolicy',
  acl: 'AccountLevelIdentityBasedPolicy',
};

/** What the wording depends on besides the denial. */
export interface DenialContext {
  readonly bucket: string | undefined;
  /** The bucket's own ACL, where it was read. */
  readonly bucketAcl?: DecidingAcl;
}

/**
 * Makes the error.
 * @returns `AccessDenied`, 403.
 */
export function accessDenied(denial: Denial, { bucket, bucketAcl }: DenialContext): OssError {
  const { by, effect, question } = denial;
  const { principal } = question;
  const details: Record<string, string> = {};
  if (principal.kind !== 'anonymous') {
    Object.assign(details, {
      'AccessDeniedDetail.PolicyType': policyTypeOf[by],
      'AccessDeniedDetail.AuthPrincipalOwnerId': principal.accountId,
      ...describePrincipal(principal),
      'AccessDeniedDetail.NoPermissionType': effect === 'explicit-deny' ? 'ExplicitDeny' : 'ImplicitDeny',
      'AccessDeniedDetail.AuthAction': question.action,
    });
  }
  if (bucket !== undefined) details.BucketName = bucket;
  const isExplicitRamDeny = by === 'ram-policy' && effect === 'explicit-deny';
  return new OssError('AccessDenied', {
    message: messageOf(denial, bucketAcl),
    details,
    ...(isExplicitRamDeny && { ec: EXPLICIT_RAM_DENY_EC }),
  });
}

function messageOf({ by, question }: Denial, bucketAcl: DecidingAcl = 'private'): string {
  if (by === 'session-policy') return "Access denied by authorizer's policy.";
  // The public service says so of RAM policies as well.
  if (by === 'bucket-policy' || by === 'ram-policy') return 'Access denied by bucket policy.';
  const { principal, level, access } = question;
  if (level === 'object' && access !== 'owner') {
    return bucketAcl === 'private'
      ? // The same words for a private object and for none, or they would tell which keys exist.
        'You have no right to access this object because of bucket acl.'
      : 'You have no right to access this object.';
  }
  if (principal.kind !== 'anonymous') return 'AccessDenied';
  return level === 'bucket' && access !== 'owner'
    ? 'Anonymous user has no right to access this bucket.'
    : 'Anonymous access is forbidden for this operation.';
}

function describePrincipal(principal: SignedPrincipal): Record<string, string> {
  const [type, displayName] = typeAndName(principal);
  return {
    'AccessDeniedDetail.AuthPrincipalType': type,
    'AccessDeniedDetail.AuthPrincipalDisplayName': displayName,
  };
}

function typeAndName(principal: SignedPrincipal): readonly [type: string, displayName: string] {
  switch (principal.kind) {
    case 'root':
      return ['Account', principal.accountId];
    case 'user':
      return ['SubUser', principal.uid];
    case 'role-session':
      return ['AssumedRoleUser', `${principal.roleName}:${principal.sessionName}`];
  }
}
