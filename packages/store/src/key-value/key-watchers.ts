/** Who waits for changes of which key, inside this process. */
import { keyToText } from './commit-rules.js';

/** Listeners by key; costs a commit nothing while nobody watches. */
export class KeyWatchers {
  readonly #listenersOf = new Map<string, Set<() => void>>();

  /** @returns A function that ends the watch; calling it again does nothing. */
  add(key: Uint8Array, listener: () => void): () => void {
    const text = keyToText(key);
    // Wrapped, so that the same function may watch twice and each watch ends on its own.
    const entry = () => listener();
    const listeners = this.#listenersOf.get(text);
    if (listeners === undefined) this.#listenersOf.set(text, new Set([entry]));
    else listeners.add(entry);
    return () => {
      const current = this.#listenersOf.get(text);
      if (current === undefined) return;
      current.delete(entry);
      if (current.size === 0) this.#listenersOf.delete(text);
    };
  }

  /** Whether `notify` could reach anybody: lets a hot path skip collecting keys. */
  get isEmpty(): boolean {
    return this.#listenersOf.size === 0;
  }

  /** Calls the listeners of the key. One that throws must not hide the commit from the others: its error goes to the process. */
  notify(key: Uint8Array): void {
    const listeners = this.#listenersOf.get(keyToText(key));
    if (listeners === undefined) return;
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  clear(): void {
    this.#listenersOf.clear();
  }
}
