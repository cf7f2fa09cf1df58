/**
 * Reads all stored bytes again and again, slowly, so that damage is found while there is still a backup of what it
 * hits; then checks all rows, and so names the objects that are hit. Its place is kept, so that a restart goes on where
 * the last one ended. It stands back while many requests run. Leaves out the two walks (`byte-scrub.ts`,
 * `row-scrub.ts`).
 */
import {
  type CallerChecks,
  type ExclusiveStore,
  isFailure,
  type ObjectStore,
  rowScrubProgress,
  type StoreMaintenance,
} from '@annals/store';
import type { Logger } from 'pino';
import type { DamageReports } from '../observe/damage-reports.js';
import { scrubBytes } from './byte-scrub.js';
import { areRowsDue, checkRows } from './row-scrub.js';
import { ScrubPace, type ScrubPaceOptions } from './scrub-pace.js';
import { ScrubState, type ScrubStatus, type StoredScrub } from './scrub-state.js';

/** What a worker is built from. */
export interface ScrubWorkerOptions extends ScrubPaceOptions {
  readonly maintenance: Pick<StoreMaintenance, 'scrubContents' | 'scrubRows'>;
  /** Of several processes that serve one store, one reads it; what it keeps is kept by the one that has the right. */
  readonly exclusive: Pick<ExclusiveStore, 'isShared' | 'hold' | 'seize' | 'isHeld'> & {
    readonly store: Pick<ObjectStore, 'serviceConfiguration' | 'setServiceConfiguration'>;
  };
  /** Of the rows that the server keeps beside objects. */
  readonly callerChecks: CallerChecks;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly log: Logger;
  readonly damage: DamageReports;
}

const KEEP_INTERVAL_MS = 30_000;
/** A pass that found the store small need not begin again at once. */
const PASS_PAUSE_MS = 3_600_000;
const FAILURE_PAUSE_MS = 60_000;
const STAND_BACK_MS = 1000;
/** Between two looks whether the process that does it is gone. */
const OTHERS_PAUSE_MS = 10_000;

/** One for each server. */
export class ScrubWorker {
  readonly #options: ScrubWorkerOptions;
  readonly #state: ScrubState;
  readonly #pace: ScrubPace;
  #isOpen = false;
  /** As of the last look. */
  #isMine = false;
  #running: Promise<void> = Promise.resolve();
  #abort = new AbortController();

  constructor(options: ScrubWorkerOptions) {
    this.#options = options;
    this.#state = new ScrubState(options.exclusive.store, options.clock);
    this.#pace = new ScrubPace(options);
  }

  /** Begins, or goes on with, what was under way when the last process ended. Idempotent. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#running = this.#takeUp();
  }

  /** Ends, and keeps its place. Idempotent. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#abort.abort();
    await this.#running;
  }

  /** What this process does; nothing where another one has the right. */
  status(): ScrubStatus {
    return this.#show(this.#state.current, this.#isOpen && this.#isMine && !this.#state.current.isStopped);
  }

