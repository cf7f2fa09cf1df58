/**
 * The part of an upload that is being filled: a copy of its bytes in blocks, and their SHA-256. A copy, because the
 * part may have to be sent twice, long after its writer has used the memory for something else.
 */
import { createHash } from 'node:crypto';
import type { PartMemory } from '../part-memory.js';
import type { PartPool } from '../part-pool.js';
import type { PieceBuffer } from '../piece-writer.js';
import type { S3Body } from './s3-connection.js';

const BLOCK_LENGTH_BYTES = 256 * 1024;

/** One part, on its way from empty to full. */
export class PartBuffer implements PieceBuffer {
  readonly #memory: PartMemory;
  readonly #pool: PartPool;
  readonly #hash = createHash('sha256');
  readonly #blocks: Buffer[] = [];
  #takenLength = 0;
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
    this.#hash.update(piece);
    for (let taken = 0; taken < piece.length; ) {
      const used = this.#length % BLOCK_LENGTH_BYTES;
      if (used === 0) {
        const room = this.#memory.take(BLOCK_LENGTH_BYTES, signal);
        if (room !== undefined) await room;
        this.#takenLength += BLOCK_LENGTH_BYTES;
        this.#blocks.push(this.#pool.take(BLOCK_LENGTH_BYTES));
      }
      const slice = piece.subarray(taken, taken + BLOCK_LENGTH_BYTES - used);
      this.#blocks.at(-1)?.set(slice, used);
      this.#length += slice.length;
      taken += slice.length;
    }
  }

  /** Everything in it. Nothing may be added afterwards. */
  toBody(): S3Body {
    const last = this.#length % BLOCK_LENGTH_BYTES;
    const chunks = this.#blocks.map((block, index) =>
      last !== 0 && index === this.#blocks.length - 1 ? block.subarray(0, last) : block,
    );
    return { chunks, length: this.#length, sha256: this.#hash.digest('hex') };
  }

  noteStored(): void {
    this.#isStored = true;
  }

  /** Gives its memory back. */
  release(): void {
    if (this.#isStored) this.#pool.give(this.#blocks);
    this.#memory.release(this.#takenLength);
    this.#takenLength = 0;
    this.#blocks.length = 0;
  }
}
