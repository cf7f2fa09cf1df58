/**
 * What a failed call means to people and to scripts: its words and its exit code. Works on errors of `@annals/client`
 * without loading it, because some commands never do.
 */
import type { AnnalsError, OssServiceError } from '@annals/client';
import { EXIT_CODES } from './command-failure.js';

/** Whether something thrown is a failed call of the client. */
export function isClientError(error: unknown): error is AnnalsError {
  return error instanceof Error && (error.name === 'AnnalsError' || error.name === 'OssServiceError');
}

function isServiceError(error: AnnalsError): error is OssServiceError {
  return error.name === 'OssServiceError';
}

/** The error's message, and for a denial what the server says about its reason. */
export function describeClientError(error: AnnalsError): string {
  if (!isServiceError(error)) return error.message;
  const reason = denialReason(error.details);
  return reason === undefined ? error.message : `${error.message}\n  ${reason}`;
}

/** What `AccessDeniedDetail` says in one sentence; `undefined` where a server does not say it. */
function denialReason(details: Readonly<Record<string, string>>): string | undefined {
  const detail = (name: string): string | undefined => details[`AccessDeniedDetail.${name}`];
  const action = detail('AuthAction');
  if (action === undefined) return undefined;
  const who = [detail('AuthPrincipalType'), detail('AuthPrincipalDisplayName')].filter((part) => part !== undefined);
  const kind = detail('NoPermissionType');
  const why = kind === 'ExplicitDeny' ? 'a policy denies it' : 'no policy allows it';
  const policy = detail('PolicyType');
  return `Reason: ${action} as ${who.join(' ') || 'this caller'}: ${why}${policy === undefined ? '' : ` (${policy})`}`;
}

/** The exit code of a failed call. */
export function exitCodeOf(error: AnnalsError): number {
  if (error.code === 'InvalidInput') return EXIT_CODES.usage;
  if (isServiceError(error)) {
    if (error.status === 404) return EXIT_CODES.notFound;
    if (error.status === 401 || error.status === 403) return EXIT_CODES.denied;
    return error.status >= 500 ? EXIT_CODES.unreachable : EXIT_CODES.failed;
  }
  if (error.code === 'NetworkFailed' || error.code === 'TimedOut') return EXIT_CODES.unreachable;
  return error.code === 'CredentialsMissing' ? EXIT_CODES.usage : EXIT_CODES.failed;
}
