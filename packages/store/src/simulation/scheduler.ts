/**
 * The one who decides: what of all that could happen next does, and what time it is. Everything a simulated store waits
 * for (the disk, other threads, timers) waits here, and one thing happens at a time, chosen by a seed; so the same seed
 * gives the same life, step by step.
 */
import { createHash } from 'node:crypto';
import type { SeededRandom } from '../conformance/seeded-random.js';

interface Task {
  readonly label: string;
  readonly run: () => void;
}

interface Timer {
  readonly atMs: number;
  readonly label: string;
  readonly callback: () => void;
}

/** Milliseconds that pass between two steps, below this. */
const STEP_MS_END = 4;

/** Runs tasks and timers one by one. */
export class Scheduler {
  nowMs: number;
  readonly #random: SeededRandom;
  readonly #tasks: Task[] = [];
  readonly #timers = new Set<Timer>();
  readonly #trace = createHash('sha256');
  #stepCount = 0;

  constructor(random: SeededRandom, nowMs: number) {
    this.#random = random;
    this.nowMs = nowMs;
  }

  get stepCount(): number {
    return this.#stepCount;
  }

  /** Lets `call` happen at some later step. @returns What it returns or throws. */
  readonly run = <Result>(label: string, call: () => Result): Promise<Result> =>
    new Promise((resolve, reject) => {
      const run = (): void => {
        try {
          resolve(call());
        } catch (error) {
          reject(error);
        }
      };
      this.#tasks.push({ label, run });
    });

  /** @returns A function that cancels it. */
  readonly timer = (callback: () => void, delayMs: number): (() => void) => {
    const timer = { atMs: this.nowMs + delayMs, label: `timer ${delayMs}`, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Those who waited are gone. */
  forgetAll(): void {
    this.#tasks.length = 0;
    this.#timers.clear();
  }

  /** Adds to what the trace is made of. */
  note(text: string): void {
    this.#trace.update(text).update('\n');
  }

  /** @returns A digest of every step so far: the same for the same life. */
  traceDigest(): string {
    return this.#trace.copy().digest('hex').slice(0, 16);
  }

  /**
   * Goes on until `isOver` says so after a step.
   * @param afterStep Awaited after each step, while everything else holds still.
   * @throws {Error} Nothing could happen any more, or it takes too many steps.
   */
  async live(isOver: () => boolean, afterStep: () => Promise<void>, stepCountMax: number): Promise<void> {
    await settle();
    while (!isOver()) {
      this.#stepCount += 1;
      if (this.#stepCount > stepCountMax) throw new Error(`Nothing ends within ${stepCountMax} steps`);
      this.#step();
      // Whatever the step set off runs until it waits for another step.
      await settle();
      await afterStep();
    }
  }

  #step(): void {
    this.nowMs += this.#random.below(STEP_MS_END);
    const due = [...this.#timers].filter(({ atMs }) => atMs <= this.nowMs);
    const choice = this.#random.below(this.#tasks.length + due.length);
    if (choice < this.#tasks.length) {
      const [task] = this.#tasks.splice(choice, 1);
      this.note(`${this.nowMs} ${task?.label}`);
      task?.run();
      return;
    }
    const timer = due[choice - this.#tasks.length] ?? this.#nextTimer();
    if (timer === undefined) throw new Error('Nothing can happen any more, and not everything is done');
    this.nowMs = Math.max(this.nowMs, timer.atMs);
    this.note(`${this.nowMs} ${timer.label}`);
    this.#timers.delete(timer);
    timer.callback();
  }

  #nextTimer(): Timer | undefined {
    return [...this.#timers].sort((one, other) => one.atMs - other.atMs)[0];
  }
}

/**
 * Resolves when nothing is left to run that waits for no step: promises only, as nothing simulated waits for anything
 * else.
 */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
