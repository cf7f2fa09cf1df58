/**
 * Waits for operations that the library works on: a timer asks for each whether it is over, often at first and less
 * often when it takes long. The library ends each one within its own time-out, so all of them end.
 */
import type { Librados, Pointer, PointerSlot } from './librados.js';

interface Waiting {
  readonly completion: Pointer;
  readonly settle: (result: number) => void;
}

const INTERVAL_MS_MIN = 1;
const INTERVAL_MS_MAX = 25;
/** The interval is this part of what the youngest operation has taken so far. */
const INTERVAL_SHARE = 20;

/** Operations under way over one connection. */
export class RadosCompletions {
  readonly #library: Librados;
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;
  #dueAtMs = 0;
  #youngestAtMs = 0;
  readonly #whenIdle: (() => void)[] = [];

  constructor(library: Librados) {
    this.#library = library;
  }

  /**
   * Begins an operation.
   * @param submit Hands it to the library.
   * @returns What the library says of it in the end: below 0, the number of an error, negated. Never rejects.
   * @throws {Error} There is no memory.
   */
  run(submit: (completion: Pointer) => number): Promise<number> {
    const slot: PointerSlot = [null];
    this.#library.createCompletion(null, null, null, slot);
    const [completion] = slot;
    if (completion === null) throw new Error('librados made no completion');
    const begun = submit(completion);
    if (begun < 0) {
      this.#library.releaseCompletion(completion);
      return Promise.resolve(begun);
    }
    return new Promise((resolve) => {
      this.#youngestAtMs = performance.now();
      this.#waiting.add({ completion, settle: resolve });
      this.#schedule(INTERVAL_MS_MIN);
    });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    if (this.#waiting.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle.push(resolve);
    });
  }

  #schedule(intervalMs: number): void {
    const dueAtMs = performance.now() + intervalMs;
    // Operations that keep coming do not put the look off.
    if (this.#timer !== undefined && this.#dueAtMs <= dueAtMs) return;
    clearTimeout(this.#timer);
    this.#dueAtMs = dueAtMs;
    this.#timer = setTimeout(() => this.#look(), intervalMs);
  }

  #look(): void {
    this.#timer = undefined;
    for (const waiting of this.#waiting) {
      const { completion, settle } = waiting;
      if (this.#library.isComplete(completion) === 0) continue;
      const result = this.#library.returnValue(completion);
      this.#library.releaseCompletion(completion);
      this.#waiting.delete(waiting);
      settle(result);
    }
    if (this.#waiting.size > 0) {
      const ageMs = performance.now() - this.#youngestAtMs;
      this.#schedule(Math.min(INTERVAL_MS_MAX, Math.max(INTERVAL_MS_MIN, ageMs / INTERVAL_SHARE)));
      return;
    }
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
