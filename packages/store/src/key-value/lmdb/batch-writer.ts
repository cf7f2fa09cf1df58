/**
 * Applies batches of commits, each batch in one write transaction that is durable when it returns, and decides what a failure
 * means. Runs on the write thread. Knows no thread and no LMDB: the database stands behind a narrow interface, where tests inject faults.
 */
import { addToCounter } from '../commit-rules.js';
import { type EncodedCommit, VERSION_LENGTH_BYTES } from './batch-encoding.js';

/** Inside one write transaction. */
export interface WriteTransaction {
  /** Grows with every transaction that changed something, over all processes and restarts. */
  readonly id: number;
  /** @returns The stored value with its version in front, valid until the next call; `undefined` when the key is absent. */
  get(key: Uint8Array): Uint8Array | undefined;
  put(key: Uint8Array, storedValue: Uint8Array): void;
  delete(key: Uint8Array): void;
}

export interface WriteDatabase {
  /**
   * Runs `body` in a write transaction. When it returns, everything is synced. When it throws, nothing is visible.
   * @throws Errors with a numeric `code`: an errno, or one of LMDB's own negative codes.
   */
  transaction(body: (transaction: WriteTransaction) => void): void;
  /** Tries to write that many bytes beside the data. @throws {Error} When they do not fit (or cannot be written at all). */
  probeSpace(lengthBytes: number): void;
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

const PAGE_LENGTH_BYTES = 4096;
/** Pages one changed key rewrites at most: a path through a tree of five levels, and its share of the list of free pages. */
const PAGES_PER_KEY_MAX = 6;

const ERRNO_IO = 5;
const ERRNO_FILE_TOO_BIG = 27;
const ERRNO_NO_SPACE = 28;
const ERRNO_READ_ONLY = 30;
const ERRNO_QUOTA = 122;
const LMDB_MAP_FULL = -30792;
const LMDB_TRANSACTION_FULL = -30788;

/** Thrown out of a transaction's body: the failure came before anything was written to the file. */
class BodyFailure extends Error {}

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
      const outcome = this.#outcomeOf(error, commits);
      const cause = messageOf(error);
      if (outcome === OUTCOME_POISONED) this.#poisonedBy = cause;
      outcomes.fill(outcome);
      return cause;
    }
  }

  #outcomeOf(error: unknown, commits: readonly EncodedCommit[]): EncodedOutcome {
    const isBodyFailure = error instanceof BodyFailure;
    switch (codeOf(isBodyFailure ? error.cause : error)) {
      case ERRNO_NO_SPACE:
      case ERRNO_FILE_TOO_BIG:
      case ERRNO_QUOTA:
      case LMDB_MAP_FULL:
      case LMDB_TRANSACTION_FULL:
        return OUTCOME_DISK_FULL;
      case ERRNO_READ_ONLY:
        return OUTCOME_READ_ONLY;
      case ERRNO_IO:
        // LMDB reports a short write, which is how a full disk first shows, with the code of a broken disk.
        return !isBodyFailure && this.#isDiskFull(commits) ? OUTCOME_DISK_FULL : OUTCOME_POISONED;
      default:
        // Before the first write to the file nothing can be half done; after it, nothing is known.
        return isBodyFailure ? OUTCOME_INPUT_OUTPUT : OUTCOME_POISONED;
    }
  }

  #isDiskFull(commits: readonly EncodedCommit[]): boolean {
    let lengthBytes = 16 * PAGE_LENGTH_BYTES;
    for (const { puts, deletes, sums, lengthBytes: length } of commits) {
      lengthBytes += length + (puts.length + deletes.length + sums.length) * PAGES_PER_KEY_MAX * PAGE_LENGTH_BYTES;
    }
    try {
      this.#database.probeSpace(lengthBytes);
      return false;
    } catch {
      return true;
    }
  }
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

function codeOf(error: unknown): number | undefined {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === 'number' ? code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
