/** The readers that follow objects: counted, and told when the server stops. Leaves out what they are sent. */

/** Readers that follow an object now. */
export class OpenFollowers {
  readonly #count: () => () => void;
  readonly #stops = new Set<() => void>();
  #isStopped = false;

  /** @param count Told of each reader that begins. @returns What is told when it leaves. */
  constructor(count: () => () => void) {
    this.#count = count;
  }

  /** @see FollowerDesk.begin */
  begin(stop: () => void): () => void {
    if (this.#isStopped) stop();
    const leave = this.#count();
    // Wrapped: the same function may stand for two readers.
    const entry = (): void => stop();
    this.#stops.add(entry);
    return () => {
      if (this.#stops.delete(entry)) leave();
    };
  }

  /** Ends all readers, and those that come later at once. */
  stop(): void {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
  }
}
