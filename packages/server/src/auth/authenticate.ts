/**
 * Finds out who sent a request and which bucket and key it means. Looks at nothing but the request and the access keys,
 * so a wrong signature learns nothing about what is stored. Leaves out what the caller may do (`authorize.ts`).
 */
import {
  checkAdditionalHeaders,
  checkScope,
  checkTimes,
  type RequestTarget,
  type ResourceAddress,
  readAuthentication,
  type SignableRequest,
  verifySignature,
} from '@annals/protocol';
import type { Caller } from '../request/caller.js';
import type { ServerSettings } from '../settings.js';
import {
  type AccessKey,
  type AccessKeyDirectory,
  ANONYMOUS,
  admitCaller,
  findAccessKey,
} from './access-key-directory.js';

/** Of a request, what its signature covers, and when it came. */
export interface AuthenticableRequest {
  readonly method: string;
  /** One character per byte. */
  readonly wireHeaders: ReadonlyMap<string, string>;
  readonly receivedAtMs: number;
}

/** The sender of a request, and what it addresses. */
export interface AuthenticatedSender {
  readonly caller: Caller;
  /** The reading of the target that was signed; for anonymous requests the likeliest. */
  readonly address: ResourceAddress;
}

/**
 * Authenticates a request.
 * @returns At once where nothing has to be read, as for the root key.
 * @throws {OssError} `InvalidArgument`, `AccessDenied` or `RequestTimeTooSkewed` for malformed, expired or skewed
 *   authentication, `SignatureDoesNotMatch`, and what `findAccessKey` and `admitCaller` throw.
 */
export function authenticate(
  { method, wireHeaders, receivedAtMs }: AuthenticableRequest,
  { query, candidates }: RequestTarget,
  directory: AccessKeyDirectory,
  settings: Pick<ServerSettings, 'region' | 'limits'>,
): AuthenticatedSender | Promise<AuthenticatedSender> {
  const signable: SignableRequest = { method, query, headers: wireHeaders };
  const authentication = readAuthentication(signable);
  if (authentication.kind === 'anonymous') return { caller: ANONYMOUS, address: candidates[0] };
  const { region, limits } = settings;
  checkTimes(authentication, { nowMs: receivedAtMs, skewMsMax: limits.clockSkewMsMax });
  checkScope(authentication, region === undefined ? {} : { region });
  checkAdditionalHeaders(authentication, wireHeaders);
  const prove = (key: AccessKey): AuthenticatedSender | Promise<AuthenticatedSender> => {
    const address = verifySignature(authentication, signable, candidates, key.secret);
    const caller = admitCaller(key, directory);
    return caller instanceof Promise ? caller.then((admitted) => ({ caller: admitted, address })) : { caller, address };
  };
  const key = findAccessKey(authentication, directory, receivedAtMs);
  return key instanceof Promise ? key.then(prove) : prove(key);
}
