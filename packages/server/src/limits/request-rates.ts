/**
 * Requests a second of buckets and users, as token buckets that hold what a second brings. Past it the answer is 503 `SlowDown` with the time until there is
 * a token again. Leaves out who sets the rates (`limit-keeper.ts`).
 */
import { OssError } from '@annals/protocol';

interface TokenBucket {
  readonly perSecond: number;
  tokens: number;
  filledAtMs: number;
}

/** Rates by name. */
export class RequestRates {
  readonly #clock: () => number;
  readonly #onRefusal: () => void;
  #buckets = new Map<string, TokenBucket>();

  /**
   * @param clock Milliseconds since any fixed moment.
   * @param onRefusal Told of each request that is refused.
   */
  constructor(clock: () => number, onRefusal: () => void) {
    this.#clock = clock;
    this.#onRefusal = onRefusal;
  }

  /** Replaces all rates; what is left of those that stay as they are stays. */
  set(rates: ReadonlyMap<string, number>): void {
    const before = this.#buckets;
    this.#buckets = new Map(
      [...rates].map(([name, perSecond]) => {
        const known = before.get(name);
        const fresh = { perSecond, tokens: perSecond, filledAtMs: this.#clock() };
        return [name, known?.perSecond === perSecond ? known : fresh] as const;
      }),
    );
  }

  /**
   * Takes one token of each name that has a rate; when one has none, of none.
   * @throws {OssError} `SlowDown`.
   */
  take(names: readonly (string | undefined)[]): void {
    if (this.#buckets.size === 0) return;
    const buckets = names.flatMap((name) => (name === undefined ? [] : (this.#buckets.get(name) ?? [])));
    for (const bucket of buckets) {
      this.#fill(bucket);
      if (bucket.tokens < 1) throw this.#refusal(bucket);
    }
    for (const bucket of buckets) bucket.tokens -= 1;
  }

  #fill(bucket: TokenBucket): void {
    const nowMs = this.#clock();
    const elapsedMs = Math.max(0, nowMs - bucket.filledAtMs);
    bucket.tokens = Math.min(Math.max(1, bucket.perSecond), bucket.tokens + (elapsedMs * bucket.perSecond) / 1000);
    bucket.filledAtMs = nowMs;
  }

  #refusal({ tokens, perSecond }: TokenBucket): OssError {
    this.#onRefusal();
    // Of a rate of 0 nothing ever comes back; an hour is as good as any.
    const waitSeconds = perSecond === 0 ? 3600 : Math.max(1, Math.ceil((1 - tokens) / perSecond));
    return new OssError('SlowDown', { headers: { 'Retry-After': String(waitSeconds) } });
  }
}
