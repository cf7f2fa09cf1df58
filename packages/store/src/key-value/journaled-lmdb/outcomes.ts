/**
 * What may become of a commit, as numbers, so that the outcomes of a batch are one array; and what errors mean for
 * them.
 */
import { constants } from 'node:os';
import { EngineFailure } from '../../contract/engine-failure.js';
import { type KeyRange, TreeDamage } from './tree/tree-damage.js';

/** A version of a committed commit, or one of the codes below. */
export type EncodedOutcome = number;

/** A row was not as the commit expected; nothing was written. */
export const OUTCOME_CHECK_FAILED = 0;
/** The disk had no room; nothing was written. */
export const OUTCOME_DISK_FULL = -1;
/** The file system takes no writes; nothing was written. */
export const OUTCOME_READ_ONLY = -2;
/** A sync failed before; the engine acknowledges nothing until it is opened again. */
export const OUTCOME_POISONED = -3;
/** The system refused a read or a write. */
export const OUTCOME_INPUT_OUTPUT = -4;
/** A row that decides over the commit, or stands where it writes, cannot be proven. */
const OUTCOME_CORRUPT = -6;
/** A sum met a value that is no counter. */
export const OUTCOME_NOT_A_COUNTER = -5;

const { ENOSPC, EDQUOT, EFBIG, EROFS, EMFILE, ENFILE } = constants.errno;
const LMDB_MAP_FULL = -30792;
const LMDB_TRANSACTION_FULL = -30788;

const DISK_FULL_CODES: ReadonlySet<unknown> = new Set([
  ENOSPC,
  EDQUOT,
  EFBIG,
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  LMDB_MAP_FULL,
  LMDB_TRANSACTION_FULL,
]);
/** A file could not be opened: nothing was tried. */
const DESCRIPTOR_CODES: ReadonlySet<unknown> = new Set([EMFILE, ENFILE, 'EMFILE', 'ENFILE']);
const READ_ONLY_CODES: ReadonlySet<unknown> = new Set([EROFS, 'EROFS', 'EACCES']);

/** What an operator should do about a refused commit. */
const WRITES_REFUSED =
  'Writes to these keys are refused until the server was stopped and "annals fsck --repair" has put all rows that can be proven into a new file';

/**
 * @param error With a `code`: an errno as number or name, or one of LMDB's own negative codes.
 * @param otherwise The outcome of an error that says neither "full" nor "read-only".
 */
export function outcomeOfError(error: unknown, otherwise: EncodedOutcome): EncodedOutcome {
  if (error instanceof TreeDamage) return OUTCOME_CORRUPT;
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  if (DISK_FULL_CODES.has(code)) return OUTCOME_DISK_FULL;
  return READ_ONLY_CODES.has(code) ? OUTCOME_READ_ONLY : otherwise;
}

/**
 * Whether what failed may succeed later without a restart: the disk is full or read-only, or too many files are open,
 * and nothing is half done.
 * @param error As for `outcomeOfError`.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof Error && DESCRIPTOR_CODES.has((error as Error & { code?: unknown }).code)) return true;
  const outcome = outcomeOfError(error, OUTCOME_POISONED);
  return outcome === OUTCOME_DISK_FULL || outcome === OUTCOME_READ_ONLY;
}

/**
 * @returns The error to reject a commit with.
 * @param cause What lies underneath, for the log.
 * @param keyRange The keys that are hit, of `OUTCOME_CORRUPT`.
 */
export function outcomeToError(outcome: EncodedOutcome, cause: unknown, keyRange?: KeyRange): Error {
  switch (outcome) {
    case OUTCOME_CORRUPT:
      return corruptFailure(`${messageOf(cause)}. ${WRITES_REFUSED}`, keyRange, cause);
    case OUTCOME_NOT_A_COUNTER:
      return new RangeError('Cannot add to a value that is no counter: a counter has 8 bytes');
    case OUTCOME_DISK_FULL:
      return new EngineFailure({ kind: 'unavailable', because: 'disk-full' }, cause);
    case OUTCOME_READ_ONLY:
      return new EngineFailure({ kind: 'unavailable', because: 'read-only' }, cause);
    case OUTCOME_INPUT_OUTPUT:
      return new EngineFailure({ kind: 'unavailable', because: 'input-output' }, cause);
    default:
      return new EngineFailure({ kind: 'unavailable', because: 'poisoned' }, cause);
  }
}

/** @returns What a caller of the store is told of damage. */
export function damageToFailure(damage: TreeDamage): EngineFailure {
  return corruptFailure(damage.message, damage.range, damage);
}

function corruptFailure(detail: string, keyRange: KeyRange | undefined, cause: unknown): EngineFailure {
  return new EngineFailure({ kind: 'corrupt', detail, ...(keyRange !== undefined && { keyRange }) }, cause);
}

/** @returns What an error says, for outcomes and messages that carry text only. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
