/**
 * How many refused attempts are recorded: a caller with a key and without rights must not fill the disk with them. The
 * budget counts the attempts that are left out, and the next record of the same caller names their number. Leaves out
 * the records (`audit-trail.ts`).
 */
import { TokenBuckets } from '../limits/token-bucket.js';

/** Of one caller: so many at once, and again as many in two minutes. */
const CALLER_COUNT = 20;
const CALLER_SECONDS = 120;
/** Of all callers together. */
const TOTAL_COUNT = 200;
const TOTAL_SECONDS = 200;
/** Callers whose omissions are counted. */
const CALLER_COUNT_MAX = 10_000;

/** The budget of one server. */
export class RefusalBudget {
  readonly #clock: () => number;
  readonly #callers = new TokenBuckets(CALLER_SECONDS);
  readonly #total = new TokenBuckets(TOTAL_SECONDS);
  readonly #omitted = new Map<string, number>();

  /** @param clock Milliseconds since any fixed moment. */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.#callers.set({ own: new Map(), others: { user: CALLER_COUNT / CALLER_SECONDS } });
    this.#total.set({ own: new Map(), others: { user: TOTAL_COUNT / TOTAL_SECONDS } });
  }

  /** @returns How many of this caller's were left out since the last that was recorded; `undefined`: so is this one. */
  take(caller: string): number | undefined {
    const nowMs = this.#clock();
    const buckets = [...this.#callers.of([caller], nowMs), ...this.#total.of(['all'], nowMs)];
    if (buckets.some((bucket) => bucket.waitMsFor(1, nowMs) > 0)) {
      const isKnown = this.#omitted.has(caller) || this.#omitted.size < CALLER_COUNT_MAX;
      if (isKnown) this.#omitted.set(caller, (this.#omitted.get(caller) ?? 0) + 1);
      return undefined;
    }
    for (const bucket of buckets) bucket.take(1, nowMs);
    const omittedCount = this.#omitted.get(caller) ?? 0;
    this.#omitted.delete(caller);
    return omittedCount;
  }
}
