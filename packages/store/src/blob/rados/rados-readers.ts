/** Blobs that this process reads: one that is deleted meanwhile keeps its bytes until the last reader has ended. */
import type { BlobId } from '../../contract/blob-store.js';

/** Who reads what, and what waits for that to end. */
export class RadosReaders {
  readonly #counts = new Map<BlobId, number>();
  readonly #doomed = new Set<BlobId>();
  readonly #remove: (blobId: BlobId) => Promise<void>;

  /** @param remove Called for a blob that was deleted, after its last reader. */
  constructor(remove: (blobId: BlobId) => Promise<void>) {
    this.#remove = remove;
  }

  /** Blobs that are deleted and still there. */
  get doomed(): ReadonlySet<BlobId> {
    return this.#doomed;
  }

  isReading(blobId: BlobId): boolean {
    return this.#counts.has(blobId);
  }

  /** Puts the removal off until the last reader has ended. */
  doom(blobId: BlobId): void {
    this.#doomed.add(blobId);
  }

  begin(blobId: BlobId): void {
    this.#counts.set(blobId, (this.#counts.get(blobId) ?? 0) + 1);
  }

  end(blobId: BlobId): void {
    const count = (this.#counts.get(blobId) ?? 0) - 1;
    if (count > 0) {
      this.#counts.set(blobId, count);
      return;
    }
    this.#counts.delete(blobId);
    if (!this.#doomed.has(blobId)) return;
    // What cannot be removed now is no blob any more, and the sweep of orphans removes it.
    void this.#remove(blobId)
      .catch(() => undefined)
      .finally(() => this.#doomed.delete(blobId));
  }
}
