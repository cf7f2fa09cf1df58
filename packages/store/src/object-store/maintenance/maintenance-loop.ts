/**
 * The background work of one process: a little of every queue at a time, with a pause between, so that the latency of
 * appends stays flat. The more waits, the more it does at a time and the shorter the pause. Everything it does is safe
 * to stop, repeat and run in several processes at once.
 */

import type { SegmentProgress } from './clean-segments.js';
import type { RewrapInput, RewrapProgress } from './rewrap-contents.js';
import type { SweepProgress } from './sweep-garbage.js';
import type { OrphanProgress } from './sweep-orphan-blobs.js';

/** Work that waits, as far as the pace depends on it. */
export interface Backlog {
  readonly noteCount: number;
  readonly lengthBytes: number;
  /** Jobs of the compactor; counted up to some dozens. */
  readonly jobCount: number;
}

/** The operations it drives: those of the object store of the same names. */
export interface MaintainedStore {
  /** Default: nothing is known of any. */
  backlog?(): Promise<Backlog>;
  /** Default: there is nothing to be counted. */
  countGarbage?(isStopped: () => boolean): Promise<void>;
  compactContent(options: { readonly jobCountMax: number }): Promise<number>;
  sweepGarbage(options: { readonly rowCountMax: number }): Promise<SweepProgress>;
  sweepOrphanBlobs(isStopped: () => boolean): Promise<OrphanProgress>;
  /** Default: there is nothing to clean. */
  cleanSegments?(options: {
    readonly isWalk: boolean;
    readonly isStopped: () => boolean;
  }): Promise<Pick<SegmentProgress, 'hasMore'>>;
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
  /**
   * Between walks over all blobs, in rounds. Default: 21,600, which is 6 hours of idle rounds. The first walk is in the
   * first round; where another process has the right to it, in the first one in which this process has.
   */
  readonly orphanRoundCount?: number;
  readonly timer?: Timer;
  /**
   * Called at the end of each walk over all data keys, which begins with the first round and again with each walk over
   * all blobs: how many there are, how many were rewrapped, and how many could not be opened. Default: nothing is
   * called.
   */
  readonly onRewrapped?: (walk: Omit<RewrapProgress, 'next'>) => void;
  /** Called when a writer has to wait for this work; it may be often. Default: nothing is called. */
  readonly onHeldUp?: () => void;
  /** Called for every failure; the loop goes on. Default: failures are dropped. */
  readonly onFailure?: (error: unknown) => void;
}

/** Work of one round while little waits: some milliseconds. */
const ROW_COUNT_MIN = 512;
/** And while much does. It is done in slices that others come between. */
const ROW_COUNT_MAX = 8192;
const JOB_COUNT_MAX = 8;
/** So much more garbage halves the pause between rounds, and so on. */
const PACE_NOTE_COUNT = 2000;
const PACE_LENGTH_BYTES = 256 * 1024 * 1024;
const PACE_JOB_COUNT = 8;
const NO_BACKLOG: Backlog = { noteCount: 0, lengthBytes: 0, jobCount: 0 };
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
  /** It stays due while another process does this work: what that one leaves undone is done by its successor. */
  #isOrphanWalkDue = false;
  #counting: Promise<unknown> = Promise.resolve();
  #isWaiting = false;
  /** As of the end of the last round. */
  #backlog = NO_BACKLOG;
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
      onHeldUp: options.onHeldUp ?? (() => undefined),
    };
  }

  /** Idempotent. */
  start(): void {
    if (!this.#isRunning) {
      this.#isRunning = true;
      this.#counting = this.#attempt(async () => this.#store.countGarbage?.(() => !this.#isRunning));
      this.#schedule(this.#options.pauseMs);
    }
  }

  /** Resolves when nothing runs any more. Idempotent. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#cancel();
    await this.#round;
    await this.#counting;
  }

  /** Begins the next round now, if the loop is waiting for it: a writer waits for its work. */
  hurry(): void {
    if (!this.#isRunning) return;
    this.#options.onHeldUp();
    if (!this.#isWaiting) return;
    this.#cancel();
    this.#schedule(0);
    this.#isWaiting = false;
  }

  #schedule(delayMs: number): void {
    if (this.#isRunning) {
      this.#isWaiting = true;
      this.#cancel = this.#options.timer(() => {
        this.#isWaiting = false;
        this.#round = this.#runRound();
      }, delayMs);
    }
  }

  async #runRound(): Promise<void> {
    const before = this.#backlog;
    const compacted = await this.#attempt(() => this.#store.compactContent({ jobCountMax: jobCountOf(before) }));
    const swept = await this.#attempt(() => this.#store.sweepGarbage({ rowCountMax: rowCountOf(before) }));
    const isWalk = this.#roundCount++ % this.#options.orphanRoundCount === 0;
    const isStopped = (): boolean => !this.#isRunning;
    const cleaned = await this.#attempt(async () => this.#store.cleanSegments?.({ isWalk, isStopped }));
    if (isWalk) {
      this.#isOrphanWalkDue = true;
      this.#walk ??= { after: undefined, ...NO_DATA_KEYS };
    }
    if (this.#isOrphanWalkDue) {
      const walked = await this.#attempt(() => this.#store.sweepOrphanBlobs(() => !this.#isRunning));
      this.#isOrphanWalkDue = walked?.isElsewhere === true;
    }
    const rewrapped = await this.#attempt(() => this.#rewrap());
    const hasMore =
      (compacted ?? 0) > 0 || swept?.hasMore === true || cleaned?.hasMore === true || rewrapped?.hasMore === true;
    this.#backlog = (await this.#attempt(async () => this.#store.backlog?.())) ?? NO_BACKLOG;
    this.#schedule(hasMore ? Math.ceil(this.#options.pauseMs / hasteOf(this.#backlog)) : this.#options.idleMs);
  }

  /** One step of the walk over data keys; after a failure it goes on where it was. */
  async #rewrap(): Promise<{ readonly hasMore: boolean }> {
    const walk = this.#walk;
    if (walk === undefined) {
      return { hasMore: false };
    }
    const { after } = walk;
    const step = await this.#store.rewrapContents({
      ...(after !== undefined && { after }),
      rowCountMax: DATA_KEY_COUNT_MAX,
    });
    if (step.isElsewhere === true) return { hasMore: false };
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

/** 1 while little waits; it grows with what does, without end. */
function hasteOf({ noteCount, lengthBytes, jobCount }: Backlog): number {
  return 1 + noteCount / PACE_NOTE_COUNT + lengthBytes / PACE_LENGTH_BYTES + Math.max(0, jobCount / PACE_JOB_COUNT - 1);
}

function rowCountOf({ noteCount }: Backlog): number {
  return Math.min(ROW_COUNT_MAX, Math.max(ROW_COUNT_MIN, Math.floor(noteCount / 2)));
}

function jobCountOf({ jobCount }: Backlog): number {
  return Math.min(JOB_COUNT_MAX, 1 + Math.floor(jobCount / PACE_JOB_COUNT));
}

function systemTimer(callback: () => void, delayMs: number): () => void {
  const timeout = setTimeout(callback, delayMs);
  // Waiting for the next round must not keep a process alive that has nothing else to do.
  timeout.unref();
  return () => clearTimeout(timeout);
}
