/**
 * How a command ends when it cannot do what was asked. Leaves out what went wrong on the wire (`AnnalsError` of the
 * client).
 */

/** Exit codes of `annals`. */
export const EXIT_CODES = {
  /** What was asked could not be done. */
  failed: 1,
  /** The arguments or the configuration cannot be used. */
  usage: 2,
  /** There is no such bucket, object or version. */
  notFound: 3,
  /** The server does not know the key, or the key may not do it. */
  denied: 4,
  /** No server answers, or the server itself fails. */
  unreachable: 5,
  /** A fault of the program itself (`EX_SOFTWARE` of sysexits). */
  internal: 70,
} as const;

/** A failure with nothing more to say than its message, which stands on standard error after `annals: `. */
export class CommandFailure extends Error {
  readonly exitCode: number;
  /** The server's code, where a server refused. */
  readonly code: string | undefined;

  constructor(
    message: string,
    options: { readonly exitCode?: number; readonly code?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CommandFailure';
    this.exitCode = options.exitCode ?? EXIT_CODES.failed;
    this.code = options.code;
  }
}

/** The message of anything thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of a system error such as `EADDRINUSE`; `undefined` for everything else. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
