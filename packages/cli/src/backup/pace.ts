/** Holds a stream of bytes to a rate. */
import { setTimeout as wait } from 'node:timers/promises';

/** Spends bytes no faster than so many a second. */
export class Pace {
  readonly #bytesPerSecond: number;
  #freeAtMs = 0;

  /** @param bytesPerSecond `undefined`: as fast as it goes. */
  constructor(bytesPerSecond?: number) {
    this.#bytesPerSecond = bytesPerSecond ?? Number.POSITIVE_INFINITY;
  }

  /** Waits for the turn of these bytes. */
  async spend(byteCount: number): Promise<void> {
    const nowMs = Date.now();
    const startsAtMs = Math.max(nowMs, this.#freeAtMs);
    this.#freeAtMs = startsAtMs + (byteCount / this.#bytesPerSecond) * 1000;
    if (startsAtMs > nowMs) await wait(startsAtMs - nowMs);
  }
}
