/**
 * Descriptors held for the moment when there are no others: a connection that cannot even be accepted would be tried again for ever. One is given up
 * for it then, so that it can be accepted and told to come back. Leaves out how many connections there may be (`connection-limit.ts`).
 */
import { closeSync, openSync } from 'node:fs';
import type { Logger } from 'pino';

const RESERVE_COUNT = 4;
/** So long connections are refused after one could not be accepted; then what was given up is taken again. */
const USED_UP_MS = 1000;
/** Opened and nothing else. */
const HELD_PATH = '/dev/null';

/** The reserve of one server. */
export class DescriptorReserve {
  readonly #log: Pick<Logger, 'error'>;
  readonly #onFailure: () => void;
  readonly #held: number[] = [];
  #refill: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param onFailure Told of each connection that could not be accepted. */
  constructor(log: Pick<Logger, 'error'>, onFailure: () => void) {
    this.#log = log;
    this.#onFailure = onFailure;
    this.#fill();
  }

  /** Whether there are no descriptors for connections at the moment. */
  get isUsedUp(): boolean {
    return this.#refill !== undefined;
  }

  /** @returns Whether a descriptor is free now. */
  release(error: Error): boolean {
    this.#onFailure();
    // A line for each would fill the disk, too.
    if (!this.isUsedUp) this.#log.error({ err: error }, 'connections cannot be accepted');
    if (this.#refill === undefined && !this.#isClosed) {
      this.#refill = setTimeout(() => {
        this.#refill = undefined;
        this.#fill();
      }, USED_UP_MS);
      this.#refill.unref();
    }
    const descriptor = this.#held.pop();
    if (descriptor === undefined) return false;
    closeSync(descriptor);
    return true;
  }

  /** Gives everything back. Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#refill);
    this.#refill = undefined;
    for (const descriptor of this.#held.splice(0)) closeSync(descriptor);
  }

  #fill(): void {
    try {
      while (this.#held.length < RESERVE_COUNT) this.#held.push(openSync(HELD_PATH, 'r'));
    } catch {
      // With the next pause; what cannot be opened now is what the reserve is for.
    }
  }
}
