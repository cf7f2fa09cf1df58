/** The stripe of a blob that is being filled: a copy, since its writer uses the memory for something else. */
import type { PartMemory } from '../part-memory.js';
import type { PartPool } from '../part-pool.js';
import type { PieceBuffer } from '../piece-writer.js';

const CAPACITY_BYTES_MIN = 256 * 1024;
const GROWTH = 4;

/** One stripe, on its way from empty to full. */
export class StripeBuffer implements PieceBuffer {
  readonly #memory: PartMemory;
  readonly #pool: PartPool;
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;
  #isStored = false;

  constructor(memory: PartMemory, pool: PartPool) {
    this.#memory = memory;
    this.#pool = pool;
  }

  /** Bytes in it. */
  get length(): number {
    return this.#length;
  }

  /** Copies all bytes of `piece`; waits for memory where there is none. @throws As {@link PartMemory.take}. */
  async add(piece: Uint8Array, signal: AbortSignal): Promise<void> {
    const needed = this.#length + piece.length;
    if (needed > this.#bytes.length) {
      let capacity = Math.max(CAPACITY_BYTES_MIN, this.#bytes.length);
      while (capacity < needed) capacity *= GROWTH;
      const room = this.#memory.take(capacity - this.#bytes.length, signal);
      if (room !== undefined) await room;
      const grown = this.#pool.take(capacity);
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#pool.give([this.#bytes]);
      this.#bytes = grown;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = needed;
  }

  /** Everything in it. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  noteStored(): void {
    this.#isStored = true;
  }

  /** Gives its memory back. */
  release(): void {
    this.#memory.release(this.#bytes.length);
    if (this.#isStored) this.#pool.give([this.#bytes]);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
  }
}
