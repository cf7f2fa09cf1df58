/**
 * Counts the readers of each content in this process, and knows the snapshots that are open, so that the sweeper leaves
 * alone what somebody reads or is going to read.
 */
import type { ContentId } from '../../vocabulary/encryption.js';

/** Many contents at once that must stay. */
export interface ContentHold {
  holds(contentId: ContentId): boolean;
}

/** How many readers each content has in this process. */
export class ContentPins {
  readonly #counts = new Map<ContentId, number>();
  readonly #holds = new Set<ContentHold>();

  /**
   * Keeps the content's extents and blobs alive. @returns The function that ends that; calling it again does nothing.
   */
  pin(contentId: ContentId): () => void {
    this.#counts.set(contentId, (this.#counts.get(contentId) ?? 0) + 1);
    let isPinned = true;
    return () => {
      if (!isPinned) {
        return;
      }
      isPinned = false;
      const remaining = (this.#counts.get(contentId) ?? 0) - 1;
      if (remaining > 0) {
        this.#counts.set(contentId, remaining);
      } else {
        this.#counts.delete(contentId);
      }
    };
  }

  /** Keeps alive whatever `hold` says it holds, each time it is asked. @returns The function that ends that. */
  hold(hold: ContentHold): () => void {
    this.#holds.add(hold);
    return () => {
      this.#holds.delete(hold);
    };
  }

  isPinned(contentId: ContentId): boolean {
    if (this.#counts.has(contentId)) {
      return true;
    }
    for (const hold of this.#holds) {
      if (hold.holds(contentId)) {
        return true;
      }
    }
    return false;
  }
}
