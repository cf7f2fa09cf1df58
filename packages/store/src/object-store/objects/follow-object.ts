/**
 * Follows one object: gives its bytes from a position on, and those that are appended when they are durable, until it
 * can grow no more. Nobody polls: a follower waits for the commit that wrote the object's row. See
 * `ObjectStore.followObject` for its promises.
 */
import type { StoreContext } from '../context/store-context.js';
import type { ObjectRecord } from '../records/object-record.js';
import { StoreFailure } from '../store-failure.js';
import type { ObjectHead } from '../types.js';
import type { FollowEnd, FollowInput, FollowStep, FollowWish, ObjectFollower } from './follow-types.js';
import type { FeedMoment, ObjectFeed, ObjectFeeds } from './object-feed.js';
import { openRecord } from './open-object.js';

/** @see ObjectStore.followObject, which says what it promises and throws. */
export async function followObject(
  context: StoreContext,
  feeds: ObjectFeeds,
  input: FollowInput,
): Promise<ObjectFollower> {
  // The watch begins first: no change is missed between the two.
  const { feed, letGo } = feeds.hold(input);
  try {
    const { record, release } = await openRecord(context, input);
    const { length } = record.head;
    const position = input.position === 'end' ? length : input.position;
    if (position > length) {
      release();
      throw new StoreFailure({ kind: 'beyond-length', length });
    }
    return new Follower(feed, record, position, () => {
      release();
      letGo();
    });
  } catch (error) {
    letGo();
    throw error;
  }
}

class Follower implements ObjectFollower {
  readonly #feed: ObjectFeed;
  /** As it was opened: which version this is. */
  readonly #opened: ObjectRecord;
  #head: ObjectHead;
  #position: number;
  #letGo: (() => void) | undefined;
  #isStopped = false;
  #wake: () => void = () => undefined;

  constructor(feed: ObjectFeed, opened: ObjectRecord, position: number, letGo: () => void) {
    this.#feed = feed;
    this.#opened = opened;
    this.#head = opened.head;
    this.#position = position;
    this.#letGo = letGo;
  }

  get head(): ObjectHead {
    return this.#head;
  }

  get position(): number {
    return this.#position;
  }

  async next(wish: FollowWish): Promise<FollowStep> {
    let isOver = wish.waitMs === 0;
    let timer: NodeJS.Timeout | undefined;
    try {
      for (;;) {
        if (this.#isStopped) return { kind: 'stopped' };
        const seen = this.#feed.changeCount;
        const step = this.#stepAt(await this.#feed.look(), wish.lengthMax);
        if (step !== undefined) return step;
        if (this.#feed.changeCount !== seen) continue;
        if (isOver) return { kind: 'nothing' };
        timer ??= setTimeout(() => {
          isOver = true;
          this.#wake();
        }, wish.waitMs);
        await this.#changed();
      }
    } finally {
      clearTimeout(timer);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake();
  }

  release(): void {
    this.stop();
    this.#letGo?.();
    this.#letGo = undefined;
  }

  /** Resolves after the next change, or when somebody wakes this follower. */
  #changed(): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const forget = this.#feed.onceChanged(resolve);
      this.#wake = () => {
        forget();
        resolve();
      };
    });
  }

  #stepAt(moment: FeedMoment, lengthMax: number): FollowStep | undefined {
    const { head, end } = this.#sight(moment);
    this.#head = head;
    // What another object took the place of is not gone on with: its bytes are no longer those of the key.
    if (end !== undefined && (head.isLatest || this.#position === head.length)) return { kind: 'end', because: end };
    if (this.#position < head.length) return this.#take(moment, Math.min(head.length, this.#position + lengthMax));
    return undefined;
  }

  /** What this follower sees of a key: its own version, and why nothing more comes of it. */
  #sight({ record }: FeedMoment): { readonly head: ObjectHead; readonly end: FollowEnd | undefined } {
    const { head, referenceId } = this.#opened;
    // An earlier version does not grow. It is given whole.
    if (!head.isLatest) return { head, end: 'replaced' };
    if (record === undefined) return { head: this.#head, end: 'deleted' };
    if (record.referenceId !== referenceId || record.head.type !== head.type) {
      return { head: this.#head, end: 'replaced' };
    }
    if (this.#position < record.head.length) return { head: record.head, end: undefined };
    if (record.head.sealedAtMs !== undefined) return { head: record.head, end: 'sealed' };
    return { head: record.head, end: record.head.type === 'appendable' ? undefined : 'whole' };
  }

  #take(moment: FeedMoment, end: number): FollowStep {
    const start = this.#position;
    this.#position = end;
    return { kind: 'bytes', start, end, bytes: moment.read(this.#opened.contentId, start, end) };
  }
}
