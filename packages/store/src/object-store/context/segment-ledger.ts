/**
 * What this process knows of the segments that short blobs share: where blobs have died since it last looked, and which
 * segments only readers of an earlier moment may still need. All of it is a hint: after a start everything is looked at
 * once. Leaves out the looking (`clean-segments.ts`).
 */
import type { BlobId, BlobSegments, BlobStore } from '../../contract/blob-store.js';

/** A segment is looked at again when so large a part of what was alive has died. */
const DEATH_SHARE = 1 / 8;

interface Knowledge {
  /** Blobs that died since the last look. */
  deathCount: number;
  /** Blobs that were alive at the last look; 0: it was never looked at. */
  liveCount: number;
  /** Bytes that belonged to nothing at the last look, about. */
  deadLength: number;
}

/** Hints for the work on segments. */
export class SegmentLedger {
  readonly #segments: BlobSegments | undefined;
  readonly #known = new Map<string, Knowledge>();
  /** Segments without rows, and what tells that nobody reads them any more. */
  readonly #emptied = new Map<string, () => boolean>();
  #cleaner: ((blobId: BlobId) => void) | undefined;

  constructor({ segments }: Pick<BlobStore, 'segments'>) {
    this.#segments = segments;
  }

  /** Another process cleans the segments: it is told of deaths, and nothing is kept here. */
  handOver(cleaner: (blobId: BlobId) => void): void {
    this.#cleaner = cleaner;
  }

  /** A blob is part of nothing any more; one that has a file of its own is of no interest. */
  noteDeath(blobId: BlobId): void {
    if (this.#cleaner !== undefined) {
      this.#cleaner(blobId);
      return;
    }
    const segmentId = this.#segments?.segmentOf(blobId);
    if (segmentId === undefined) return;
    const known = this.#known.get(segmentId);
    if (known === undefined) this.#known.set(segmentId, { deathCount: 1, liveCount: 0, deadLength: 0 });
    else known.deathCount += 1;
  }

  /** Whether a look at the segment is worth it. */
  isDue(segmentId: string): boolean {
    const known = this.#known.get(segmentId);
    return known !== undefined && known.deathCount > known.liveCount * DEATH_SHARE;
  }

  /** Segments whose turn has come, most of them few. */
  due(): readonly string[] {
    return [...this.#known.keys()].filter((segmentId) => this.isDue(segmentId));
  }

  /** There is more to do in the segment. */
  noteDue(segmentId: string): void {
    const deadLength = this.#known.get(segmentId)?.deadLength ?? 0;
    this.#known.set(segmentId, { deathCount: 1, liveCount: 0, deadLength });
  }

  /**
   * The segment was looked at.
   * @param found How many blobs in it are alive, and about how many bytes are not.
   */
  noteLook(segmentId: string, found: { readonly liveCount: number; readonly deadLength: number }): void {
    this.#known.set(segmentId, { ...found, deathCount: 0 });
  }

  /** How many segments there are, and about how many bytes in them belong to nothing, as of the last looks. */
  debt(): { readonly segmentCount: number; readonly deadLength: number } {
    const segmentCount = this.#segments?.ids().length ?? 0;
    let deadLength = 0;
    for (const known of this.#known.values()) deadLength += known.deadLength;
    return { segmentCount, deadLength };
  }

  /** No row names a blob of the segment. @param isUnread Tells whether it may go. */
  noteEmptied(segmentId: string, isUnread: () => boolean): void {
    if (!this.#emptied.has(segmentId)) this.#emptied.set(segmentId, isUnread);
  }

  /** Segments without rows that nobody reads. */
  removable(): readonly string[] {
    return [...this.#emptied].filter(([, isUnread]) => isUnread()).map(([segmentId]) => segmentId);
  }

  /** The segment is gone. */
  forget(segmentId: string): void {
    this.#known.delete(segmentId);
    this.#emptied.delete(segmentId);
  }
}
