import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownPace, paceStream, type TransferClock, TransferRates } from './transfer-rates.js';

/** A clock that moves only when someone waits. */
function manualClock(): TransferClock & { nowMs: number } {
  return {
    nowMs: 0,
    now() {
      return this.nowMs;
    },
    async wait(durationMs) {
      this.nowMs += durationMs;
    },
  };
}

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

const NEVER = () => new AbortController().signal;

describe('paceStream', () => {
  it('hands on every byte unchanged, and no faster than the limit plus one burst', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 0, maxLength: 5000 }), { maxLength: 8 }),
        fc.integer({ min: 10, max: 100_000 }),
        async (chunks, bytesPerSecond) => {
          const clock = manualClock();
          const received: Uint8Array[] = [];
          let lengthBytes = 0;
          for await (const piece of paceStream(stream(chunks), ownPace(bytesPerSecond, clock), NEVER)) {
            received.push(piece);
            lengthBytes += piece.length;
            const allowed = (clock.nowMs / 1000) * bytesPerSecond + Math.max(1, bytesPerSecond / 10);
            expect(lengthBytes).toBeLessThanOrEqual(allowed + 1e-6);
          }
          expect(Buffer.concat(received).equals(Buffer.concat(chunks))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes no longer than the limit asks for', async () => {
    const clock = manualClock();
    for await (const _piece of paceStream(stream([new Uint8Array(10_000)]), ownPace(1000, clock), NEVER)) {
      // Reading is all that is needed.
    }
    // 10,000 bytes at 1,000 per second less one burst of 100 bytes; waits are rounded up to whole milliseconds.
    expect(clock.nowMs).toBeGreaterThanOrEqual(9_900);
    expect(clock.nowMs).toBeLessThanOrEqual(10_000);
  });

  it('closes its source when the reader leaves', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(10);
      } finally {
        closed = true;
      }
    }
    for await (const _piece of paceStream(source(), ownPace(1_000_000, manualClock()), NEVER)) break;
    expect(closed).toBe(true);
  });

  it('lets everything pass once the signal is aborted', async () => {
    const controller = new AbortController();
    controller.abort();
    let lengthBytes = 0;
    for await (const piece of paceStream(
      stream([new Uint8Array(1_000_000)]),
      ownPace(10_000),
      () => controller.signal,
    )) {
      lengthBytes += piece.length;
    }
    expect(lengthBytes).toBe(1_000_000);
  });
});

/** Nobody but the test moves it. */
class SteppedClock implements TransferClock {
  nowMs = 0;
  readonly #sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.nowMs;
  }

  wait(durationMs: number): Promise<void> {
    return new Promise((wake) => this.#sleepers.push({ atMs: this.nowMs + durationMs, wake }));
  }

  /** Advances the clock to the end of the shortest wait. @returns Whether anybody waits. */
  async step(): Promise<boolean> {
    await nextTurn();
    this.#sleepers.sort((left, right) => left.atMs - right.atMs);
    const next = this.#sleepers.shift();
    if (next === undefined) return false;
    this.nowMs = Math.max(this.nowMs, next.atMs);
    next.wake();
    return true;
  }
}

function ratesOf(
  clock: TransferClock,
  own: Readonly<Record<string, number>>,
): { rates: TransferRates; refusals: () => number } {
  let refusedCount = 0;
  const rates = new TransferRates({ refused: () => (refusedCount += 1), waited: () => undefined }, clock);
  rates.set({ own: new Map(Object.entries(own)), others: {} });
  return { rates, refusals: () => refusedCount };
}

function paceFor(rates: TransferRates, ...names: readonly string[]) {
  const pace = rates.paceOf(names);
  if (pace === undefined) throw new Error('Nothing slows it');
  return pace;
}

