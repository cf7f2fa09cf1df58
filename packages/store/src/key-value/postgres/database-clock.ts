/**
 * Whether the clock of this machine may be believed: it is compared with that of the database, the one that all
 * gateways share. With a clock that is far off a gateway would give objects wrong times, refuse the signatures of all
 * clients, and remove by lifecycle rules what is not due; so the engine does nothing then. Commits need no clock.
 */
import { EngineFailure } from '../../contract/engine-failure.js';

/** As far as clients may be off: below that a gateway and its clients understand each other. */
export const CLOCK_OFFSET_MS_MAX = 15 * 60 * 1000;

/** The two clocks of one engine. */
export class DatabaseClock {
  readonly #nowMs: () => number;
  /** What the database is ahead of the monotonic clock of this process, which nobody sets. */
  #aheadOfMonotonicMs: number | undefined;

  /** @param nowMs The clock of this machine, in ms since 1970. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @param databaseNowMs What the database said just now. */
  note(databaseNowMs: number): void {
    this.#aheadOfMonotonicMs = databaseNowMs - performance.now();
  }

  /** Whether the two are too far from each other, as far as is known. */
  get isWrong(): boolean {
    return Math.abs(this.#offsetMs()) > CLOCK_OFFSET_MS_MAX;
  }

  /** @throws {EngineFailure} `unavailable`, `clock-wrong`; the cause says how far off the clock is. */
  assertRight(): void {
    if (!this.isWrong) return;
    throw new EngineFailure({ kind: 'unavailable', because: 'clock-wrong' }, new Error(clockText(this.#offsetMs())));
  }

  /** @returns What this machine is ahead of the database; 0 while nothing is known. */
  #offsetMs(): number {
    if (this.#aheadOfMonotonicMs === undefined) return 0;
    return this.#nowMs() - performance.now() - this.#aheadOfMonotonicMs;
  }
}

function clockText(offsetMs: number): string {
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  const side = offsetMs > 0 ? 'ahead of' : 'behind';
  return (
    `The clock of this machine is ${seconds} s ${side} that of the database: wanted at most ` +
    `${CLOCK_OFFSET_MS_MAX / 1000} s; set the clock that is wrong (NTP)`
  );
}
