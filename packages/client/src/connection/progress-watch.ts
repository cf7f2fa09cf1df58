/**
 * Ends an attempt that stands still, and one whose caller gave up. The time runs only while the other side is waited
 * for, so neither a slow source nor a slow reader is mistaken for a dead connection.
 */

/** Watches one attempt, from before it is sent until its answer is read. */
export class ProgressWatch {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number;
  readonly #callerSignal: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isTimedOut = false;

  /**
   * @param timeoutMs Longest wait for the next byte; 0 waits for ever.
   * @param callerSignal Abandons the attempt.
   */
  constructor(timeoutMs: number, callerSignal: AbortSignal | undefined) {
    this.#timeoutMs = timeoutMs;
    this.#callerSignal = callerSignal;
    if (callerSignal?.aborted === true) this.#abandon();
    else callerSignal?.addEventListener('abort', this.#abandon);
  }

  /** Fires when the attempt is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the attempt stood still for too long. */
  get isTimedOut(): boolean {
    return this.#isTimedOut;
  }

  /**
   * Waits for a step of the attempt.
   * @throws What the step throws; the reason of the signal as soon as the attempt is to end, because the `fetch` of
   * Node 20 sometimes never settles after its signal has fired.
   */
  until<Value>(step: Promise<Value>): Promise<Value> {
    const { signal } = this.#controller;
    return new Promise<Value>((resolve, reject) => {
      const end = (): void => reject(signal.reason);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end);
      step.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
    });
  }

  /** The other side is waited for from now on. @param allowanceMs More than the usual time. */
  start(allowanceMs = 0): void {
    this.stop();
    if (this.#timeoutMs === 0) return;
    this.#timer = setTimeout(() => {
      this.#isTimedOut = true;
      this.#controller.abort(new Error(`nothing was heard for ${this.#timeoutMs + allowanceMs} ms`));
    }, this.#timeoutMs + allowanceMs);
  }

  /** Something of the other side has come, or our side is busy. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The attempt is over. */
  close(): void {
    this.stop();
    this.#callerSignal?.removeEventListener('abort', this.#abandon);
  }

  readonly #abandon = (): void => {
    this.#controller.abort(this.#callerSignal?.reason);
  };
}
