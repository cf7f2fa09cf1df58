/**
 * Cuts a sorted stream of entries into segments whose borders depend on the entries alone: where nothing has changed
 * since the backup before, the segments are the same, and so are their chunks.
 */
import { CHUNK_LENGTH_BYTES_MAX, type ChunkId, type Segment } from './backup-format.js';

/** What a segment is long on average. */
const LENGTH_BYTES = 1024 * 1024;

/** Writes segments through a function that keeps chunks. */
export class SegmentWriter {
  readonly #keep: (bytes: Uint8Array) => Promise<ChunkId>;
  readonly #segments: Segment[] = [];
  #entries: Uint8Array[] = [];
  #lengthBytes = 0;

  /**
   * @param keep Resolves when the chunk is written; its caller bounds how many there are at a time by {@link add} being
   * waited for.
   */
  constructor(keep: (bytes: Uint8Array) => Promise<ChunkId>) {
    this.#keep = keep;
  }

  /** @param key Decides, with the length, whether a segment ends behind this entry. */
  async add(key: Uint8Array, entry: Uint8Array): Promise<void> {
    if (this.#lengthBytes > 0 && this.#lengthBytes + entry.length > CHUNK_LENGTH_BYTES_MAX) await this.#cut();
    this.#entries.push(entry);
    this.#lengthBytes += entry.length;
    if (hashOf(key) / 2 ** 32 < entry.length / LENGTH_BYTES) await this.#cut();
  }

  /** @returns All segments, once they are kept. */
  async finish(): Promise<Segment[]> {
    await this.#cut();
    return this.#segments;
  }

  async #cut(): Promise<void> {
    if (this.#entries.length === 0) return;
    const bytes = Buffer.concat(this.#entries, this.#lengthBytes);
    const count = this.#entries.length;
    this.#entries = [];
    this.#lengthBytes = 0;
    // One after the other: this is the back-pressure for the code that reads the store.
    const chunk = await this.#keep(bytes);
    this.#segments.push({ chunk, length: bytes.length, count });
  }
}

/** FNV-1a, finished so that its high bits are as good as its low ones. */
function hashOf(key: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of key) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
