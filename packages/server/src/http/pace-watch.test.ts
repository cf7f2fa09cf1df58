import { describe, expect, test } from 'vitest';
import { type PaceFault, type PaceLimits, PaceWatch, type Timers } from './pace-watch.js';

const LIMITS: PaceLimits = { idleMs: 1000, rateBytesPerSecondMin: 100, rateWindowMs: 4000 };

/** A clock that a test moves. */
class HandClock implements Timers {
  #nowMs = 0;
  #due: { atMs: number; wake: () => void }[] = [];

  readonly nowMs = (): number => this.#nowMs;

  readonly wakeAfter = (delayMs: number, wake: () => void): (() => void) => {
    const entry = { atMs: this.#nowMs + delayMs, wake };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((other) => other !== entry);
    };
  };

  get waitingCount(): number {
    return this.#due.length;
  }

  /** Moves on millisecond by millisecond, waking who is due. */
  pass(durationMs: number, each: (nowMs: number) => void = () => undefined): void {
    for (let end = this.#nowMs + durationMs; this.#nowMs < end; ) {
      this.#nowMs += 1;
      each(this.#nowMs);
      for (const entry of this.#due.filter(({ atMs }) => atMs <= this.#nowMs)) {
        this.#due = this.#due.filter((other) => other !== entry);
        entry.wake();
      }
    }
  }
}

function watch(limits: Partial<PaceLimits> = {}) {
  const clock = new HandClock();
  const faults: PaceFault[] = [];
  const state = { clock, faults, bytes: 0 };
  const paceWatch = new PaceWatch({
    limits: { ...LIMITS, ...limits },
    timers: clock,
    movedBytes: () => state.bytes,
    onFault: (fault) => faults.push(fault),
  });
  return Object.assign(state, { paceWatch });
}

describe('PaceWatch', () => {
  test('who sends nothing is stalled when the idle time is over, and hardly later', () => {
    const { clock, faults, paceWatch } = watch();
    paceWatch.wait();
    clock.pass(999);
    expect(faults).toEqual([]);
    clock.pass(251);
    expect(faults).toEqual(['stalled']);
    expect(clock.waitingCount).toBe(0);
  });

  test('one byte now and then is slow when the window is over', () => {
    const state = watch();
    state.paceWatch.wait();
    state.clock.pass(3999, (nowMs) => {
      if (nowMs % 500 === 0) state.bytes += 1;
    });
    expect(state.faults).toEqual([]);
    state.clock.pass(251);
    expect(state.faults).toEqual(['slow']);
  });

  test('a rate as low as allowed, in bursts, lives as long as it likes', () => {
    const state = watch();
    state.paceWatch.wait();
    state.clock.pass(60_000, (nowMs) => {
      if (nowMs % 900 === 0) state.bytes += 100;
    });
    expect(state.faults).toEqual([]);
  });

  test('who was quick and turns slow is found in the window after', () => {
    const state = watch();
    state.bytes = 0;
    state.paceWatch.wait();
    state.clock.pass(1000, () => {
      state.bytes += 1_000_000;
    });
    state.clock.pass(7500, (nowMs) => {
      if (nowMs % 500 === 0) state.bytes += 1;
    });
    expect(state.faults).toEqual(['slow']);
  });

  test('without a least rate only standing still counts', () => {
    const state = watch({ rateBytesPerSecondMin: 0 });
    state.paceWatch.wait();
    state.clock.pass(60_000, (nowMs) => {
      if (nowMs % 900 === 0) state.bytes += 1;
    });
    expect(state.faults).toEqual([]);
  });

  test('time in which it is the server\u2019s turn does not count', () => {
    const { clock, faults, paceWatch } = watch();
    for (let round = 0; round < 9; round += 1) {
      paceWatch.wait();
      clock.pass(100);
      paceWatch.pause();
      clock.pass(60_000);
    }
    expect(faults).toEqual([]);
    paceWatch.wait();
    clock.pass(400);
    expect(faults).toEqual(['stalled']);
  });

  test('is quiet before the first wait and after the end', () => {
    const { clock, faults, paceWatch } = watch();
    clock.pass(10_000);
    paceWatch.wait();
    paceWatch.end();
    paceWatch.wait();
    clock.pass(10_000);
    expect(faults).toEqual([]);
    expect(clock.waitingCount).toBe(0);
  });
});
