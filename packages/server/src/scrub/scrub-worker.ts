/**
 * Reads all stored bytes again and again, slowly, so that damage is found while there is still a backup of what it
 * hits; then checks all rows, and so names the objects that are hit. Its place is kept, so that a restart goes on where
 * the last one ended. It stands back while many requests run. Leaves out the two walks (`byte-scrub.ts`,
 * `row-scrub.ts`).
 */
import { type CallerChecks, type ObjectStore, rowScrubProgress, type StoreMaintenance } from '@annals/store';
import type { Logger } from 'pino';
import type { DamageReports } from '../observe/damage-reports.js';
import { scrubBytes } from './byte-scrub.js';
import { areRowsDue, checkRows } from './row-scrub.js';
import { ScrubPace, type ScrubPaceOptions } from './scrub-pace.js';
import { ScrubState, type ScrubStatus } from './scrub-state.js';

/** What a worker is built from. */
export interface ScrubWorkerOptions extends ScrubPaceOptions {
  readonly store: Pick<ObjectStore, 'serviceConfiguration' | 'setServiceConfiguration'>;
  readonly maintenance: Pick<StoreMaintenance, 'scrubContents' | 'scrubRows'>;
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

/** One for each server. */
export class ScrubWorker {
  readonly #options: ScrubWorkerOptions;
  readonly #state: ScrubState;
  readonly #pace: ScrubPace;
  #isOpen = false;
  #running: Promise<void> = Promise.resolve();
  #abort = new AbortController();

  constructor(options: ScrubWorkerOptions) {
    this.#options = options;
    this.#state = new ScrubState(options.store, options.clock);
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

  status(): ScrubStatus {
    const { isStopped, after, rowsDue, rowsUnderWay, ...shown } = this.#state.current;
    const progress =
      rowsDue === 'now' ? 1 : after === undefined ? 0 : Number.parseInt(after.slice(2, 10), 16) / 2 ** 32;
    return {
      ...shown,
      ...(rowsUnderWay !== undefined && {
        rowsUnderWay: { rowCount: rowsUnderWay.rowCount, progress: rowScrubProgress(rowsUnderWay.next) },
      }),
      isRunning: this.#isOpen && !isStopped,
      bytesPerSecond: this.#pace.bytesPerSecond,
      progress,
    };
  }

  /** Begins a pass now, from where the last was stopped; until it is stopped. */
  async start(): Promise<ScrubStatus> {
    await this.#settle();
    const { isStopped, startedAtMs } = this.#state.current;
    if (isStopped || startedAtMs === undefined) this.#state.change({ isStopped: false });
    await this.#state.keep();
    this.#isOpen = true;
    this.#abort = new AbortController();
    this.#running = this.#run();
    return this.status();
  }

  /** Stops until it is started, also over restarts. */
  async stop(): Promise<ScrubStatus> {
    await this.#settle();
    this.#state.change({ isStopped: true });
    await this.#state.keep();
    return this.status();
  }

  async #settle(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #takeUp(): Promise<void> {
    const { settings, log, damage } = this.#options;
    try {
      await this.#state.load(settings.bytesPerSecond === 0);
    } catch (error) {
      damage.note(error, { foundBy: 'background', operation: 'scrub' });
      log.error({ err: error }, 'cannot tell where the scrub was');
    }
    await this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { log, damage } = this.#options;
    const state = this.#state;
    if (state.current.isStopped) return;
    const isBusy = this.#pace.standBack();
    while (!signal.aborted && !state.current.isStopped) {
      if (isBusy()) {
        await this.#pace.wait(STAND_BACK_MS, signal);
        continue;
      }
      try {
        await this.#step(signal);
      } catch (error) {
        if (signal.aborted) break;
        damage.note(error, { foundBy: 'scrub' });
        log.error({ err: error }, 'the scrub failed and tries again');
        await this.#pace.wait(FAILURE_PAUSE_MS, signal);
      }
    }
    await state.keep().catch((error: unknown) => log.warn({ err: error }, 'the place of the scrub was not kept'));
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
