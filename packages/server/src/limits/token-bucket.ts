/**
 * How fast something may go: tokens come back at a steady rate, and what they pay for waits when there are none. Leaves
 * out what is paid for (`request-rates.ts`, `transfer-rates.ts`) and who is told to wait.
 */

/** The rates of buckets and users: of those that have one of their own, and of each of the others. */
export interface RateTable {
  /** By `bucket NAME` and `user NAME`. */
  readonly own: ReadonlyMap<string, number>;
  /** Without a member the others of the kind have none. */
  readonly others: { readonly bucket?: number; readonly user?: number };
}

/** One rate, and how much of it is left. */
export class TokenBucket {
  readonly perSecond: number;
  /** So many may be taken at once after a pause. */
  readonly burst: number;
  #tokens: number;
  #filledAtMs: number;

  /** @param burstSeconds What so many seconds bring may be taken at once; one token at least. */
  constructor(perSecond: number, burstSeconds: number, nowMs: number) {
    this.perSecond = perSecond;
    this.burst = Math.max(1, perSecond * burstSeconds);
    this.#tokens = this.burst;
    this.#filledAtMs = nowMs;
  }

  /** Tokens there are; less than 0: so many are owed. */
  tokensAt(nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#tokens = Math.min(this.burst, this.#tokens + (elapsedMs * this.perSecond) / 1000);
    this.#filledAtMs = nowMs;
    return this.#tokens;
  }

  /** @returns Milliseconds until so many tokens are there; without end when none come. */
  waitMsFor(count: number, nowMs: number): number {
    const missing = count - this.tokensAt(nowMs);
    if (missing <= 0) return 0;
    return this.perSecond === 0 ? Number.POSITIVE_INFINITY : (missing * 1000) / this.perSecond;
  }

  /** Takes tokens, also those that are not there yet: the caller must then wait as long as `waitMsFor` said before. */
  take(count: number, nowMs: number): void {
    this.#tokens = this.tokensAt(nowMs) - count;
  }
}

/** So many buckets of subjects without a rate of their own are kept, about. */
const OTHERS_COUNT_MAX = 10_000;

/** Token buckets by name. */
export class TokenBuckets {
  readonly #burstSeconds: number;
  #table: RateTable = { own: new Map(), others: {} };
  #buckets = new Map<string, TokenBucket>();
  #sweepAtCount = OTHERS_COUNT_MAX;

  constructor(burstSeconds: number) {
    this.#burstSeconds = burstSeconds;
  }

  /** Whether there is no rate. */
  get isEmpty(): boolean {
    const { own, others } = this.#table;
    return own.size === 0 && others.bucket === undefined && others.user === undefined;
  }

  /** Replaces all rates; what is left of those that stay as they are stays. */
  set(table: RateTable): void {
    this.#table = table;
    for (const [name, bucket] of this.#buckets) {
      if (this.#rateOf(name) !== bucket.perSecond) this.#buckets.delete(name);
    }
  }

  /** @returns Of each name that has a rate, its bucket. */
  of(names: readonly (string | undefined)[], nowMs: number): readonly TokenBucket[] {
    return names.flatMap((name) => (name === undefined ? [] : (this.#of(name, nowMs) ?? [])));
  }

  #of(name: string, nowMs: number): TokenBucket | undefined {
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    const rate = this.#rateOf(name);
    if (rate === undefined) return undefined;
    if (this.#buckets.size >= this.#sweepAtCount) this.#sweep(nowMs);
    const bucket = new TokenBucket(rate, this.#burstSeconds, nowMs);
    this.#buckets.set(name, bucket);
    return bucket;
  }

  #rateOf(name: string): number | undefined {
    const { own, others } = this.#table;
    return own.get(name) ?? (name.startsWith('bucket ') ? others.bucket : others.user);
  }

  /** A full bucket says no more than one that is not there. */
  #sweep(nowMs: number): void {
    for (const [name, bucket] of this.#buckets) {
      if (bucket.tokensAt(nowMs) >= bucket.burst) this.#buckets.delete(name);
    }
    this.#sweepAtCount = Math.max(OTHERS_COUNT_MAX, 2 * this.#buckets.size);
  }
}
