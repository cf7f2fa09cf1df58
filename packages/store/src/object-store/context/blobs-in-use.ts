/**
 * Blobs that this process writes or is about to publish, and those whose publishing commit failed with its outcome
 * unknown: not to be taken for orphans, by this process or another.
 */
import type { BlobId } from '../../contract/blob-store.js';

/** More long uploads than these are not told of; a tombstone still keeps them from being published in part. */
const TOLD_COUNT_MAX = 1024;

/** The blobs of one process. */
export class BlobsInUse {
  readonly #elapsedMs: () => number;
  /** Oldest first, with when each began. */
  readonly #sinceMs = new Map<BlobId, number>();
  /** What is to be called when no blob is left whose id begins so. */
  readonly #waiting = new Map<string, () => void>();

  /** @param elapsedMs Milliseconds that only go forward. Default: there is no other gateway to be told. */
  constructor(elapsedMs: () => number = () => 0) {
    this.#elapsedMs = elapsedMs;
  }

  add(blobId: BlobId): void {
    this.#sinceMs.set(blobId, this.#elapsedMs());
  }

  has(blobId: BlobId): boolean {
    return this.#sinceMs.has(blobId);
  }

  /** Whether there is one whose id begins so. */
  hasBeginning(text: string): boolean {
    for (const blobId of this.#sinceMs.keys()) if (blobId.startsWith(text)) return true;
    return false;
  }

  delete(blobId: BlobId): void {
    this.#sinceMs.delete(blobId);
    if (this.#waiting.size === 0) return;
    for (const [text, callback] of this.#waiting) if (blobId.startsWith(text)) this.#callIfUnused(text, callback);
  }

  /** Calls back once, at once or when no blob is in use whose id begins so. No such blob may come meanwhile. */
  whenUnused(text: string, callback: () => void): void {
    this.#waiting.set(text, callback);
    this.#callIfUnused(text, callback);
  }

  #callIfUnused(text: string, callback: () => void): void {
    if (this.hasBeginning(text)) return;
    this.#waiting.delete(text);
    callback();
  }

  /** @returns The oldest of those that have been in use for so long. */
  olderThan(ageMs: number): readonly BlobId[] {
    const untilMs = this.#elapsedMs() - ageMs;
    const blobIds: BlobId[] = [];
    for (const [blobId, sinceMs] of this.#sinceMs) {
      if (sinceMs > untilMs || blobIds.length === TOLD_COUNT_MAX) break;
      blobIds.push(blobId);
    }
    return blobIds;
  }
}
