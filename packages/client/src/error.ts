/**
 * The errors this SDK throws. Each says what was tried, what happened, and whether the call took effect on the server.
 * Leaves out retrying (`connection/connection.ts`, `append-writer/`).
 */
import type { ErrorCode } from '@annals/protocol';

/**
 * Whether a failed call took effect. `unknown`: the connection broke, or the server failed, after bytes of a changing
 * call had been sent; ask the server (HEAD) before repeating it. Calls that only read are always `not-applied`.
 */
export type Outcome = 'not-applied' | 'applied' | 'unknown';

/** What can go wrong on our side of the wire. */
export type ClientErrorCode =
  /** The arguments cannot be sent. */
  | 'InvalidInput'
  /** No connection, or it broke. */
  | 'NetworkFailed'
  /** The other side was silent for longer than `timeoutMs`. */
  | 'TimedOut'
  /** There are no credentials, or they could not be fetched. */
  | 'CredentialsMissing'
  /** The caller's signal fired. */
  | 'Aborted'
  /** The caller's body threw or had another length than announced. */
  | 'SourceFailed'
  /** The answer lacks what the protocol promises. */
  | 'InvalidResponse'
  /** The bytes arrived differently from what was sent, or were sent differently from what is stored. */
  | 'ChecksumMismatch'
  /** Another writer changed the object that an append stream or writer was writing. */
  | 'PositionTaken'
  /** A followed object is shorter than what was read of it, or one that is downloaded was changed meanwhile. */
  | 'ObjectReplaced'
  /** A followed line is too long, or not JSON. */
  | 'InvalidLine'
  /** The server does not know an extension that was asked for. */
  | 'ExtensionMissing'
  /** A spool's bytes are not what was written. */
  | 'SpoolDamaged'
  /** Another download writes the file. */
  | 'FileInUse'
  /** Another process uses the spool. */
  | 'SpoolInUse'
  /** The spool could not be written. */
  | 'SpoolFailed';

/**
 * A call that failed. `OssServiceError` when a server answered with an error; this class itself for everything else.
 */
export class AnnalsError extends Error {
  /** A `ClientErrorCode`, or the server's code. */
  readonly code: ClientErrorCode | ErrorCode | (string & {});
  readonly outcome: Outcome;

  constructor(
    code: ClientErrorCode | ErrorCode | (string & {}),
    message: string,
    options: { readonly outcome: Outcome; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AnnalsError';
    this.code = code;
    this.outcome = options.outcome;
  }

  /** The same failure with another outcome: of several attempts, an earlier one may have taken effect. */
  withOutcome(outcome: Outcome): AnnalsError {
    return new AnnalsError(this.code, this.message, { outcome, cause: this });
  }
}

/** What a server's error answer said. */
export interface ServiceErrorDetails {
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** The server's own words. */
  readonly serviceMessage: string;
  readonly requestId: string | undefined;
  /** Detailed error code `NNNN-NNNNNNNN`. */
  readonly ec: string | undefined;
  /** The object's true length in bytes, on a refused append. */
  readonly nextPosition: number | undefined;
  /** CRC-64 of the whole object, on a refused append. */
  readonly crc64: bigint | undefined;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The server's clock, in milliseconds since 1970. */
  readonly serverTimeMs: number | undefined;
  /** Further elements of the error's document, such as `AccessDeniedDetail.AuthAction`. */
  readonly details: Readonly<Record<string, string>>;
}

/** The server answered with an error. */
export class OssServiceError extends AnnalsError implements ServiceErrorDetails {
  readonly status: number;
  readonly serviceMessage: string;
  readonly requestId: string | undefined;
  readonly ec: string | undefined;
  readonly nextPosition: number | undefined;
  readonly crc64: bigint | undefined;
  readonly retryAfterMs: number | undefined;
  readonly serverTimeMs: number | undefined;
  /** Further elements of the error's document: of a denial who asked for what, and which policy decided. */
  readonly details: Readonly<Record<string, string>>;
  readonly #action: string;

  /** @param action What was tried, to complete "Cannot ...". */
  constructor(action: string, details: ServiceErrorDetails, outcome: Outcome) {
    const position = details.nextPosition === undefined ? '' : ` (next position is ${details.nextPosition})`;
    const request = details.requestId === undefined ? '' : `, request ${details.requestId}`;
    super(
      details.code,
      `Cannot ${action}: ${details.code}, ${details.serviceMessage}${position} (status ${details.status}${request})`,
      { outcome },
    );
    this.name = 'OssServiceError';
    this.status = details.status;
    this.serviceMessage = details.serviceMessage;
    this.requestId = details.requestId;
    this.ec = details.ec;
    this.nextPosition = details.nextPosition;
    this.crc64 = details.crc64;
    this.retryAfterMs = details.retryAfterMs;
    this.serverTimeMs = details.serverTimeMs;
    this.details = details.details;
    this.#action = action;
  }
  override withOutcome(outcome: Outcome): OssServiceError {
    return new OssServiceError(this.#action, this, outcome);
  }
}
