/**
 * Bounds the memory of all uploads together: what was received and is not yet at the service. An upload whose next
 * bytes find no room waits, and so does its client.
 */
import { EngineFailure } from '../contract/engine-failure.js';

interface Waiting {
  readonly length: number;
  readonly admit: () => void;
}

/** Bytes that parts may take. First come, first served. */
export class PartMemory {
  readonly #patienceMs: number;
  #freeLength: number;
  readonly #queue: Waiting[] = [];

  /**
   * @param lengthBytes Of everything together.
   * @param patienceMs How long an upload waits for room.
   */
  constructor(lengthBytes: number, patienceMs: number) {
    this.#freeLength = lengthBytes;
    this.#patienceMs = patienceMs;
  }

  /**
   * Takes bytes, once there is room.
   * @returns Nothing to wait for when there is room now.
   * @throws {EngineFailure} `unavailable`, `unreachable`: no room came free in time, or the upload ended.
   */
  take(length: number, signal: AbortSignal): Promise<void> | undefined {
    if (this.#queue.length === 0 && this.#freeLength >= length) {
      this.#freeLength -= length;
      return undefined;
    }
    return this.#wait(length, signal);
  }

  /** Gives bytes back. */
  release(length: number): void {
    this.#freeLength += length;
    this.#admit();
  }

  #wait(length: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        length,
        admit: () => {
          settle();
          resolve();
        },
      };
      const giveUp = (reason: string): void => {
        settle();
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(new EngineFailure({ kind: 'unavailable', because: 'unreachable' }, new Error(reason)));
        this.#admit();
      };
      const onAbort = (): void => giveUp('the upload was given up');
      const timer = setTimeout(
        () => giveUp(`no memory for the parts of an upload came free in ${this.#patienceMs} ms`),
        this.#patienceMs,
      );
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      signal.addEventListener('abort', onAbort);
      this.#queue.push(waiting);
      if (signal.aborted) onAbort();
    });
  }

  #admit(): void {
    for (let first = this.#queue[0]; first !== undefined && first.length <= this.#freeLength; first = this.#queue[0]) {
      this.#queue.shift();
      this.#freeLength -= first.length;
      first.admit();
    }
  }
}
