/**
 * Follows one object: gives its bytes from a position on, and those that are appended when they are durable, until it
 * can grow no more. Nobody polls: a follower waits for the commit that wrote the object's row. See
 * `ObjectStore.followObject` for its promises.
 */
import type { StoreContext } from '../context/store-context.js';
import type { ObjectRecord } from '../records/version-record.js';
import { StoreFailure } from '../store-failure.js';
import type { ObjectHead } from '../types.js';
import type { FollowEnd, FollowInput, FollowStep, FollowWish, ObjectFollower } from './follow-types.js';
import type { FeedMoment, FeedWaiter, ObjectFeed, ObjectFeeds } from './object-feed.js';
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

class Follower implements ObjectFollower, FeedWaiter {
  readonly #feed: ObjectFeed;
  /** As it was opened: which version this is. */
  readonly #opened: ObjectRecord;
  #head: ObjectHead;
  #position: number;
  #letGo: (() => void) | undefined;
  #isStopped = false;
  #lengthMax = 0;
  /** Answers the wait under way. */
  #answer: ((step: FollowStep | Promise<FollowStep>) => void) | undefined;
  #waitEndsAtMs = 0;
  /** Kept from wait to wait, which cost less without a timer each. It ends no later than the wait under way. */
  #timer: NodeJS.Timeout | undefined;
  #timerEndsAtMs = 0;

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

  async next({ waitMs, lengthMax }: FollowWish): Promise<FollowStep> {
    if (this.#isStopped) return { kind: 'stopped' };
    const moment = this.#feed.latest ?? (await this.#feed.look());
    if (this.#isStopped) return { kind: 'stopped' };
    const step = this.#stepAt(moment, lengthMax);
    if (step !== undefined) return step;
    if (waitMs === 0) return { kind: 'nothing' };
    return new Promise((resolve) => {
      this.#answer = resolve;
      this.#lengthMax = lengthMax;
      this.#waitEndsAtMs = performance.now() + waitMs;
      this.#startTimer(waitMs);
      this.#feed.wait(this, moment);
    });
  }

  onMoment(moment: FeedMoment): void {
    const step = this.#stepAt(moment, this.#lengthMax);
    if (step !== undefined) this.#settle(step);
  }

  onFailure(failure: unknown): void {
    this.#settle(Promise.reject(failure));
  }

  #startTimer(durationMs: number): void {
    if (this.#timer !== undefined && this.#timerEndsAtMs <= this.#waitEndsAtMs) return;
    clearTimeout(this.#timer);
    this.#timerEndsAtMs = this.#waitEndsAtMs;
    this.#timer = setTimeout(() => this.#onTimer(), durationMs);
  }

  #onTimer(): void {
    this.#timer = undefined;
    if (this.#answer === undefined) return;
    const leftMs = this.#waitEndsAtMs - performance.now();
    if (leftMs > 0) this.#startTimer(leftMs);
    else this.#settle({ kind: 'nothing' });
  }

  #settle(step: FollowStep | Promise<FollowStep>): void {
    const answer = this.#answer;
    this.#answer = undefined;
    this.#feed.forget(this);
    answer?.(step);
  }

  stop(): void {
    this.#isStopped = true;
    this.#settle({ kind: 'stopped' });
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  release(): void {
    this.stop();
    this.#letGo?.();
    this.#letGo = undefined;
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
    return { kind: 'bytes', start, end, bytes: moment.read(this.#opened, start, end) };
  }
}
