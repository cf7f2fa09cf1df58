/**
 * Knows the readers of each content in this process, and the snapshots that are open, so that the sweeper leaves alone
 * what somebody reads or is going to read. Where several gateways serve one store it also knows how far back these
 * readers reach, for the sweeper of another process.
 */
import type { ContentId } from '../../vocabulary/encryption.js';
import type { GatewayUse } from '../gateways/presence.js';

/** Many contents at once that must stay. */
export interface ContentHold {
  holds(contentId: ContentId): boolean;
}

/** When readers begin, as other gateways must know it. */
export interface ReaderClock {
  /** The epoch that readers belong to which begin now. */
  epoch(): number;
  /** Milliseconds that only go forward. */
  elapsedMs(): number;
}

/** More long readers than these are told of by their epoch. */
const LONG_READER_COUNT_MAX = 1024;

/** One process alone: its sweeper asks `isPinned`. */
const NO_CLOCK: ReaderClock = { epoch: () => 0, elapsedMs: () => 0 };

interface Reader {
  /** `undefined`: of everything. */
  readonly contentId: ContentId | undefined;
  readonly epoch: number;
  readonly sinceMs: number;
}

/** How many readers each content has in this process. */
export class ContentPins {
  readonly #clock: ReaderClock;
  readonly #counts = new Map<ContentId, number>();
  readonly #holds = new Set<ContentHold>();
  /** In the order in which they began. */
  readonly #readers = new Set<Reader>();
  /** One for each pin and each hold that has not ended, the oldest first. */
  readonly #tokens = new Set<number>();
  #tokenCount = 0;

  /** @param clock Default: there is no other gateway. */
  constructor(clock: ReaderClock = NO_CLOCK) {
    this.#clock = clock;
  }

  /**
   * Keeps the content's extents and blobs alive. @returns The function that ends that; calling it again does nothing.
   */
  pin(contentId: ContentId): () => void {
    this.#counts.set(contentId, (this.#counts.get(contentId) ?? 0) + 1);
    const endReader = this.#begin(contentId);
    let isPinned = true;
    const token = this.#newToken();
    return () => {
      if (!isPinned) {
        return;
      }
      isPinned = false;
      endReader();
      this.#tokens.delete(token);
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
    // Other gateways cannot ask it.
    const endReader = this.#begin(undefined);
    const token = this.#newToken();
    return () => {
      endReader();
      this.#holds.delete(hold);
      this.#tokens.delete(token);
    };
  }

  /** @returns Tells whether everything has ended that was pinned or held when this was called. */
  quiescence(): () => boolean {
    const bound = this.#tokenCount;
    return () => {
      const [oldest] = this.#tokens;
      return oldest === undefined || oldest >= bound;
    };
  }

  #newToken(): number {
    const token = this.#tokenCount;
    this.#tokenCount += 1;
    this.#tokens.add(token);
    return token;
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

  /**
   * @param seenEpoch The epoch of readers that begin now.
   * @param longReaderMs Readers so old are named by their content.
   * @returns What other gateways must know of the readers of this one.
   */
  reach(seenEpoch: number, longReaderMs: number): Omit<GatewayUse, 'heldBlobIds'> {
    const longSinceMs = this.#clock.elapsedMs() - longReaderMs;
    const heldContentIds = new Set<ContentId>();
    let oldestEpoch = seenEpoch;
    for (const { contentId, epoch, sinceMs } of this.#readers) {
      const isNamed =
        contentId !== undefined &&
        sinceMs <= longSinceMs &&
        (heldContentIds.has(contentId) || heldContentIds.size < LONG_READER_COUNT_MAX);
      if (isNamed) heldContentIds.add(contentId);
      else oldestEpoch = Math.min(oldestEpoch, epoch);
    }
    return { oldestEpoch, heldContentIds: [...heldContentIds] };
  }

  #begin(contentId: ContentId | undefined): () => void {
    if (this.#clock === NO_CLOCK) return () => undefined;
    const reader: Reader = { contentId, epoch: this.#clock.epoch(), sinceMs: this.#clock.elapsedMs() };
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }
}
