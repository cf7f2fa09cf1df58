/**
 * What a failed command writes on standard error: a message for people, or with `--json` one JSON object. Leaves out
 * what failed, and the messages of commander, which writes its own.
 */
import { CommandFailure, describeError, EXIT_CODES } from './command-failure.js';
import { describeClientError, exitCodeOf, isClientError, serviceFacts } from './describe-client-error.js';
import { knownFileReason } from './describe-file-error.js';

/** A failure as programs read it. */
export interface FailureFacts {
  /** Of the server (`NoSuchKey`) or of the client (`NetworkFailed`). */
  readonly code?: string;
  readonly message: string;
  readonly exitCode: number;
  /** HTTP status. */
  readonly status?: number;
  readonly requestId?: string;
}

/** Whether a command line asks for JSON. @param words What stands behind `annals`. */
export function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end === -1 ? undefined : end).includes('--json');
}

/** What is known of something thrown; a fault of the program has no words for people and exit code 70. */
export function failureFacts(error: unknown): FailureFacts {
  if (isClientError(error)) {
    const facts = { code: error.code, message: describeClientError(error), exitCode: exitCodeOf(error) };
    return { ...facts, ...serviceFacts(error) };
  }
  if (error instanceof CommandFailure) {
    const { code, message, exitCode } = error;
    return { ...(code !== undefined && { code }), message, exitCode };
  }
  const reason = systemReason(error);
  if (reason !== undefined) return { message: reason, exitCode: EXIT_CODES.failed };
  const stack = error instanceof Error ? error.stack : undefined;
  return { message: `internal error: ${stack ?? describeError(error)}`, exitCode: EXIT_CODES.internal };
}

/** What the operating system says of a file, with its path; `undefined` for other errors. */
function systemReason(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error)) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  const reason = knownFileReason(error) ?? (path === undefined ? undefined : error.message);
  if (reason === undefined) return undefined;
  return `Cannot use ${path === undefined ? 'a file' : JSON.stringify(path)}: ${reason}`;
}

/** Writes a failure to standard error, in the form that the command was asked for. */
export function writeFailure(facts: FailureFacts, isJson: boolean): void {
  process.stderr.write(isJson ? `${JSON.stringify({ error: facts })}\n` : `annals: ${facts.message}\n`);
}
