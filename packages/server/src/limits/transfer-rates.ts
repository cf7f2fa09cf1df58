/**
 * Bytes a second of buckets and users, bodies of uploads and answers together. The server delays a transfer that is too
 * fast and does not refuse it: the transfer waits for its next bytes, and its client sees a slow connection. Only when
 * the waiting transfers already have 20 seconds' worth of bytes before them, the server refuses a new one with 503
 * `SlowDown`. So no transfer stands still for long, and the bytes that wait in memory have a bound. Leaves out who sets
 * the rates (`limit-keeper.ts`).
 */
import { slowDown } from './request-rates.js';
import { type RateTable, TokenBucket, TokenBuckets } from './token-bucket.js';

/** What waiting needs of the world, so that tests need not wait. */
export interface TransferClock {
  /** Milliseconds since any fixed moment, never going back. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when the signal is aborted. */
  wait(durationMs: number, signal: AbortSignal): Promise<void>;
}

/** The clock and timer of the process. */
export const SYSTEM_TRANSFER_CLOCK: TransferClock = {
  now: () => performance.now(),
  wait: (durationMs, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, durationMs);
      signal.addEventListener('abort', finish, { once: true });
    }),
};

/** Bytes that leave at once after a pause, and bytes that wait for their turn at once, as a share of a second. */
const BURST_SECONDS = 0.1;
/** A transfer that would wait longer is refused. */
const WAIT_MS_MAX = 20_000;
/** Timers know no less; what is not waited for stays owed. */
const WAIT_MS_MIN = 1;

/** What slows one transfer: the rates of its bucket, of its user, and its own. */
export class TransferPace {
  readonly #buckets: readonly TokenBucket[];
  readonly #clock: TransferClock;
  readonly #onWait: (durationMs: number) => void;
  /** Bytes paid for before they came, and since when they may pass. */
  #paid = 0;
  #paidAtMs = 0;

  constructor(buckets: readonly TokenBucket[], clock: TransferClock, onWait: (durationMs: number) => void) {
    this.#buckets = buckets;
    this.#clock = clock;
    this.#onWait = onWait;
  }

