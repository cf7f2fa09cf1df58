/**
 * Requests a second of buckets and users, as token buckets that hold what a second brings. Past it the answer is 503
 * `SlowDown` with the time until there is a token again. Leaves out who sets the rates (`limit-keeper.ts`).
 */
import { OssError } from '@annals/protocol';
import { type RateTable, TokenBuckets } from './token-bucket.js';

/** Of a rate of 0 nothing ever comes back; an hour is as good as any. */
const NEVER_SECONDS = 3600;

/** Rates by name. */
export class RequestRates {
  readonly #clock: () => number;
  readonly #onRefusal: () => void;
  readonly #buckets = new TokenBuckets(1);

  /**
   * @param clock Milliseconds since any fixed moment.
   * @param onRefusal Called for each request that is refused.
   */
  constructor(clock: () => number, onRefusal: () => void) {
    this.#clock = clock;
    this.#onRefusal = onRefusal;
  }

  /** Replaces all rates; what is left of those that stay as they are stays. */
  set(rates: RateTable): void {
    this.#buckets.set(rates);
  }

  /**
   * Takes one token of each name that has a rate; when one has none, of none.
   * @throws {OssError} `SlowDown`.
   */
  take(names: readonly (string | undefined)[]): void {
    if (this.#buckets.isEmpty) return;
    const nowMs = this.#clock();
    const buckets = this.#buckets.of(names, nowMs);
    for (const bucket of buckets) {
      if (bucket.perSecond > 0 && bucket.waitMsFor(1, nowMs) === 0) continue;
      this.#onRefusal();
      throw slowDown(bucket.waitMsFor(1, nowMs));
    }
    for (const bucket of buckets) bucket.take(1, nowMs);
  }
}

/** @param waitMs Until it may go on; without end where it never may. */
export function slowDown(waitMs: number): OssError {
  const seconds = Number.isFinite(waitMs) && waitMs > 0 ? Math.ceil(waitMs / 1000) : NEVER_SECONDS;
  return new OssError('SlowDown', { headers: { 'Retry-After': String(Math.min(seconds, NEVER_SECONDS)) } });
}
