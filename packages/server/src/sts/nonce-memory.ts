/**
 * Nonces of calls, remembered so that none is answered twice: what remembers them, and the form that one process has
 * for itself. The form that several gateways share is `../accounts/stored-nonces.ts`.
 */

/** Remembers which names were used. */
export interface NonceMemory {
  /**
   * Uses a name up.
   * @param nowMs Milliseconds since 1970.
   * @param untilMs From when on it may be forgotten.
   * @returns False when it was used before.
   * @throws {EngineFailure} `unavailable`: whether it is used up now is not known.
   */
  use(name: string, nowMs: number, untilMs: number): Promise<boolean>;
}

/** Of this process only, and only since its start. */
export class LocalNonces implements NonceMemory {
  /** Name to the moment it may be forgotten; in the order of those moments. */
  readonly #names = new Map<string, number>();

  /** How many are remembered. */
  get size(): number {
    return this.#names.size;
  }

  /** @see NonceMemory.use */
  async use(name: string, nowMs: number, untilMs: number): Promise<boolean> {
    for (const [old, oldUntilMs] of this.#names) {
      if (oldUntilMs > nowMs) break;
      this.#names.delete(old);
    }
    if (this.#names.has(name)) return false;
    this.#names.set(name, untilMs);
    return true;
  }
}