  /**
   * @param onWait Called each time that a piece waits, for any reason.
   * @returns The same, and no faster than the client wishes: its first bytes wait as all others do, so that many short
   * transfers are held to it, too.
   */
  with(bytesPerSecond: number, onWait: (durationMs: number) => void = () => undefined): TransferPace {
    const nowMs = this.#clock.now();
    const own = new TokenBucket(bytesPerSecond, BURST_SECONDS, nowMs);
    own.take(own.burst, nowMs);
    const pace = new TransferPace([...this.#buckets, own], this.#clock, (durationMs) => {
      this.#onWait(durationMs);
      onWait(durationMs);
    });
    pace.#paid = this.#paid;
    pace.#paidAtMs = Math.max(this.#paidAtMs, nowMs + own.waitMsFor(this.#paid, nowMs));
    own.take(this.#paid, nowMs);
    return pace;
  }

  /** Longest piece that passes at once. */
  get pieceLengthBytesMax(): number {
    return Math.max(1, Math.floor(Math.min(...this.#buckets.map(({ burst }) => burst))));
  }

  /**
   * Begins a transfer whose body comes later: it takes its place among those that wait.
   * @param lengthBytes Of the body, where it is known.
   * @throws {OssError} `SlowDown` when there are too many.
   */
  begin(lengthBytes: number | undefined): void {
    const nowMs = this.#clock.now();
    const waitMs = this.waitMs(nowMs);
    if (waitMs > WAIT_MS_MAX) throw slowDown(waitMs - WAIT_MS_MAX);
    this.#paid = Math.min(lengthBytes ?? this.pieceLengthBytesMax, this.pieceLengthBytesMax);
    this.#paidAtMs = nowMs + this.#charge(this.#paid, nowMs);
  }

  /** Counts bytes that wait for nothing. */
  note(lengthBytes: number): void {
    this.#charge(lengthBytes, this.#clock.now());
  }

  /** Lets a piece of at most `pieceLengthBytesMax` pass. @returns What to wait for. */
  pass(lengthBytes: number, signal: () => AbortSignal): Promise<void> | undefined {
    const nowMs = this.#clock.now();
    const paid = Math.min(this.#paid, lengthBytes);
    this.#paid -= paid;
    const waitMs = Math.max(this.#paidAtMs - nowMs, lengthBytes > paid ? this.#charge(lengthBytes - paid, nowMs) : 0);
    if (waitMs < WAIT_MS_MIN) return undefined;
    this.#onWait(waitMs);
    return this.#clock.wait(Math.ceil(waitMs), signal());
  }

  /** Milliseconds that those who wait have before them. */
  waitMs(nowMs: number): number {
    return Math.max(
      0,
      ...this.#buckets.map((bucket) => (bucket.perSecond === 0 ? Infinity : bucket.waitMsFor(0, nowMs))),
    );
  }

  #charge(lengthBytes: number, nowMs: number): number {
    let waitMs = 0;
    for (const bucket of this.#buckets) {
      waitMs = Math.max(waitMs, bucket.waitMsFor(lengthBytes, nowMs));
      bucket.take(lengthBytes, nowMs);
    }
    return waitMs;
  }
}

/** What is told when transfers are slowed. */
export interface TransferObserver {
  refused(): void;
  waited(durationMs: number): void;
}

/** Rates by name. */
export class TransferRates {
  readonly #clock: TransferClock;
  readonly #observer: TransferObserver;
  readonly #buckets = new TokenBuckets(BURST_SECONDS);

  constructor(observer: TransferObserver, clock: TransferClock = SYSTEM_TRANSFER_CLOCK) {
    this.#observer = observer;
    this.#clock = clock;
  }

  /** Replaces all rates. Transfers under way keep theirs. */
  set(rates: RateTable): void {
    this.#buckets.set(rates);
  }

  /** @returns What slows a transfer of a bucket and a user; `undefined` when nothing does. */
  paceOf(names: readonly (string | undefined)[]): TransferPace | undefined {
    if (this.#buckets.isEmpty) return undefined;
    const buckets = this.#buckets.of(names, this.#clock.now());
    return buckets.length === 0 ? undefined : new TransferPace(buckets, this.#clock, (ms) => this.#observer.waited(ms));
  }

  /** Begins a transfer. @throws {OssError} `SlowDown`. */
  begin(pace: TransferPace, lengthBytes: number | undefined): void {
    try {
      pace.begin(lengthBytes);
    } catch (error) {
      this.#observer.refused();
      throw error;
    }
  }
}

/**
 * @param onWait Called each time that a piece waits.
 * @returns What holds a transfer to the speed that its client wishes, and to nothing else.
 */
export function ownPace(
  bytesPerSecond: number,
  clock: TransferClock = SYSTEM_TRANSFER_CLOCK,
  onWait?: (durationMs: number) => void,
): TransferPace {
  return new TransferPace([], clock, () => undefined).with(bytesPerSecond, onWait);
}

/**
 * Passes on a stream no faster than a pace allows. @param source The stream; read only as fast as it is handed on.
 * @param signal When aborted, waiting ends and the rest passes without delay: the reader is gone and will stop. Asked
 * for only when there is something to wait for.
 */
export async function* paceStream(
  source: AsyncIterable<Uint8Array>,
  pace: TransferPace,
  signal: () => AbortSignal,
): AsyncGenerator<Uint8Array> {
  const pieceLengthBytesMax = pace.pieceLengthBytesMax;
  for await (const chunk of source) {
    for (let start = 0; start < chunk.length; start += pieceLengthBytesMax) {
      const piece = chunk.subarray(start, start + pieceLengthBytesMax);
      const waiting = pace.pass(piece.length, signal);
      if (waiting !== undefined) await waiting;
      yield piece;
    }
  }
}
