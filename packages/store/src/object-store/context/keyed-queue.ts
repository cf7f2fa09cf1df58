/**
 * Runs work on one thing after the other, and on different things side by side. For order alone: what must hold across
 * processes is checked by commits.
 */

/** One queue for each name that has work. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** @returns What the work returns, once everything asked for before under this name has ended; rejects as it does. */
  run<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#tails.get(name);
    const mine = before === undefined ? work() : before.then(work, work);
    this.#tails.set(name, mine);
    const forget = (): void => {
      if (this.#tails.get(name) === mine) this.#tails.delete(name);
    };
    mine.then(forget, forget);
    return mine;
  }
}
