/**
 * What an error of the database or of a connection means: for the engine, which may try again, and for its callers, as
 * `EngineFailure`. Leaves out what is done about it.
 */
import { EngineFailure, type EngineFailureReason } from '../../contract/engine-failure.js';
import { MARK_TOO_OLD } from './schema-statements.js';

type Unavailability = Extract<EngineFailureReason, { kind: 'unavailable' }>['because'];

/** The connection ended, or was ended because no answer came: what it was doing may or may not have been done. */
export class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super(`Lost the connection to the database: ${textOf(cause)}`, { cause });
    this.name = 'ConnectionLost';
  }
}

/** No host of the URL can be used. Nothing was done. Its message says why, of each host. */
export class CannotConnect extends Error {
  readonly because: Unavailability;

  constructor(because: Unavailability, message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'CannotConnect';
    this.because = because;
  }
}

/** What to do after an error of a statement. */
export type ErrorMeaning =
  /** Nothing was done, and the same may work at once. */
  | 'again'
  /** Nothing was done, and this host takes no writes (any more). */
  | 'other-host'
  /** The connection is of no use; what was done is not known. */
  | 'lost'
  /** Nothing was done; a part of it may work alone. */
  | 'refused';

const AGAIN = new Set(['40001', '40P01', '55P03', MARK_TOO_OLD]);
const READ_ONLY = '25006';
const DISK_FULL = '53100';
const TOO_MANY_CONNECTIONS = '53300';
const QUERY_CANCELED = '57014';

/** @returns The SQLSTATE of an error that the database reported, or the `code` of any other. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** @returns What an error of a statement means. */
export function meaningOf(error: unknown): ErrorMeaning {
  if (error instanceof ConnectionLost) return 'lost';
  const code = codeOf(error) ?? '';
  if (AGAIN.has(code)) return 'again';
  if (code === READ_ONLY) return 'other-host';
  // 57P01 to 57P05: the server ends the connection. 08...: so does something between.
  if (code.startsWith('57P') || code.startsWith('08')) return 'lost';
  return 'refused';
}

/** @returns Why the engine cannot do something, from an error of a statement or of connecting. */
export function becauseOf(error: unknown): Unavailability {
  if (error instanceof CannotConnect) return error.because;
  switch (codeOf(error)) {
    case DISK_FULL:
      return 'disk-full';
    case READ_ONLY:
      return 'read-only';
    case TOO_MANY_CONNECTIONS:
      return 'too-many-connections';
    case QUERY_CANCELED:
      return 'unreachable';
    default:
      return error instanceof ConnectionLost ? 'unreachable' : 'input-output';
  }
}

/** @returns The failure to reject a call with whose effects did not happen. */
export function toFailure(error: unknown): EngineFailure {
  return error instanceof EngineFailure
    ? error
    : new EngineFailure({ kind: 'unavailable', because: becauseOf(error) }, error);
}

/** @returns What an error says. An error of several addresses has no message of its own. */
export function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(textOf).join('; ');
  return error instanceof Error ? error.message || (codeOf(error) ?? error.name) : String(error);
}
