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

/** The error's message, and on a line of its own the reason of a denial or what helps. */
export function describeClientError(error: AnnalsError): string {
  const hint = isServiceError(error) ? hintOf(error) : undefined;
  return hint === undefined ? describeRefusal(error) : `${error.message}\n  ${hint}`;
}

/** The error's message, and on a line of its own the reason of a denial. */
export function describeRefusal(error: AnnalsError): string {
  const reason = isServiceError(error) ? denialReason(error.details) : undefined;
  return reason === undefined ? error.message : `${error.message}\n  ${reason}`;
}

/** What the server's answer says besides its words. */
export function serviceFacts(error: AnnalsError): { readonly status?: number; readonly requestId?: string } {
  if (!isServiceError(error)) return {};
  const { status, requestId } = error;
  return { status, ...(requestId !== undefined && { requestId }) };
}

/** What to try next. */
function hintOf({ code, details }: OssServiceError): string | undefined {
  if (code === 'NoSuchBucket') {
    return `"annals mb oss://${details.BucketName ?? 'BUCKET'}" makes it; "annals ls" lists the buckets of this server`;
  }
  if (code === 'ObjectNotAppendable') {
    return '"annals convert --to appendable" changes that on an annals server; elsewhere choose another key';
  }
  return code === 'SignatureDoesNotMatch' || code === 'InvalidAccessKeyId'
    ? '"annals config show" says which key is used and where it comes from'
    : undefined;
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
  if (isServiceError(error)) return exitCodeOfStatus(error.status);
  if (error.code === 'NetworkFailed' || error.code === 'TimedOut') return EXIT_CODES.unreachable;
  return error.code === 'CredentialsMissing' ? EXIT_CODES.usage : EXIT_CODES.failed;
}

/** The exit code of a refusal. @param status Of the answer. */
export function exitCodeOfStatus(status: number): number {
  if (status === 404) return EXIT_CODES.notFound;
  if (status === 401 || status === 403) return EXIT_CODES.denied;
  // 501 is a refusal: the server does not know the call.
  return status >= 500 && status !== 501 ? EXIT_CODES.unreachable : EXIT_CODES.failed;
}
