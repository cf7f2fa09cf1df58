/**
 * Finds the owner of the key that signed a request: a long-lived key has a row, a temporary one is its own record.
 * Leaves out checking signatures (`authenticate.ts`, `authenticate-form.ts`) and what a caller may do (`authorize.ts`).
 */
import { OssError } from '@annals/protocol';
import type { AccountDirectory, FoundAccessKey } from '../accounts/account-directory.js';
import type { MasterKeyRing } from '../accounts/master-key.js';
import type { SessionLineage } from '../accounts/revocations.js';
import type { Policy } from '../policy/policy.js';
import type { SignedPrincipal } from '../policy/principal.js';
import type { Caller } from '../request/caller.js';
import { openSecurityToken, TEMPORARY_ACCESS_KEY_PREFIX } from '../sts/security-token.js';

/** Where keys are looked up. */
export interface AccessKeyDirectory {
  readonly accounts: Pick<AccountDirectory, 'find' | 'identityOf' | 'isRevoked'>;
  /** Opens tokens. */
  readonly keys: MasterKeyRing;
}

/** What a request says of its key. */
export interface ClaimedAccessKey {
  readonly accessKeyId: string;
  /** None or empty for a long-lived key. */
  readonly securityToken: string | undefined;
}

/** A key that exists, and may be used as far as its own row knows. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly principal: SignedPrincipal;
  /** Of a temporary key that has one. */
  readonly sessionPolicy: Policy | undefined;
  /** Of a temporary key. */
  readonly lineage?: SessionLineage;
  /** Of a temporary key. Milliseconds since 1970. */
  readonly expiresAtMs?: number;
}

/** The caller of a request without a signature. */
export const ANONYMOUS: Caller = {
  kind: 'anonymous',
  accessKeyId: '',
  accountId: '',
  principal: { kind: 'anonymous' },
  identityPolicies: [],
  sessionPolicy: undefined,
};

/**
 * Finds a key: one read; none for the root key and for temporary ones, which are there at once.
 * @param nowMs Milliseconds since 1970.
 * @throws {OssError} `InvalidAccessKeyId` when it does not exist, it is inactive, or it is temporary and without its
 *   token; for a token `InvalidSecurityToken`, `AccessKeyIdAndSecurityTokenNotMatch` or `SecurityTokenExpired`.
 * @throws {AccountFailure} Its secret cannot be opened.
 */
export function findAccessKey(
  { accessKeyId, securityToken }: ClaimedAccessKey,
  { accounts, keys }: AccessKeyDirectory,
  nowMs: number,
): AccessKey | Promise<AccessKey> {
  if (securityToken) return openSecurityToken(securityToken, accessKeyId, { keys, nowMs });
  if (accessKeyId.startsWith(TEMPORARY_ACCESS_KEY_PREFIX)) throw unknownAccessKey(accessKeyId);
  const found = accounts.find(accessKeyId);
  return found instanceof Promise
    ? found.then((key) => toAccessKey(accessKeyId, key))
    : toAccessKey(accessKeyId, found);
}

function toAccessKey(accessKeyId: string, found: FoundAccessKey | undefined): AccessKey {
  if (found === undefined || found.status === 'inactive') throw unknownAccessKey(accessKeyId);
  return { accessKeyId, secret: found.secret, principal: found.principal, sessionPolicy: undefined };
}

/**
 * Returns the caller that has proved to have a key, the root at once; only after that may it learn of its own state.
 * @throws {OssError} `UserDisable` for a disabled user, `InvalidAccessKeyId` for a deleted one, `InvalidSecurityToken`
 * when the role was deleted or the temporary key was revoked.
 */
export function admitCaller(key: AccessKey, directory: AccessKeyDirectory): Caller | Promise<Caller> {
  const { accessKeyId, principal, sessionPolicy } = key;
  const { kind, accountId } = principal;
  // Most requests of most servers: no policy is written for the root key.
  if (kind === 'root') return { kind, accessKeyId, accountId, principal, identityPolicies: [], sessionPolicy };
  return admitIdentity(key, directory);
}

async function admitIdentity(
  { accessKeyId, principal, sessionPolicy, lineage, expiresAtMs }: AccessKey,
  { accounts }: AccessKeyDirectory,
): Promise<Caller> {
  const { kind, accountId } = principal;
  const { status, policies } = await accounts.identityOf(principal);
  if (status === 'inactive') throw new OssError('UserDisable');
  if (status === 'gone') {
    throw kind === 'role-session' ? new OssError('InvalidSecurityToken') : unknownAccessKey(accessKeyId);
  }
  if (lineage !== undefined && (await accounts.isRevoked(lineage))) {
    throw new OssError('InvalidSecurityToken', { message: 'The security token you provided was revoked.' });
  }
  return {
    kind,
    accessKeyId,
    accountId,
    principal,
    identityPolicies: policies,
    sessionPolicy,
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  };
}

function unknownAccessKey(accessKeyId: string): OssError {
  return new OssError('InvalidAccessKeyId', { details: { OSSAccessKeyId: accessKeyId } });
}
