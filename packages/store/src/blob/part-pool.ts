/**
 * Memory for the parts of uploads, used again and again: memory that is taken from the system for each part costs pages
 * and, above all, whole collections of garbage, which the runtime makes when so much outside of its heap is new.
 */

/** Of all buffers that are kept while no part needs them. */
const KEPT_LENGTH_BYTES_MAX = 34 * 1024 * 1024;

/** Buffers of one engine that no part uses now. */
export class PartPool {
  readonly #kept = new Map<number, Buffer[]>();
  #keptLength = 0;

  /** @returns A buffer of this length, with any content. */
  take(lengthBytes: number): Buffer {
    const buffer = this.#kept.get(lengthBytes)?.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(lengthBytes);
    this.#keptLength -= lengthBytes;
    return buffer;
  }

  /** @param buffers That nothing reads or writes any more. */
  give(buffers: readonly Buffer[]): void {
    for (const buffer of buffers) {
      if (buffer.length === 0) continue;
      if (this.#keptLength + buffer.length > KEPT_LENGTH_BYTES_MAX) return;
      const kept = this.#kept.get(buffer.length);
      if (kept === undefined) this.#kept.set(buffer.length, [buffer]);
      else kept.push(buffer);
      this.#keptLength += buffer.length;
    }
  }
}
