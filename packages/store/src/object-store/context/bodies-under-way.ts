/**
 * Tells whether a body is the only one on its way, and has been for a while: then nobody shares a sync with it, and the
 * fewest syncs are the best. Leaves out what follows from it (`receive-body.ts`).
 */

/** So many bodies behind each other had the store for themselves: one writer, and not a gap between many. */
const LONE_COUNT_MIN = 4;

/** The bodies that this process receives and commits at this moment. */
export class BodiesUnderWay {
  #count = 0;
  #loneCount = 0;

  /** A body begins to come in. To be ended once, when its commit is settled. */
  begin(): void {
    this.#count += 1;
    // Of both, whichever began first.
    if (this.#count > 1) this.#loneCount = 0;
  }

  end(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#loneCount += 1;
  }

  /** Asked by one of them: whether it is alone, as those before it were. */
  get isLone(): boolean {
    return this.#count === 1 && this.#loneCount >= LONE_COUNT_MIN;
  }
}
