/** Blob engine in memory: the reference model of the contract. Leaves out durability and any bound on memory. */
import type { BlobFill, BlobId, BlobInfo, BlobRange, BlobStore, BlobWriter } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import { createBlobId, type RandomBytes, secureRandomBytes } from '../blob-id.js';
import { assertBlobRange } from '../blob-range.js';
import { putOwnBlob } from '../put-own-blob.js';

/** Chance and time, injected so that tests repeat. */
export interface MemoryBlobStoreOptions {
  readonly random?: RandomBytes;
  /** Current time in milliseconds since 1970. */
  readonly now?: () => number;
}

interface Blob {
  chunks: Uint8Array[];
  length: number;
  modifiedAtMs: number;
  isSealed: boolean;
}

/** @returns An empty store whose content ends with it. */
export function openMemoryBlobStore(options: MemoryBlobStoreOptions = {}): BlobStore {
  return new MemoryBlobStore(options.random ?? secureRandomBytes, options.now ?? Date.now);
}

class MemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<BlobId, Blob>();
  readonly #random: RandomBytes;
  readonly #now: () => number;
  #isClosed = false;

  constructor(random: RandomBytes, now: () => number) {
    this.#random = random;
    this.#now = now;
  }

  async create(blobId: BlobId = createBlobId(this.#random)): Promise<BlobWriter> {
    this.#assertOpen();
    if (this.#blobs.has(blobId)) throw new EngineFailure({ kind: 'unavailable', because: 'input-output' });
    const blob: Blob = { chunks: [], length: 0, modifiedAtMs: this.#now(), isSealed: false };
    this.#blobs.set(blobId, blob);
    return {
      blobId,
      write: async (chunks) => {
        this.#assertWritable(blobId, blob);
        for (const chunk of chunks) {
          if (chunk.length > 0) blob.chunks.push(Uint8Array.prototype.slice.call(chunk));
          blob.length += chunk.length;
        }
        blob.modifiedAtMs = this.#now();
      },
      seal: async () => {
        this.#assertWritable(blobId, blob);
        blob.isSealed = true;
      },
      abort: async () => {
        this.#blobs.delete(blobId);
      },
    };
  }

  put(lengthBytes: number, fill: BlobFill): Promise<BlobId> {
    return putOwnBlob(this, lengthBytes, fill);
  }

  async *read(blobId: BlobId, range: BlobRange): AsyncGenerator<Uint8Array, void, undefined> {
    this.#assertOpen();
    const blob = this.#blobs.get(blobId);
    if (blob === undefined) throw new EngineFailure({ kind: 'missing-blob', blobId });
    assertBlobRange(range, blob.length);
    let offset = 0;
    for (const chunk of blob.chunks) {
      if (offset >= range.end) return;
      const start = Math.max(range.start - offset, 0);
      const end = Math.min(range.end - offset, chunk.length);
      if (start < end) yield Uint8Array.prototype.slice.call(chunk, start, end);
      offset += chunk.length;
    }
  }

  async length(blobId: BlobId): Promise<number | undefined> {
    this.#assertOpen();
    return this.#blobs.get(blobId)?.length;
  }

  async delete(blobId: BlobId): Promise<void> {
    this.#assertOpen();
    this.#blobs.delete(blobId);
  }

  async *list(): AsyncGenerator<BlobInfo, void, undefined> {
    this.#assertOpen();
    for (const [blobId, blob] of [...this.#blobs]) {
      yield { blobId, length: blob.length, modifiedAtMs: blob.modifiedAtMs };
    }
  }

  async overwriteEnd(blobId: BlobId, end: Uint8Array): Promise<void> {
    this.#assertOpen();
    const blob = this.#blobs.get(blobId);
    if (blob === undefined) throw new EngineFailure({ kind: 'missing-blob', blobId });
    const start = blob.length - end.length;
    assertBlobRange({ start: Math.max(0, start), end: Math.max(end.length, blob.length) }, blob.length);
    blob.chunks = [Buffer.concat([...blob.chunks]).subarray(0, start), Uint8Array.prototype.slice.call(end)];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#blobs.clear();
  }

  #assertWritable(blobId: BlobId, blob: Blob): void {
    this.#assertOpen();
    if (blob.isSealed) throw new Error(`Cannot write blob "${blobId}": it is sealed`);
    if (this.#blobs.get(blobId) !== blob) throw new Error(`Cannot write blob "${blobId}": it was given up or deleted`);
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new EngineFailure({ kind: 'unavailable', because: 'closed' });
  }
}
