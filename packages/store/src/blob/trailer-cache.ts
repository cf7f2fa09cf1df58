/** Trailers of the blobs read last, bounded by the memory they take. */
import { LRUCache } from 'lru-cache';
import type { BlobId } from '../contract/blob-store.js';
import type { BlobTrailer } from './blob-trailer.js';

/** The trailers of 1,000 blobs of 128 MiB, or a quarter of a million small ones. */
const SIZE_BYTES_MAX = 4 * 1024 * 1024;

/** What an entry costs beside its tags, roughly. */
const ENTRY_OVERHEAD_BYTES = 200;

/** Keeps the trailers used last within `SIZE_BYTES_MAX`. A sealed blob never changes, so an entry is never stale. */
export class TrailerCache {
  readonly #trailers = new LRUCache<BlobId, BlobTrailer>({ maxSize: SIZE_BYTES_MAX, sizeCalculation: sizeOf });

  get(blobId: BlobId): BlobTrailer | undefined {
    return this.#trailers.get(blobId);
  }

  set(blobId: BlobId, trailer: BlobTrailer): void {
    this.#trailers.set(blobId, trailer);
  }

  delete(blobId: BlobId): void {
    this.#trailers.delete(blobId);
  }

  clear(): void {
    this.#trailers.clear();
  }
}

function sizeOf(trailer: BlobTrailer): number {
  return trailer.blockTags.byteLength + ENTRY_OVERHEAD_BYTES;
}
