/** How fast the scrub goes, and when it stands back behind requests. Leaves out what it reads. */
import type { ScrubSettings } from '../settings.js';

/** When the settings name no rate. */
const STARTED_RATE_BYTES = 4 * 1024 * 1024;
/** Rows a second, for each byte a second: at the usual rate 16,384. */
const ROWS_PER_BYTE = 1 / 256;
/** With more requests under way it stands back, a second at a time, but not for ever. */
const RUNNING_REQUEST_COUNT_MAX = 8;
const STAND_BACK_COUNT_MAX = 30;

/** What a pace is built from. */
export interface ScrubPaceOptions {
  readonly settings: ScrubSettings;
  /** Requests being carried out. */
  readonly runningRequestCount: () => number;
  /** Resolves after a delay, at once when the signal is aborted. Default: the system's timer. */
  readonly wait?: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

/** The pace of one worker. */
export class ScrubPace {
  readonly #options: ScrubPaceOptions;

  constructor(options: ScrubPaceOptions) {
    this.#options = options;
  }

  get bytesPerSecond(): number {
    return this.#options.settings.bytesPerSecond || STARTED_RATE_BYTES;
  }

  /** @returns When the delay is over or the signal is aborted. */
  wait(durationMs: number, signal: AbortSignal): Promise<void> {
    return (this.#options.wait ?? systemWait)(durationMs, signal);
  }

  /** For how long the rate allows this many bytes, in milliseconds. */
  durationOfBytesMs(lengthBytes: number): number {
    return (lengthBytes / this.bytesPerSecond) * 1000;
  }

  /** For how long the rate allows this many rows, in milliseconds. */
  durationOfRowsMs(rowCount: number): number {
    return (rowCount / (this.bytesPerSecond * ROWS_PER_BYTE)) * 1000;
  }

  /** @returns What tells, each time it is asked, whether to stand back for a second. It says so 30 times in a row. */
  standBack(): () => boolean {
    let count = 0;
    return () => {
      const isDue = this.#options.runningRequestCount() > RUNNING_REQUEST_COUNT_MAX && count < STAND_BACK_COUNT_MAX;
      count = isDue ? count + 1 : 0;
      return isDue;
    };
  }
}

function systemWait(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, durationMs);
    timer.unref();
    signal.addEventListener('abort', finish, { once: true });
  });
}
