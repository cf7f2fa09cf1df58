/** The watchers of each key, inside this process. */

/** Listeners by key text (`keyToText`); a commit pays one look-up for each key it writes. */
export class KeyWatchers {
  readonly #listenersOf = new Map<string, Set<() => void>>();

  /** @returns A function that ends the watch; calling it again does nothing. */
  add(text: string, listener: () => void): () => void {
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

  /**
   * Calls the listeners of the key. One that throws must not hide the commit from the others: its error goes to the
   * process.
   */
  notify(text: string): void {
    const listeners = this.#listenersOf.get(text);
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
