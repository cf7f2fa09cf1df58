/**
 * Applies batches of commits, each batch in one write transaction that is durable when it returns, and decides what a failure
 * means. Runs on the write thread. Knows no thread and no LMDB: the database stands behind a narrow interface, where tests inject faults.
 */
import { constants } from 'node:os';
import { addToCounter } from '../commit-rules.js';
import { type EncodedCommit, VERSION_LENGTH_BYTES } from './batch-encoding.js';
import type { PlannedChange } from './space-reserve.js';

/** Inside one write transaction. */
export interface WriteTransaction {
  /** Grows with every transaction that changed something, over all processes and restarts. 0: it did not begin. */
  readonly id: number;
  /** @throws {Error} There may not be room for the change, or none may be made: the transaction is to be given up. */
  reserve(change: PlannedChange): void;
  /** @returns The stored value with its version in front, valid until the next call; `undefined` when the key is absent. */
  get(key: Uint8Array): Uint8Array | undefined;
  put(key: Uint8Array, storedValue: Uint8Array): void;
  delete(key: Uint8Array): void;
}

/** What batches are written to: LMDB in the write thread, and in tests whatever fails as they like. */
export interface WriteDatabase {
  /**
   * Runs `body` in a write transaction. When it returns, everything is synced. When it throws, nothing is visible.
   * @throws {Error} With a `code`: an errno as number or name, or one of LMDB's own negative codes.
   */
  transaction(body: (transaction: WriteTransaction) => void): void;
}

/** A version of a committed commit, or one of the negative codes below. Numbers, so that a batch of outcomes is one array. */
export type EncodedOutcome = number;

export const OUTCOME_CHECK_FAILED = 0;
export const OUTCOME_DISK_FULL = -1;
export const OUTCOME_READ_ONLY = -2;
export const OUTCOME_POISONED = -3;
export const OUTCOME_INPUT_OUTPUT = -4;
/** A sum met a value that is no counter. */
export const OUTCOME_NOT_A_COUNTER = -5;

/** What became of a batch: one outcome for each commit, in their order. */
export interface BatchResult {
  readonly outcomes: Float64Array;
  /** What went wrong underneath, for the log; the first failure of the batch. */
  readonly cause?: string;
}

/**
 * Commits in one transaction at most: a version is the transaction's id times this, plus the place of the commit in the batch.
 * A transaction id may so grow to 2^43: at 1,000 transactions a second, for 278 years.
 */
export const BATCH_COMMIT_COUNT_MAX = 1024;

const { ENOSPC, EDQUOT, EFBIG, EROFS } = constants.errno;
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
const READ_ONLY_CODES: ReadonlySet<unknown> = new Set([EROFS, 'EROFS']);

/** Thrown out of a transaction's body: the failure came before anything was written to the file. */
class BodyFailure extends Error {}

/** Writes batches one after the other. After a failure that may have lost a sync it is poisoned: it refuses everything from then on. */
export class BatchWriter {
  readonly #database: WriteDatabase;
  #poisonedBy: string | undefined;

  constructor(database: WriteDatabase) {
    this.#database = database;
  }

  /**
   * Decides and writes the commits in order; each sees the ones before it. When it returns, what is reported as committed is durable.
   * @param commits At most `BATCH_COMMIT_COUNT_MAX`.
   */
  write(commits: readonly EncodedCommit[]): BatchResult {
    const outcomes = new Float64Array(commits.length);
    const cause = this.#writeTogether(commits, outcomes);
    if (cause === undefined) return { outcomes };
    if (commits.length > 1 && this.#poisonedBy === undefined) {
      // One commit too large for the disk must not take the others with it.
      commits.forEach((commit, index) => {
        this.#writeTogether([commit], outcomes.subarray(index, index + 1));
      });
    }
    return { outcomes, cause };
  }