  /**
   * @returns What is done, by whichever process; of another one as it was kept last, half a minute ago at most.
   * @throws {EngineFailure} `unavailable`, `corrupt`.
   */
  async look(): Promise<ScrubStatus> {
    const { exclusive, clock, settings } = this.#options;
    if (!exclusive.isShared) return this.status();
    // A process that does not know yet that it has lost the right cannot keep anything.
    if (this.#isMine) await this.#state.keep().catch(ignoreContended);
    const kept = new ScrubState(exclusive.store, clock);
    await kept.load(settings.bytesPerSecond === 0);
    return this.#show(kept.current, !kept.current.isStopped);
  }

  /**
   * Begins a pass now, in this process, from where the last was stopped; until it is stopped.
   * @throws {StoreFailure} `contended`. @throws {EngineFailure} `unavailable`.
   */
  start(): Promise<ScrubStatus> {
    return this.#order(() => {
      this.#isOpen = true;
      const { isStopped, startedAtMs } = this.#state.current;
      if (isStopped || startedAtMs === undefined) this.#state.change({ isStopped: false });
    });
  }

  /**
   * Stops until it is started, also over restarts, and in all processes.
   * @throws {StoreFailure} `contended`. @throws {EngineFailure} `unavailable`.
   */
  stop(): Promise<ScrubStatus> {
    return this.#order(() => this.#state.change({ isStopped: true }));
  }

  /** An order is carried out here: another process that has the right loses it, and with it what it would keep. */
  async #order(change: () => void): Promise<ScrubStatus> {
    this.#abort.abort();
    await this.#running;
    try {
      await this.#options.exclusive.seize();
      await this.#gotRight(true);
      change();
      await this.#state.keep();
    } finally {
      this.#abort = new AbortController();
      if (this.#isOpen) this.#running = this.#run();
    }
    return this.status();
  }

  #show(stored: StoredScrub, isRunning: boolean): ScrubStatus {
    const { isStopped: _, after, rowsDue, rowsUnderWay, ...shown } = stored;
    const progress =
      rowsDue === 'now' ? 1 : after === undefined ? 0 : Number.parseInt(after.slice(2, 10), 16) / 2 ** 32;
    return {
      ...shown,
      ...(rowsUnderWay !== undefined && {
        rowsUnderWay: { rowCount: rowsUnderWay.rowCount, progress: rowScrubProgress(rowsUnderWay.next) },
      }),
      isRunning,
      bytesPerSecond: this.#pace.bytesPerSecond,
      progress,
    };
  }

  async #takeUp(): Promise<void> {
    const { log, damage } = this.#options;
    try {
      await this.#gotRight(await this.#options.exclusive.hold());
    } catch (error) {
      damage.note(error, { foundBy: 'background', operation: 'scrub' });
      log.error({ err: error }, 'cannot tell where the scrub was');
    }
    await this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { log, damage, exclusive } = this.#options;
    const state = this.#state;
    const isBusy = this.#pace.standBack();
    while (!signal.aborted) {
      // Where others may have the right, it may also be started by them, and left to this process.
      if (state.current.isStopped && !exclusive.isShared) break;
      if (isBusy()) {
        await this.#pace.wait(STAND_BACK_MS, signal);
        continue;
      }
      try {
        if (!(await this.#hasRight(signal))) continue;
        if (state.current.isStopped) await this.#pace.wait(OTHERS_PAUSE_MS, signal);
        else await this.#step(signal);
      } catch (error) {
        if (signal.aborted) break;
        // Another process was told to do it: the next look at the right says so.
        if (isContended(error)) continue;
        damage.note(error, { foundBy: 'scrub' });
        log.error({ err: error }, 'the scrub failed and tries again');
        await this.#pace.wait(FAILURE_PAUSE_MS, signal);
      }
    }
    if (this.#isMine && exclusive.isHeld() && !state.current.isStopped)
      await state.keep().catch((error: unknown) => log.warn({ err: error }, 'the place of the scrub was not kept'));
  }

  /** @returns Whether this process does it; otherwise after a pause. */
  async #hasRight(signal: AbortSignal): Promise<boolean> {
    await this.#gotRight(await this.#options.exclusive.hold());
    if (!this.#isMine) await this.#pace.wait(OTHERS_PAUSE_MS, signal);
    return this.#isMine;
  }

  /** A process that gets the right goes on where another stopped; one that has lost it knows nothing any more. */
  async #gotRight(isMine: boolean): Promise<void> {
    if (!isMine && this.#isMine) this.#state.forget();
    try {
      if (isMine && !this.#isMine) await this.#state.load(this.#options.settings.bytesPerSecond === 0);
    } finally {
      this.#isMine = isMine;
    }
  }

  /** One step of either walk; behind the last of a pass, the pause. */
  async #step(signal: AbortSignal): Promise<void> {
    const { log, clock } = this.#options;
    const services = { ...this.#options, state: this.#state, pace: this.#pace };
    if (areRowsDue(this.#state, clock())) await checkRows(services, signal);
    else await scrubBytes(services, signal);
    const { after, rowsDue, extentCount } = this.#state.current;
    if (after === undefined && rowsDue === undefined && !signal.aborted) {
      // Of an empty store there is nothing to say, at each of its starts.
      if (extentCount > 0) log.info(this.status(), 'the scrub has read all contents');
      await this.#state.keep();
      await this.#pace.wait(PASS_PAUSE_MS, signal);
    } else if (clock() - this.#state.keptAtMs >= KEEP_INTERVAL_MS) await this.#state.keep();
  }
}

function isContended(error: unknown): boolean {
  return isFailure(error) && error.reason.kind === 'contended';
}

function ignoreContended(error: unknown): void {
  if (!isContended(error)) throw error;
}
