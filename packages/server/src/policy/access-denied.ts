/**
 * Words a refusal: message, EC and `AccessDeniedDetail`, as the public service has them.
 * Leaves out `EncodedDiagnosticMessage`, which is encrypted for a service that does not exist here.
 */
import { OssError } from '@annals/protocol';
import type { Denial, DenialSource } from './decide.js';
import type { SignedPrincipal } from './principal.js';

const EXPLICIT_RAM_DENY_EC = '0003-00000201';

/**
 * Names of kinds of policies. The public service has the first and the last; what it calls the others is not documented. Nothing said anything: the
 * identity's own policies would have been the place.
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
}

/**
 * Makes the error.
 * @returns `AccessDenied`, 403.
 */
export function accessDenied(denial: Denial, { bucket }: DenialContext): OssError {
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
    message: messageOf(denial),
    details,
    ...(isExplicitRamDeny && { ec: EXPLICIT_RAM_DENY_EC }),
  });
}

function messageOf({ by, question }: Denial): string {
  if (by === 'session-policy') return "Access denied by authorizer's policy.";
  // The public service says so of RAM policies as well.
  if (by === 'bucket-policy' || by === 'ram-policy') return 'Access denied by bucket policy.';
  const { principal, level, access } = question;
  if (principal.kind === 'anonymous') {
    if (access === 'owner' || level === 'service') return 'Anonymous access is forbidden for this operation.';
    return level === 'bucket'
      ? 'Anonymous user has no right to access this bucket.'
      : 'You have no right to access this object because of bucket acl.';
  }
  // The same words whether the object exists or not, or they would tell which keys do.
  if (level === 'object' && access !== 'owner') return 'You have no right to access this object because of bucket acl.';
  return 'AccessDenied';
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