  /** @returns What went wrong, or `undefined`. The outcomes are filled in either case. */
  #writeTogether(commits: readonly EncodedCommit[], outcomes: Float64Array): string | undefined {
    if (this.#poisonedBy !== undefined) {
      outcomes.fill(OUTCOME_POISONED);
      return this.#poisonedBy;
    }
    try {
      this.#database.transaction((transaction) => {
        if (transaction.id === 0) throw new Error('the transaction did not begin');
        try {
          transaction.reserve(plannedChange(commits));
          commits.forEach((commit, index) => {
            const version = transaction.id * BATCH_COMMIT_COUNT_MAX + index;
            outcomes[index] = applyCommit(transaction, commit, version);
          });
        } catch (error) {
          throw new BodyFailure(messageOf(error), { cause: error });
        }
      });
      return undefined;
    } catch (error) {
      const outcome = outcomeOf(error);
      const cause = messageOf(error);
      if (outcome === OUTCOME_POISONED) this.#poisonedBy = cause;
      outcomes.fill(outcome);
      return cause;
    }
  }
}

function outcomeOf(error: unknown): EncodedOutcome {
  const isBodyFailure = error instanceof BodyFailure;
  const code = codeOf(isBodyFailure ? error.cause : error);
  if (DISK_FULL_CODES.has(code)) return OUTCOME_DISK_FULL;
  if (READ_ONLY_CODES.has(code)) return OUTCOME_READ_ONLY;
  // Before the first write to the file nothing can be half done; after it, nothing is known.
  return isBodyFailure ? OUTCOME_INPUT_OUTPUT : OUTCOME_POISONED;
}

function plannedChange(commits: readonly EncodedCommit[]): PlannedChange {
  let keyCount = 0;
  let lengthBytes = 0;
  for (const { puts, deletes, sums, lengthBytes: length } of commits) {
    keyCount += puts.length + deletes.length + sums.length;
    lengthBytes += length;
  }
  return { keyCount, lengthBytes, mayUseReserve: commits.every(({ deletes }) => deletes.length > 0) };
}

function applyCommit(transaction: WriteTransaction, commit: EncodedCommit, version: number): EncodedOutcome {
  for (const check of commit.checks) {
    const stored = transaction.get(check.key);
    if ((stored === undefined ? undefined : readVersion(stored)) !== check.version) return OUTCOME_CHECK_FAILED;
  }
  const sums: { readonly key: Uint8Array; readonly storedValue: Uint8Array }[] = [];
  for (const { key, delta } of commit.sums) {
    const stored = transaction.get(key);
    const counter = addToStored(stored, delta);
    // Refused before the first put: the other commits of this transaction must find nothing of this one.
    if (counter === undefined) return OUTCOME_NOT_A_COUNTER;
    sums.push({ key, storedValue: counter });
  }
  for (const { key, storedValue } of commit.puts) putVersioned(transaction, key, storedValue, version);
  for (const { key, storedValue } of sums) putVersioned(transaction, key, storedValue, version);
  for (const key of commit.deletes) transaction.delete(key);
  return version;
}

function addToStored(stored: Uint8Array | undefined, delta: bigint): Uint8Array | undefined {
  const value = stored?.subarray(VERSION_LENGTH_BYTES);
  if (value !== undefined && value.length !== 8) return undefined;
  const storedValue = new Uint8Array(VERSION_LENGTH_BYTES + 8);
  storedValue.set(addToCounter(value, delta), VERSION_LENGTH_BYTES);
  return storedValue;
}

function putVersioned(transaction: WriteTransaction, key: Uint8Array, storedValue: Uint8Array, version: number): void {
  new DataView(storedValue.buffer, storedValue.byteOffset, VERSION_LENGTH_BYTES).setFloat64(0, version, true);
  transaction.put(key, storedValue);
}

/** @returns The version in front of a stored value. */
export function readVersion(storedValue: Uint8Array): number {
  return new DataView(storedValue.buffer, storedValue.byteOffset, VERSION_LENGTH_BYTES).getFloat64(0, true);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
