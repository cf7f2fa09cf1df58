/**
 * Commits that wait while others are written, and go together then: one sync for all of them. Each is decided after
 * those before it. Leaves out how an engine decides and writes a batch.
 */
import { EngineFailure } from '@annals/store';

/**
 * @typedef {object} Waiting
 * @property {import('@annals/store').KeyValueCommit} commit
 * @property {readonly string[]} written keys it writes, as text
 * @property {(outcome: import('@annals/store').KeyValueCommitOutcome) => void} resolve
 * @property {(error: unknown) => void} reject
 */

/** The most commits of one batch: bounds what a batch holds in memory. */
const BATCH_LENGTH_MAX = 256;

/** A queue in front of an engine that writes batches. */
export class WaitingCommits {
  /** @type {Waiting[]} */
  #waiting = [];
  /** @type {Promise<void> | undefined} */
  #writing;
  /** @type {EngineFailure | undefined} */
  #poison;
  #writeBatch;

  /**
   * @param {(batch: readonly Waiting[]) => Promise<void> | void} writeBatch settles every commit of the batch, or
   * throws what ends the engine's writing
   */
  constructor(writeBatch) {
    this.#writeBatch = writeBatch;
  }

  /**
   * @param {import('@annals/store').KeyValueCommit} commit
   * @param {readonly string[]} written
   * @returns {Promise<import('@annals/store').KeyValueCommitOutcome>}
   */
  add(commit, written) {
    if (this.#poison !== undefined) return Promise.reject(this.#poison);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ commit, written, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  /** Waits until nothing is under way. */
  async settle() {
    await this.#writing;
  }

  async #write() {
    // Those of the same turn of the event loop share the first batch.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_LENGTH_MAX);
      try {
        await this.#writeBatch(batch);
      } catch (cause) {
        const failure = failureOf(cause);
        // Whether the bytes of a failed sync are on the disk is not known; a full disk is.
        if (failure.reason.kind === 'unavailable' && failure.reason.because === 'poisoned') this.#poison = failure;
        for (const { reject } of batch) reject(failure);
        if (this.#poison !== undefined) for (const { reject } of this.#waiting.splice(0)) reject(failure);
      }
      // A writer that was just answered may commit again before the next batch is cut.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    this.#writing = undefined;
  }
}

/** @param {unknown} cause what the library threw @returns {EngineFailure} */
function failureOf(cause) {
  const {
    code = '',
    errcode = 0,
    message = '',
  } = /** @type {{ code?: string, errcode?: number, message?: string }} */ (cause);
  const isFull = code === 'SQLITE_FULL' || errcode === 13 || /No space left/.test(message);
  const isReadOnly = code === 'SQLITE_READONLY' || errcode === 8 || /Read-only file system/.test(message);
  return new EngineFailure(
    { kind: 'unavailable', because: isFull ? 'disk-full' : isReadOnly ? 'read-only' : 'poisoned' },
    cause,
  );
}
