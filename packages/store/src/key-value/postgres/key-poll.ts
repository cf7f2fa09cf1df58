/**
 * Finds out what other processes have changed of the keys that are watched here: one statement for all of them, again
 * and again while there are any.
 */
import { keyToText } from '../commit-rules.js';
import type { StatementRow } from './database-connection.js';

/** What a poll needs. */
export interface KeyPollOptions {
  readonly intervalMs: number;
  /** Reads the states of keys: rows of `stateStatement`. */
  readonly readStates: (keys: readonly Uint8Array[]) => Promise<readonly StatementRow[]>;
  readonly changed: (text: string) => void;
}

interface PolledKey {
  readonly key: Uint8Array;
  watchCount: number;
  /** `undefined` before it was first read: whatever is found then counts as a change. */
  state: string | undefined;
}

const ABSENT = '';

/** The keys that are watched, and what is known of them. */
export class KeyPoll {
  readonly #options: KeyPollOptions;
  readonly #keys = new Map<string, PolledKey>();
  #timer: NodeJS.Timeout | undefined;
  #isPolling = false;
  #isClosed = false;

  constructor(options: KeyPollOptions) {
    this.#options = options;
  }

  /** @returns A function that ends it; calling it again does nothing. */
  add(key: Uint8Array): () => void {
    const text = keyToText(key);
    const polled = this.#keys.get(text) ?? { key, watchCount: 0, state: undefined };
    this.#keys.set(text, polled);
    polled.watchCount += 1;
    this.#schedule();
    let isEnded = false;
    return () => {
      if (isEnded) return;
      isEnded = true;
      polled.watchCount -= 1;
      if (polled.watchCount > 0) return;
      this.#keys.delete(text);
      if (this.#keys.size === 0) this.#stop();
    };
  }

  close(): void {
    this.#isClosed = true;
    this.#stop();
    this.#keys.clear();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    if (this.#isClosed || this.#isPolling || this.#keys.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#poll(), this.#options.intervalMs);
    this.#timer.unref();
  }

  async #poll(): Promise<void> {
    this.#isPolling = true;
    this.#timer = undefined;
    const polled = [...this.#keys];
    try {
      const rows = await this.#options.readStates(polled.map(([, { key }]) => key));
      const states = new Map(rows.map(([place, state]) => [Number(place) - 1, state ?? ABSENT]));
      for (const [index, [text, one]] of polled.entries()) {
        const state = states.get(index) ?? ABSENT;
        if (state === one.state) continue;
        one.state = state;
        if (one.watchCount > 0) this.#options.changed(text);
      }
    } catch {
      // The database is away: what changed meanwhile is found when it is back.
    }
    this.#isPolling = false;
    this.#schedule();
  }
}
