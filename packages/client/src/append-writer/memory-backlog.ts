/** A backlog in memory: bounded, and gone with the process. */
import { joinBytes } from '../read-all.js';
import type { Backlog, BacklogContent, WriterState } from './backlog.js';

/** Holds up to a bound, and one chunk more. */
export class MemoryBacklog implements Backlog {
  readonly #lengthBytesMax: number;
  readonly #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  #acceptedBytes = 0;
  #durableBytes = 0;
  #isAtChunkStart = true;
  readonly #knocking: { readonly chunk: Uint8Array; resolve(): void; reject(reason: unknown): void }[] = [];
  #failure: { readonly reason: unknown } | undefined;

  /** @param lengthBytesMax Bytes that may be held, those under way included; a push waits until it is below. */
  constructor(lengthBytesMax: number) {
    this.#lengthBytesMax = lengthBytesMax;
  }

  async open(): Promise<BacklogContent> {
    return { state: undefined, acceptedBytes: 0 };
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get isAtChunkStart(): boolean {
    return this.#isAtChunkStart;
  }

  async nextChunkBytes(): Promise<number> {
    return this.#chunks[0]?.length ?? 0;
  }

  push(chunk: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
    const accepted = new Promise<void>((resolve, reject) => this.#knocking.push({ chunk, resolve, reject }));
    this.#admit();
    return accepted;
  }

  /** Accepts chunks in their order while there is room. */
  #admit(): void {
    while (this.#acceptedBytes - this.#durableBytes < this.#lengthBytesMax) {
      const next = this.#knocking.shift();
      if (next === undefined) return;
      this.#chunks.push(next.chunk);
      this.#waitingBytes += next.chunk.length;
      this.#acceptedBytes += next.chunk.length;
      next.resolve();
    }
  }

  async take(lengthBytesMax: number): Promise<Uint8Array | undefined> {
    const taken: Uint8Array[] = [];
    let length = 0;
    let count = 0;
    for (const chunk of this.#chunks) {
      if (length + chunk.length > lengthBytesMax) break;
      taken.push(chunk);
      length += chunk.length;
      count += 1;
    }
    const [first] = this.#chunks;
    if (first === undefined) return undefined;
    this.#isAtChunkStart = count > 0;
    if (count === 0) {
      this.#chunks[0] = first.subarray(lengthBytesMax);
      this.#waitingBytes -= lengthBytesMax;
      return first.subarray(0, lengthBytesMax);
    }
    this.#chunks.splice(0, count);
    this.#waitingBytes -= length;
    return count === 1 ? first : joinBytes(taken);
  }

  async remember(state: WriterState): Promise<void> {
    this.#durableBytes = state.durableBytes;
    this.#admit();
  }

  fail(reason: unknown): void {
    this.#failure = { reason };
    for (const { reject } of this.#knocking.splice(0)) reject(reason);
  }

  async close(): Promise<void> {
    this.#chunks.length = 0;
  }
}
