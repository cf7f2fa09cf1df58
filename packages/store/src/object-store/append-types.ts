/** What appends and seals ask for and give. */
import type { ExpectedDigests, LastAppend, ObjectAcl, ObjectAttributes, ObjectHead, ObjectTarget } from './types.js';

/** What an append needs besides the body. */
export interface AppendInput extends ObjectTarget {
  readonly ownerId: string;
  readonly callerId: string;
  /** Byte offset where this body must begin = current length; `auto`: wherever the object ends. */
  readonly position: number | 'auto';
  /** Used when this append creates the object; otherwise only `aclChange` counts. */
  readonly attributes: ObjectAttributes;
  /** Set on the object also when it exists already. */
  readonly aclChange?: ObjectAcl;
  readonly expected: ExpectedDigests;
  /** Names the append among those of its object version, so that a repeat is answered and not applied. */
  readonly appendId?: string;
  /** Of its writer: refused when an append with a higher one was applied. */
  readonly writerEpoch?: number;
  /** Bytes that the object may have after this append. */
  readonly objectLengthMax?: number;
}

/** The object after an append; of a repeat, as it was after the append that it repeats. */
export interface AppendResult {
  readonly head: ObjectHead;
  /** Where the body begins. */
  readonly position: number;
  /** Where the next append must begin = `head.length`. */
  readonly nextPosition: number;
  /** It was applied before: nothing was changed now. */
  readonly isReplay?: true;
}

/** Which object to seal, and how long the caller believes it to be. */
export interface SealInput extends ObjectTarget {
  readonly position: number;
}

/** Which object to convert, and to what. */
export interface ConvertInput extends ObjectTarget {
  readonly type: 'appendable' | 'normal';
  /** Called with the object as it is, perhaps several times; throws to refuse. */
  readonly check: (head: ObjectHead) => void;
}

/** What is remembered of an append that was given an id. */
export interface RememberedAppend extends Omit<LastAppend, 'callerId'> {
  /** Its number among the appends with an id of its object version. */
  readonly sequence: number;
  /** Of the object after it. */
  readonly etag: string;
  readonly objectCrc64: bigint;
}

/** Numbers of the appends with an id of one object version: those from `first` on have rows, `next` is the next. */
export interface AppendIdNumbers {
  readonly first: number;
  readonly next: number;
}
