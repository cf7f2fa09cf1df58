/**
 * What went wrong between us and a service of the S3 protocol, and what that means to the store. Nothing here holds a
 * key: messages name the action, the place, the status, the code and the service's own message.
 */
import { EngineFailure, type EngineFailureReason } from '../../contract/engine-failure.js';

type Unavailable = Extract<EngineFailureReason, { kind: 'unavailable' }>['because'];

/** What is known of a failed request. */
export interface S3FailureFacts {
  /** Undefined: there was no answer. */
  readonly status?: number;
  /** As the service has it, such as `SlowDown`. */
  readonly code?: string;
  /** How long the service wants to be left alone. */
  readonly retryAfterMs?: number;
  /** What the clock of the service said, in milliseconds since 1970. */
  readonly serverTimeMs?: number;
  readonly cause?: unknown;
}

/** A request that did not succeed. */
export class S3Failure extends Error {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly serverTimeMs: number | undefined;

  constructor(message: string, { status, code, retryAfterMs, serverTimeMs, cause }: S3FailureFacts) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'S3Failure';
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.serverTimeMs = serverTimeMs;
  }

  /** Whether the same request may succeed when it is sent again. */
  get isTemporary(): boolean {
    const { status, code } = this;
    if (isFull(status, code)) return false;
    if (status === undefined || status === 408 || status === 429 || (status >= 500 && status !== 501)) return true;
    return code !== undefined && TEMPORARY_CODES.has(code);
  }

  /** Whether the service does not know the keys, or no longer. */
  get refusesKeys(): boolean {
    return this.code !== undefined && KEY_CODES.has(this.code);
  }
}

/** Of answers with status 400 or 409. */
const TEMPORARY_CODES: ReadonlySet<string> = new Set([
  'RequestTimeout',
  'OperationAborted',
  'ConditionalRequestConflict',
]);
const KEY_CODES: ReadonlySet<string> = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'TokenRefreshRequired',
]);
/** What services say when there is no room, beside status 507: Ceph, MinIO and others. */
const FULL_CODES: ReadonlySet<string> = new Set([
  'QuotaExceeded',
  'XMinioStorageFull',
  'XMinioAdminBucketQuotaExceeded',
  'InsufficientCapacity',
  'InsufficientStorage',
  'NoSpaceLeft',
]);

function isFull(status: number | undefined, code: string | undefined): boolean {
  return status === 507 || (code !== undefined && FULL_CODES.has(code));
}

/** @returns The failure to throw; one that is an `EngineFailure` already, or a mistake of the caller, stays. */
export function s3ToEngineFailure(error: unknown): unknown {
  if (!(error instanceof S3Failure)) return error;
  return new EngineFailure({ kind: 'unavailable', because: unavailableBecause(error) }, error);
}

function unavailableBecause(failure: S3Failure): Unavailable {
  const { status, code } = failure;
  if (isFull(status, code)) return 'disk-full';
  if (failure.isTemporary) return 'unreachable';
  if (status === 401 || status === 403 || code === 'NoSuchBucket') return 'refused';
  if (code !== undefined && REFUSED_CODES.has(code)) return 'refused';
  return 'input-output';
}

/** Of answers that are neither 401 nor 403: the wrong region, or keys that some services call a bad request. */
const REFUSED_CODES: ReadonlySet<string> = new Set([
  'AuthorizationHeaderMalformed',
  'ExpiredToken',
  'InvalidToken',
  'PermanentRedirect',
  'TemporaryRedirect',
  'InvalidBucketName',
]);