describe('TransferRates', () => {
  it('share one rate among all transfers of a bucket, and none stands still while others go on', async () => {
    const clock = new SteppedClock();
    const { rates } = ratesOf(clock, { 'bucket b': 1000 });
    const finishedAtMs: number[] = [];
    let firstHalfCount = 0;
    const transfers = Array.from({ length: 5 }, async () => {
      let lengthBytes = 0;
      for await (const piece of paceStream(
        stream([new Uint8Array(2000)]),
        paceFor(rates, 'bucket b', 'user u'),
        NEVER,
      )) {
        lengthBytes += piece.length;
        if (lengthBytes === 1000) firstHalfCount += 1;
        if (lengthBytes === 2000) expect(firstHalfCount).toBe(5);
      }
      finishedAtMs.push(clock.nowMs);
    });
    while (await clock.step());
    await Promise.all(transfers);
    // 10,000 bytes at 1,000 a second, less the first burst of 100.
    expect(Math.max(...finishedAtMs)).toBeGreaterThanOrEqual(9900);
    expect(Math.max(...finishedAtMs)).toBeLessThanOrEqual(10_200);
  });

  it('count bytes for each rate they belong to, and leave others alone', async () => {
    const clock = manualClock();
    const { rates } = ratesOf(clock, { 'bucket b': 100_000, 'user slow': 1000 });
    for await (const _piece of paceStream(
      stream([new Uint8Array(2000)]),
      paceFor(rates, 'bucket b', 'user slow'),
      NEVER,
    ));
    expect(clock.nowMs).toBeGreaterThanOrEqual(1900);
    const beforeMs = clock.nowMs;
    for await (const _piece of paceStream(
      stream([new Uint8Array(2000)]),
      paceFor(rates, 'bucket b', 'user other'),
      NEVER,
    ));
    expect(clock.nowMs - beforeMs).toBeLessThan(100);
    expect(rates.paceOf(['bucket other', undefined])).toBeUndefined();
  });

  it('refuse the transfer that would wait for more than 20 seconds, and take it when those before have gone on', () => {
    const clock = manualClock();
    const { rates, refusals } = ratesOf(clock, { 'bucket b': 1000 });
    let begunCount = 0;
    try {
      for (; begunCount < 1000; begunCount += 1) rates.begin(paceFor(rates, 'bucket b'), 100_000);
    } catch (error) {
      expect(error).toMatchObject({ code: 'SlowDown', status: 503, headers: { 'Retry-After': '1' } });
    }
    // A burst, and 100 bytes of each of those who wait.
    expect(begunCount).toBe(202);
    expect(refusals()).toBe(1);
    clock.nowMs += 1000;
    rates.begin(paceFor(rates, 'bucket b'), 100_000);
  });

  it('take no byte at a rate of 0', () => {
    const { rates } = ratesOf(manualClock(), { 'bucket b': 0 });
    expect(() => rates.begin(paceFor(rates, 'bucket b'), 1)).toThrow(
      expect.objectContaining({ code: 'SlowDown', headers: { 'Retry-After': '3600' } }),
    );
  });

  it('hold what others of the kind have, in bounded memory', () => {
    const clock = manualClock();
    const rates = new TransferRates({ refused: () => undefined, waited: () => undefined }, clock);
    rates.set({ own: new Map([['user fast', 1_000_000]]), others: { user: 10 } });
    expect(paceFor(rates, 'bucket b', 'user fast').pieceLengthBytesMax).toBe(100_000);
    expect(paceFor(rates, 'bucket b', 'user slow').pieceLengthBytesMax).toBe(1);
    expect(rates.paceOf(['bucket b', undefined])).toBeUndefined();
    rates.begin(paceFor(rates, 'user debtor'), 1);
    paceFor(rates, 'user debtor').note(1000);
    for (let index = 0; index < 30_000; index += 1) paceFor(rates, `user ${index}`);
    // A user in debt is not forgotten in the meantime.
    expect(paceFor(rates, 'user debtor').waitMs(clock.now())).toBeGreaterThan(90_000);
  });
});
