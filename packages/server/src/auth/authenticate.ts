/**
 * Finds out who sent a request and which bucket and key it means. Looks at nothing but the request and the access keys, so a wrong signature
 * learns nothing about what is stored. Leaves out what the caller may do (`authorize.ts`).
 */
import {
  checkScope,
  checkTimes,
  OssError,
  type RequestTarget,
  type ResourceAddress,
  readAuthentication,
  type SignableRequest,
  verifySignature,
} from '@annals/protocol';
import type { Caller } from '../operations/operation.js';
import type { ServerSettings } from '../settings.js';
import { type AccessKeyDirectory, ANONYMOUS } from './access-key-directory.js';

/** Of a request, what its signature covers, and when it came. */
export interface AuthenticableRequest {
  readonly method: string;
  /** One character per byte. */
  readonly wireHeaders: ReadonlyMap<string, string>;
  readonly receivedAtMs: number;
}

/** Who sent a request, and what it addresses. */
export interface AuthenticatedSender {
  readonly caller: Caller;
  /** The reading of the target that was signed; for anonymous requests the likeliest. */
  readonly address: ResourceAddress;
}

/**
 * Authenticates a request.
 * @throws {OssError} `InvalidArgument`, `AccessDenied` or `RequestTimeTooSkewed` for malformed, expired or skewed authentication,
 *   `InvalidAccessKeyId`, `SignatureDoesNotMatch`, and `InvalidSecurityToken` for a token, which no key of this server has.
 */
export async function authenticate(
  { method, wireHeaders, receivedAtMs }: AuthenticableRequest,
  { query, candidates }: RequestTarget,
  directory: AccessKeyDirectory,
  settings: Pick<ServerSettings, 'region' | 'limits'>,
): Promise<AuthenticatedSender> {
  const signable: SignableRequest = { method, query, headers: wireHeaders };
  const authentication = readAuthentication(signable);
  if (authentication.kind === 'anonymous') return { caller: ANONYMOUS, address: candidates[0] };
  const { region, limits } = settings;
  checkTimes(authentication, { nowMs: receivedAtMs, skewMsMax: limits.clockSkewMsMax });
  checkScope(authentication, region === undefined ? {} : { region });
  const { accessKeyId } = authentication;
  const key = await directory.find(accessKeyId);
  if (key === undefined) throw new OssError('InvalidAccessKeyId', { details: { OSSAccessKeyId: accessKeyId } });
  const address = verifySignature(authentication, signable, candidates, key.secret);
  if (authentication.securityToken) throw new OssError('InvalidSecurityToken');
  return { caller: key.caller, address };
}
