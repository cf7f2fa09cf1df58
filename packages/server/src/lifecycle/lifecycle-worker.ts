/**
 * Runs the lifecycle rules once a day, or as often as the settings say, and writes down what it did. A run that the end
 * of a process broke off is taken up when the next one starts, whatever the hour. Of several processes that serve one
 * store, one runs them; when it is gone, another one takes up what it left within two minutes.
 */
import type { ExclusiveStore } from '@annals/store';
import type { Logger } from 'pino';
import type { LifecycleSettings } from '../settings.js';
import { readLifecycleCursor } from './lifecycle-cursor.js';
import { type LifecycleAction, type LifecycleReport, runLifecycle } from './lifecycle-run.js';

/** What a worker is built from. */
export interface LifecycleWorkerOptions {
  /** The right to run the rules, and the store to do it with. */
  readonly exclusive: ExclusiveStore;
  readonly settings: LifecycleSettings;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly log: Logger;
  /** Calls back once after a delay. @returns A function that cancels it. Default: the system's. */
  readonly timer?: (callback: () => void, delayMs: number) => () => void;
  /** Rows of a page of a run. Default: 500. */
  readonly pageRowCountMax?: number;
  readonly onAction?: (action: LifecycleAction) => void;
  /** Called for every action that failed, besides the log. */
  readonly onFailure?: (error: unknown) => void;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/**
 * Timers of the system count to 2^31 ms; waking up now and then also notices a clock that was set, and that the process
 * that ran the rules is gone.
 */
const DELAY_MS_MAX = 60_000;

/** Waits and runs until it is stopped. */
export class LifecycleWorker {
  readonly #options: LifecycleWorkerOptions;
  #isRunning = false;
  /** Whether this process runs the rules, as of the last look. */
  #isMine = false;
  /** Breaks off a run under way. */
  #isStopping = false;
  #nextRunAtMs = 0;
  #cancel: () => void = () => undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: LifecycleWorkerOptions) {
    this.#options = options;
  }

  /** Idempotent. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#isStopping = false;
    const { clock, settings } = this.#options;
    this.#nextRunAtMs = nextRunAtMs(clock(), settings);
    this.#running = this.#takeUp();
  }

  /** Resolves when nothing runs any more; a run under way ends after its page. Idempotent. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#isStopping = true;
    this.#cancel();
    await this.#running;
  }

  /**
   * Runs now, whatever the hour, or goes on with the run that was broken off. Only where this process has the right.
   */
  async runOnce(): Promise<LifecycleReport> {
    const { exclusive, clock, log, pageRowCountMax, onAction, onFailure } = this.#options;
    const report = await runLifecycle({
      store: exclusive.store,
      nowMs: clock(),
      ...(pageRowCountMax !== undefined && { pageRowCountMax }),
      isStopped: () => this.#isStopping || !exclusive.isHeld(),
      onAction: (action) => {
        log.info(action, 'lifecycle action');
        onAction?.(action);
      },
      onFailure: (error) => {
        log.error({ err: error }, 'lifecycle action failed');
        onFailure?.(error);
      },
    });
    log.info(report, 'lifecycle run');
    return report;
  }

  async #takeUp(): Promise<void> {
    const { exclusive, log } = this.#options;
    try {
      this.#isMine = await exclusive.hold();
      if (this.#isMine && (await readLifecycleCursor(exclusive.store)) !== undefined && this.#isRunning) {
        await this.#runAndPlan();
      }
    } catch (error) {
      log.error({ err: error }, 'cannot tell whether a lifecycle run was broken off');
    }
    this.#schedule();
  }

  async #runAndPlan(): Promise<void> {
    const { clock, settings } = this.#options;
    const { isFinished, startedAtMs } = await this.runOnce();
    // A run that began before the last hour to run leaves that one to do. One that cannot finish must not be tried
    // without end.
    this.#nextRunAtMs = nextRunAtMs(isFinished ? startedAtMs : clock(), settings);
  }

  #schedule(): void {
    if (!this.#isRunning) return;
    const delayMs = Math.min(Math.max(0, this.#nextRunAtMs - this.#options.clock()), DELAY_MS_MAX);
    this.#cancel = (this.#options.timer ?? systemTimer)(() => {
      this.#running = this.#wake();
    }, delayMs);
  }

  async #wake(): Promise<void> {
    const { exclusive, clock, settings, log } = this.#options;
    const wasMine = this.#isMine;
    try {
      this.#isMine = await exclusive.hold();
    } catch (error) {
      log.error({ err: error }, 'cannot tell which process runs the lifecycle rules');
    }
    // The process that ran the rules is gone.
    if (this.#isMine && !wasMine) return this.#takeUp();
    if (clock() >= this.#nextRunAtMs) {
      if (this.#isMine) await this.#runAndPlan();
      else this.#nextRunAtMs = nextRunAtMs(clock(), settings);
    }
    this.#schedule();
  }
}

/** @returns The first time after `nowMs` that is some intervals away from the hour of a day. */
export function nextRunAtMs(nowMs: number, { hour, intervalMs }: LifecycleSettings): number {
  const sinceMs = nowMs - (Math.floor(nowMs / DAY_MS) * DAY_MS + hour * HOUR_MS);
  return nowMs - sinceMs + (Math.floor(sinceMs / intervalMs) + 1) * intervalMs;
}

function systemTimer(callback: () => void, delayMs: number): () => void {
  const timeout = setTimeout(callback, delayMs);
  // Waiting for the next run must not keep a process alive that has nothing else to do.
  timeout.unref();
  return () => clearTimeout(timeout);
}
