/** The caller as policies see it, and whether a statement applies to it. */
import type { PrincipalPattern } from './policy.js';
import { matchesWildcard } from './wildcard.js';

/** An identity. */
export type Principal =
  | { readonly kind: 'anonymous' }
  /** The root key of an account. */
  | { readonly kind: 'root'; readonly accountId: string }
  | { readonly kind: 'user'; readonly accountId: string; readonly uid: string; readonly name: string }
  /** A holder of temporary keys of a role. */
  | {
      readonly kind: 'role-session';
      readonly accountId: string;
      readonly roleId: string;
      readonly roleName: string;
      readonly sessionName: string;
    };

/** A principal that has signed. */
export type SignedPrincipal = Exclude<Principal, { readonly kind: 'anonymous' }>;

/** @returns The name that `acs:PrincipalArn` compares; `undefined` for the anonymous. */
export function principalArn(principal: Principal): string | undefined {
  switch (principal.kind) {
    case 'anonymous':
      return undefined;
    case 'root':
      return `acs:ram::${principal.accountId}:root`;
    case 'user':
      return `acs:ram::${principal.accountId}:user/${principal.name}`;
    case 'role-session':
      return `acs:ram::${principal.accountId}:assumed-role/${principal.roleName}/${principal.sessionName}`;
  }
}

/** Tells whether a pattern means a principal. The anonymous are meant by `everyone` alone. */
export function matchesPrincipal(pattern: PrincipalPattern, principal: Principal): boolean {
  if (pattern.kind === 'everyone') return true;
  if (principal.kind === 'anonymous') return false;
  switch (pattern.kind) {
    case 'uid':
      if (principal.kind === 'role-session') return false;
      return pattern.uid === (principal.kind === 'root' ? principal.accountId : principal.uid);
    case 'session':
      if (principal.kind !== 'role-session') return false;
      return matchesWildcard(
        pattern.pattern,
        `arn:sts::${principal.accountId}:assumed-role/${principal.roleName}/${principal.sessionName}`,
      );
    case 'account':
      return pattern.accountId === principal.accountId;
    case 'identity':
      // A trust policy names the role, whatever the session is called.
      if (principal.kind === 'role-session') {
        return pattern.arn === `acs:ram::${principal.accountId}:role/${principal.roleName}`;
      }
      return pattern.arn === principalArn(principal);
  }
}
