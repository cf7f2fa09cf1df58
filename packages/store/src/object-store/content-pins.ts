/** Counts the readers of each content in this process, so that the sweeper leaves alone what somebody reads. */
import type { ContentId } from './types.js';

/** How many readers each content has in this process. */
export class ContentPins {
  readonly #counts = new Map<ContentId, number>();

  /** Keeps the content's extents and blobs alive. @returns The function that ends that; calling it again does nothing. */
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

  isPinned(contentId: ContentId): boolean {
    return this.#counts.has(contentId);
  }
}
