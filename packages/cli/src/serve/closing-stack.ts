/** What was opened and must be closed again, last first, also when opening the next thing fails. */

/** Closes one thing. */
export type Close = () => Promise<void> | void;

/** Remembers in which order things were opened. */
export class ClosingStack {
  readonly #closes: Close[] = [];

  /** Remembers how to close what was just opened. */
  push(close: Close): void {
    this.#closes.push(close);
  }

  /**
   * Closes everything, last opened first; goes on when something fails to close.
   * @throws The first failure, when all is done.
   */
  async closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.#closes.pop(); close !== undefined; close = this.#closes.pop()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
