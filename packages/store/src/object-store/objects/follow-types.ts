/** What following a growing object asks for and gives. Leaves out how it is done (`follow-object.ts`). */
import type { ObjectHead, VersionTarget } from '../types.js';

/** Which object is followed, and from where. */
export interface FollowInput extends VersionTarget {
  /** Offset in bytes of the first byte wanted; `end`: only what comes from now on. */
  readonly position: number | 'end';
}

/** How long `next` waits, and how much it gives. */
export interface FollowWish {
  /** Milliseconds without new bytes; 0: only what is there. */
  readonly waitMs: number;
  /** Bytes of one step at most; at least 1. */
  readonly lengthMax: number;
}

/** Why there will be no more bytes. */
export type FollowEnd =
  /** Nothing can be added: the object is sealed. */
  | 'sealed'
  /** Nothing can be added: it is of a type that does not grow. */
  | 'whole'
  | 'deleted'
  /** Another version took its place, or its type was changed. */
  | 'replaced';

/** Bytes `start <= offset < end`; to be read to their end before the next step. */
export interface FollowedBytes {
  readonly kind: 'bytes';
  readonly start: number;
  readonly end: number;
  /** An array where they are in memory already: other followers get the same pieces, so they are not to be changed. */
  readonly bytes: AsyncIterable<Uint8Array> | readonly Uint8Array[];
}

/** What becomes of one wait. */
export type FollowStep =
  | FollowedBytes
  | { readonly kind: 'end'; readonly because: FollowEnd }
  /** The time is over. */
  | { readonly kind: 'nothing' }
  /** `stop` was called. */
  | { readonly kind: 'stopped' };

/** One follower of one object. Its bytes are there until `release`, whatever becomes of the object. */
export interface ObjectFollower {
  /** As it was when last looked at; at first, as it was when it was opened. */
  readonly head: ObjectHead;
  /** Offset in bytes of the next byte. */
  readonly position: number;
  /**
   * Waits for bytes behind those given before: durable ones, in order, without a gap. One call at a time.
   * @throws {EngineFailure} As reading an object does.
   */
  next(wish: FollowWish): Promise<FollowStep>;
  /** Ends the wait under way and all to come. Idempotent. */
  stop(): void;
  /** Lets go of the object. Idempotent. */
  release(): void;
}
