/**
 * The background work of one process: a little of every queue at a time, with a pause between, so that the latency of appends stays
 * flat. Everything it does is safe to stop, repeat and run in several processes at once.
 */

import type { RewrapInput, RewrapProgress } from './rewrap-contents.js';
import type { SweepProgress } from './sweep-garbage.js';
import type { OrphanProgress } from './sweep-orphan-blobs.js';

/** The operations it drives: those of the object store of the same names. */
export interface MaintainedStore {
  compactContent(options: { readonly jobCountMax: number }): Promise<number>;
  sweepGarbage(options: { readonly rowCountMax: number }): Promise<SweepProgress>;
  sweepOrphanBlobs(isStopped: () => boolean): Promise<OrphanProgress>;
  rewrapContents(input: RewrapInput): Promise<RewrapProgress>;
}

/** Calls back once after a delay. @returns A function that cancels it. */
export type Timer = (callback: () => void, delayMs: number) => () => void;

/** The pace of the background work, and who is told of failures. */
export interface MaintenanceOptions {
  /** Between rounds while there is work. Default: 50. */
  readonly pauseMs?: number;
  /** Between rounds while there is none. Default: 1000. */
  readonly idleMs?: number;
  /** Between walks over all blobs, in rounds. Default: 21,600, which is 6 hours of idle rounds. The first walk is in the first round. */
  readonly orphanRoundCount?: number;
  readonly timer?: Timer;
  /**
   * Told at the end of each walk over all data keys, which begins with the first round and again with each walk over all blobs: how many there
   * are, how many were wrapped anew, and how many could not be opened. Default: nobody is told.
   */
  readonly onRewrapped?: (walk: Omit<RewrapProgress, 'next'>) => void;
  /** Told of every failure; the loop goes on. Default: failures are dropped. */
  readonly onFailure?: (error: unknown) => void;
}

/** Work of one round: some milliseconds. */
const JOB_COUNT_MAX = 1;
const ROW_COUNT_MAX = 512;
const DATA_KEY_COUNT_MAX = 256;
const NO_DATA_KEYS = { examinedCount: 0, rewrappedCount: 0, failedCount: 0 };

/** Runs rounds of background work until it is stopped. It may be started again. */
export class MaintenanceLoop {
  readonly #store: MaintainedStore;
  readonly #options: Required<MaintenanceOptions>;
  #isRunning = false;
  #cancel: () => void = () => undefined;
  #round: Promise<void> = Promise.resolve();
  #roundCount = 0;
  /** The walk over data keys that is under way. */
  #walk: (Omit<RewrapProgress, 'next'> & { readonly after: string | undefined }) | undefined;

  constructor(store: MaintainedStore, options: MaintenanceOptions = {}) {
    this.#store = store;
    this.#options = {
      pauseMs: options.pauseMs ?? 50,
      idleMs: options.idleMs ?? 1000,
      orphanRoundCount: options.orphanRoundCount ?? 21_600,
      timer: options.timer ?? systemTimer,
      onFailure: options.onFailure ?? (() => undefined),
      onRewrapped: options.onRewrapped ?? (() => undefined),
    };
  }

  /** Idempotent. */
  start(): void {
    if (!this.#isRunning) {
      this.#isRunning = true;
      this.#schedule(this.#options.pauseMs);
    }
  }

  /** Resolves when nothing runs any more. Idempotent. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#cancel();
    await this.#round;
  }

  #schedule(delayMs: number): void {
    if (this.#isRunning) {
      this.#cancel = this.#options.timer(() => {
        this.#round = this.#runRound();
      }, delayMs);
    }
  }

  async #runRound(): Promise<void> {
    const compacted = await this.#attempt(() => this.#store.compactContent({ jobCountMax: JOB_COUNT_MAX }));
    const swept = await this.#attempt(() => this.#store.sweepGarbage({ rowCountMax: ROW_COUNT_MAX }));
    if (this.#roundCount++ % this.#options.orphanRoundCount === 0) {
      await this.#attempt(() => this.#store.sweepOrphanBlobs(() => !this.#isRunning));
      this.#walk ??= { after: undefined, ...NO_DATA_KEYS };
    }
    const rewrapped = await this.#attempt(() => this.#rewrap());
    const hasMore = (compacted ?? 0) > 0 || swept?.hasMore === true || rewrapped?.hasMore === true;
    this.#schedule(hasMore ? this.#options.pauseMs : this.#options.idleMs);
  }

  /** One step of the walk over data keys; after a failure it goes on where it was. */
  async #rewrap(): Promise<{ readonly hasMore: boolean }> {
    const walk = this.#walk;
    if (walk === undefined) {
      return { hasMore: false };
    }
    const { after } = walk;
    const step = await this.#store.rewrapContents({
      ...(after === undefined ? {} : { after }),
      rowCountMax: DATA_KEY_COUNT_MAX,
    });
    const sum = {
      examinedCount: walk.examinedCount + step.examinedCount,
      rewrappedCount: walk.rewrappedCount + step.rewrappedCount,
      failedCount: walk.failedCount + step.failedCount,
    };
    this.#walk = step.next === undefined ? undefined : { after: step.next, ...sum };
    if (step.next === undefined) {
      this.#options.onRewrapped(sum);
    }
    return { hasMore: step.next !== undefined };
  }

  async #attempt<Result>(step: () => Promise<Result>): Promise<Result | undefined> {
    if (!this.#isRunning) {
      return undefined;
    }
    try {
      return await step();
    } catch (error) {
      this.#options.onFailure(error);
      return undefined;
    }
  }
}

function systemTimer(callback: () => void, delayMs: number): () => void {
  const timeout = setTimeout(callback, delayMs);
  // Waiting for the next round must not keep a process alive that has nothing else to do.
  timeout.unref();
  return () => clearTimeout(timeout);
}
