/** What an error of the file system means to the store. */
import { EngineFailure, type EngineFailureReason } from '../contract/engine-failure.js';

type Unavailable = Extract<EngineFailureReason, { kind: 'unavailable' }>['because'];

/** @returns The failure to throw; one that already is a `EngineFailure` stays what it is. */
export function toEngineFailure(error: unknown): EngineFailure {
  if (error instanceof EngineFailure) return error;
  return new EngineFailure({ kind: 'unavailable', because: unavailableBecause(error) }, error);
}

/** @returns Whether the error says that there is no room, which passes, rather than that the disk is broken. */
export function isDiskFull(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
}

/**
 * @returns Whether the error says that the process, or the system, has too many files open, which passes: nothing was
 * tried.
 */
export function isOutOfDescriptors(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'EMFILE' || code === 'ENFILE';
}

/** @returns Whether the error says that the file system takes no writes. */
export function isReadOnly(error: unknown): boolean {
  return codeOf(error) === 'EROFS';
}

/** @returns Whether the error says that there is no such file, which for a delete is as good as done. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

function unavailableBecause(error: unknown): Unavailable {
  if (isDiskFull(error)) return 'disk-full';
  if (isOutOfDescriptors(error)) return 'too-many-files';
  return isReadOnly(error) ? 'read-only' : 'input-output';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
