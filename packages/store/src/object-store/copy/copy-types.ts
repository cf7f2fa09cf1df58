/** The vocabulary of copies. See `types.ts` for everything else. */
import type { ObjectAttributes, ObjectHead, ObjectTarget, VersionTarget } from '../types.js';

/** What a copy needs. */
export interface CopyInput extends ObjectTarget {
  readonly source: VersionTarget;
  readonly forbidOverwrite: boolean;
  /**
   * Looks at the source as it is and chooses the attributes of the copy, or throws to refuse. Called again when a race
   * was lost.
   * @param isInPlace The copy is the source itself: only its attributes will change.
   */
  plan(source: ObjectHead, isInPlace: boolean): ObjectAttributes;
}

/** What a copy made. */
export interface CopyOutcome {
  readonly head: ObjectHead;
  /** As it was copied. */
  readonly source: ObjectHead;
}
