/**
 * Finds out who sent a request in the STS dialect: key or token, signature, time, and that it has not been sent before.
 * Leaves out what the caller may do.
 */
import { timingSafeEqual } from 'node:crypto';
import { OssError } from '@annals/protocol';
import type { AccountDirectory } from '../accounts/account-directory.js';
import type { MasterKeyRing } from '../accounts/master-key.js';
import type { SessionLineage } from '../accounts/revocations.js';
import type { Policy } from '../policy/policy.js';
import type { SignedPrincipal } from '../policy/principal.js';
import type { CallMemory } from './call-memory.js';
import type { StsAuthentication } from './rpc-signature.js';
import { openSecurityToken, TEMPORARY_ACCESS_KEY_PREFIX } from './security-token.js';
import { StsError } from './sts-error.js';

/** The signer. */
export interface StsCaller {
  readonly accessKeyId: string;
  readonly principal: SignedPrincipal;
  /** Of a temporary key that has one. */
  readonly sessionPolicy: Policy | undefined;
  /** Of a temporary key. */
  readonly lineage: SessionLineage | undefined;
}

/** What finding out takes. */
export interface StsCallerServices {
  readonly accounts: Pick<AccountDirectory, 'find' | 'identityOf' | 'isRevoked'>;
  readonly keys: MasterKeyRing;
  readonly calls: CallMemory;
  readonly clockSkewMsMax: number;
}

/**
 * Authenticates.
 * @throws {StsError} Unknown or inactive key, wrong token or signature, skewed time, nonce used before, too many calls.
 */
export async function authenticateStsCaller(
  authentication: StsAuthentication,
  nowMs: number,
  services: StsCallerServices,
): Promise<StsCaller> {
  if (Math.abs(nowMs - authentication.signedAtMs) > services.clockSkewMsMax)
    throw new StsError('InvalidTimeStamp.Expired');
  const { secret, ...caller } = await findKey(authentication, nowMs, services);
  if (!isSame(authentication.signature, authentication.expect(secret))) throw new StsError('SignatureDoesNotMatch');
  // Only now: strangers could fill the memory otherwise, and use up nonces of others.
  await services.calls.note(authentication.accessKeyId, authentication.nonce, nowMs);
  const { status } = await services.accounts.identityOf(caller.principal);
  if (status === 'inactive') throw new StsError('InvalidAccessKeyId.Inactive');
  if (status === 'gone') throw new StsError('InvalidAccessKeyId.NotFound');
  if (caller.lineage !== undefined && (await services.accounts.isRevoked(caller.lineage))) {
    throw new StsError('InvalidSecurityToken.Expired', { message: 'The security token was revoked.' });
  }
  return caller;
}

async function findKey(
  { accessKeyId, securityToken }: StsAuthentication,
  nowMs: number,
  { accounts, keys }: StsCallerServices,
): Promise<StsCaller & { readonly secret: string }> {
  if (securityToken !== undefined && securityToken !== '') {
    try {
      const opened = openSecurityToken(securityToken, accessKeyId, { keys, nowMs });
      const { secret, principal, sessionPolicy, lineage } = opened;
      return { accessKeyId, secret, principal, sessionPolicy, lineage };
    } catch (error) {
      throw toStsError(error);
    }
  }
  if (accessKeyId.startsWith(TEMPORARY_ACCESS_KEY_PREFIX)) throw new StsError('MissingSecurityToken');
  const found = await accounts.find(accessKeyId);
  if (found === undefined) throw new StsError('InvalidAccessKeyId.NotFound');
  if (found.status === 'inactive') throw new StsError('InvalidAccessKeyId.Inactive');
  const { secret, principal } = found;
  return { accessKeyId, secret, principal, sessionPolicy: undefined, lineage: undefined };
}

function toStsError(error: unknown): unknown {
  if (!(error instanceof OssError)) return error;
  if (error.code === 'SecurityTokenExpired') return new StsError('InvalidSecurityToken.Expired');
  if (error.code === 'AccessKeyIdAndSecurityTokenNotMatch') {
    return new StsError('InvalidSecurityToken.MismatchWithAccessKey');
  }
  return new StsError('InvalidSecurityToken.Malformed');
}

function isSame(left: string, right: string): boolean {
  const [leftBytes, rightBytes] = [Buffer.from(left), Buffer.from(right)];
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}
