/**
 * The gate that all bulk work goes through, slice by slice: batch deletions, the slices of a completed upload, the
 * sweep. However many requests bring such work at once, few slices are under way, each begins in a turn of its own, and
 * their commits are few in any batch of the engine: other requests wait for some slices at most. Slices run in order of
 * arrival, so none starves.
 */

/**
 * One that plans while the commit of another is being synced, and a third so that neither waits for the removal of a
 * blob.
 */
const SLICE_COUNT_MAX = 3;

/** Lets slices of long work through, a few at a time. */
export class BulkGate {
  readonly #waiting: (() => Promise<void>)[] = [];
  #runningCount = 0;
  #isScheduled = false;

  /**
   * Runs a slice when its turn has come. A slice must not wait for another one: the gate would wait for itself.
   * @returns What the slice returns; rejects as it does.
   */
  run<Result>(slice: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => slice().then(resolve, reject));
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#runningCount >= SLICE_COUNT_MAX || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const start = this.#waiting.shift();
      if (start === undefined) return;
      this.#runningCount += 1;
      void start().then(() => {
        this.#runningCount -= 1;
        this.#schedule();
      });
      this.#schedule();
    });
  }
}
