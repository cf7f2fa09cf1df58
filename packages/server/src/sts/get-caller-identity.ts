/** GetCallerIdentity: tells a caller who it is. Takes no right. */
import { principalArn, type SignedPrincipal } from '../policy/principal.js';

/** Members of the answer. */
export interface CallerIdentity {
  readonly AccountId: string;
  readonly Arn: string | undefined;
  readonly IdentityType: 'Account' | 'RAMUser' | 'AssumedRoleUser';
  readonly PrincipalId: string;
  readonly RoleId?: string;
  readonly UserId?: string;
}

/** Says who has signed. */
export function getCallerIdentity(principal: SignedPrincipal): CallerIdentity {
  const whose = { AccountId: principal.accountId, Arn: principalArn(principal) };
  switch (principal.kind) {
    case 'root':
      return { ...whose, IdentityType: 'Account', PrincipalId: principal.accountId, UserId: principal.accountId };
    case 'user':
      return { ...whose, IdentityType: 'RAMUser', PrincipalId: principal.uid, UserId: principal.uid };
    case 'role-session':
      return {
        ...whose,
        IdentityType: 'AssumedRoleUser',
        PrincipalId: `${principal.roleId}:${principal.sessionName}`,
        RoleId: principal.roleId,
      };
  }
}
