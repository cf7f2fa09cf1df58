/** Trailers of the blobs read last, bounded by the memory they take. */
import type { BlobId } from '../contract/blob-store.js';
import type { BlobTrailer } from './blob-trailer.js';

/** The trailers of 1,000 blobs of 128 MiB, or a quarter of a million small ones. */
const SIZE_BYTES_MAX = 4 * 1024 * 1024;

/** What an entry costs beside its tags, roughly. */
const ENTRY_OVERHEAD_BYTES = 200;

/** Keeps the trailers used last within `SIZE_BYTES_MAX`. A sealed blob never changes, so an entry is never stale. */
export class TrailerCache {
  /** Least recently used first: a map keeps the order of insertion. */
  readonly #trailers = new Map<BlobId, BlobTrailer>();
  #sizeBytes = 0;

  get(blobId: BlobId): BlobTrailer | undefined {
    const trailer = this.#trailers.get(blobId);
    if (trailer !== undefined) {
      this.#trailers.delete(blobId);
      this.#trailers.set(blobId, trailer);
    }
    return trailer;
  }

  set(blobId: BlobId, trailer: BlobTrailer): void {
    this.delete(blobId);
    this.#trailers.set(blobId, trailer);
    this.#sizeBytes += sizeOf(trailer);
    for (const oldest of this.#trailers.keys()) {
      if (this.#sizeBytes <= SIZE_BYTES_MAX) return;
      this.delete(oldest);
    }
  }

  delete(blobId: BlobId): void {
    const trailer = this.#trailers.get(blobId);
    if (trailer === undefined) return;
    this.#trailers.delete(blobId);
    this.#sizeBytes -= sizeOf(trailer);
  }

  clear(): void {
    this.#trailers.clear();
    this.#sizeBytes = 0;
  }
}

function sizeOf(trailer: BlobTrailer): number {
  return trailer.blockTags.byteLength + ENTRY_OVERHEAD_BYTES;
}
