import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ThrottleClock, throttleStream } from './throttle-stream.js';

/** A clock that moves only when someone waits. */
function manualClock(): ThrottleClock & { nowMs: number } {
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

const NEVER = new AbortController().signal;

describe('throttleStream', () => {
  it('hands on every byte unchanged, and no faster than the limit plus one burst', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 0, maxLength: 5000 }), { maxLength: 8 }),
        fc.integer({ min: 10, max: 100_000 }),
        async (chunks, bytesPerSecond) => {
          const clock = manualClock();
          const received: Uint8Array[] = [];
          let lengthBytes = 0;
          for await (const piece of throttleStream(stream(chunks), bytesPerSecond, NEVER, clock)) {
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
    for await (const _piece of throttleStream(stream([new Uint8Array(10_000)]), 1000, NEVER, clock)) {
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
    for await (const _piece of throttleStream(source(), 1_000_000, NEVER, manualClock())) break;
    expect(closed).toBe(true);
  });

  it('lets everything pass once the signal is aborted', async () => {
    const controller = new AbortController();
    controller.abort();
    let lengthBytes = 0;
    for await (const piece of throttleStream(stream([new Uint8Array(1_000_000)]), 10_000, controller.signal)) {
      lengthBytes += piece.length;
    }
    expect(lengthBytes).toBe(1_000_000);
  });
});
