/**
 * Watches whether the other side of a connection keeps pace: some bytes within the idle time, and a least rate averaged
 * over a window. Time counts only while it is the client's turn, so a slow disk, or a reader that follows an object
 * nobody writes to, is nobody's fault. Leaves out what is done about it (`request-body.ts`, `response.ts`).
 */

/** What the other side must keep to. */
export interface PaceLimits {
  /** Without a byte. */
  readonly idleMs: number;
  /** Averaged over each window; 0: any. */
  readonly rateBytesPerSecondMin: number;
  readonly rateWindowMs: number;
}

/** A clock that also wakes. */
export interface Timers {
  /** Milliseconds since any moment, never going back. */
  readonly nowMs: () => number;
  /** @returns What stops it. */
  readonly wakeAfter: (delayMs: number, wake: () => void) => () => void;
}

/** The clock of the system. */
export const SYSTEM_TIMERS: Timers = {
  nowMs: () => performance.now(),
  wakeAfter(delayMs, wake) {
    const timer = setTimeout(wake, delayMs);
    return () => clearTimeout(timer);
  },
};

/** How a client does not keep pace: no byte at all, or too few. */
export type PaceFault = 'stalled' | 'slow';

/** What a watch is built from. */
export interface PaceWatchOptions {
  readonly limits: PaceLimits;
  readonly timers: Timers;
  /** Bytes that have moved so far. */
  readonly movedBytes: () => number;
  /** Called once; the watch is over then. */
  readonly onFault: (fault: PaceFault) => void;
}

/** Looks so often within the shorter of both times: a client is cut off at most that part of it late. */
const LOOKS_PER_LIMIT = 4;

/** Watches one body or one answer. Costs nothing until the first wait. */
export class PaceWatch {
  readonly #options: PaceWatchOptions;
  readonly #lookMs: number;
  /** Time that it was the client's turn: all, at the last byte seen, at the beginning of the window. */
  #waitedMs = 0;
  #waitedAtByteMs = 0;
  #waitedAtWindowMs = 0;
  #bytesSeen = 0;
  #bytesAtWindow = 0;
  #waitsSinceMs: number | undefined;
  #stopTimer: (() => void) | undefined;
  #isOver = false;

  constructor(options: PaceWatchOptions) {
    const { idleMs, rateBytesPerSecondMin, rateWindowMs } = options.limits;
    this.#options = options;
    const shortestMs = rateBytesPerSecondMin > 0 ? Math.min(idleMs, rateWindowMs) : idleMs;
    this.#lookMs = Math.max(1, Math.ceil(shortestMs / LOOKS_PER_LIMIT));
  }

  /** It is the client's turn. */
  wait(): void {
    if (this.#isOver || this.#waitsSinceMs !== undefined) return;
    this.#waitsSinceMs = this.#options.timers.nowMs();
    if (this.#stopTimer === undefined) {
      this.#bytesSeen = this.#options.movedBytes();
      this.#bytesAtWindow = this.#bytesSeen;
      this.#lookLater();
    }
  }

  /** It is the server's turn: the clock stands. */
  pause(): void {
    if (this.#waitsSinceMs === undefined) return;
    this.#waitedMs += this.#options.timers.nowMs() - this.#waitsSinceMs;
    this.#waitsSinceMs = undefined;
  }

  /** Everything has moved, or the result is no longer needed. */
  end(): void {
    this.#isOver = true;
    this.#waitsSinceMs = undefined;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #lookLater(): void {
    this.#stopTimer = this.#options.timers.wakeAfter(this.#lookMs, () => this.#look());
  }

  #look(): void {
    if (this.#waitsSinceMs !== undefined) {
      this.pause();
      const fault = this.#judge(this.#options.movedBytes());
      if (fault !== undefined) {
        this.end();
        this.#options.onFault(fault);
        return;
      }
      this.#waitsSinceMs = this.#options.timers.nowMs();
    }
    this.#lookLater();
  }

  #judge(bytes: number): PaceFault | undefined {
    const { idleMs, rateBytesPerSecondMin, rateWindowMs } = this.#options.limits;
    if (bytes !== this.#bytesSeen) {
      this.#bytesSeen = bytes;
      this.#waitedAtByteMs = this.#waitedMs;
    } else if (this.#waitedMs - this.#waitedAtByteMs >= idleMs) {
      return 'stalled';
    }
    const windowMs = this.#waitedMs - this.#waitedAtWindowMs;
    if (windowMs < rateWindowMs) return undefined;
    if ((bytes - this.#bytesAtWindow) * 1000 < rateBytesPerSecondMin * windowMs) return 'slow';
    this.#waitedAtWindowMs = this.#waitedMs;
    this.#bytesAtWindow = bytes;
    return undefined;
  }
}
