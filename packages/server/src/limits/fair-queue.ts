/**
 * Whose turn it is: so many at once, the others wait, callers take turns and so do the buckets of a caller. Whoever floods fills its own share of the
 * queue and no more. Leaves out requests and what a refusal says (`admission.ts`).
 */

/** Whom work is done for. */
export interface Flow {
  readonly caller: string;
  readonly bucket: string;
}

/** How much may be done and wait. */
export interface FairQueueBounds {
  readonly runningCountMax: number;
  /** Of all together, as long as they come at once; shares that change while others wait may go over it, to twice as many at most. */
  readonly waitingCountMax: number;
}

interface CallerQueue {
  readonly buckets: Map<string, (() => void)[]>;
  waitingCount: number;
}

/** A queue of turns. */
export class FairQueue {
  readonly #bounds: FairQueueBounds;
  /** Next first: whoever had a turn goes to the end. */
  readonly #callers = new Map<string, CallerQueue>();
  #runningCount = 0;
  #waitingCount = 0;

  constructor(bounds: FairQueueBounds) {
    this.#bounds = bounds;
  }

  get runningCount(): number {
    return this.#runningCount;
  }

  get waitingCount(): number {
    return this.#waitingCount;
  }

  /** @returns Whether one more of a flow may come: somebody may run, or the flow waits for less than its share. */
  hasRoomFor({ caller, bucket }: Flow): boolean {
    const { runningCountMax, waitingCountMax } = this.#bounds;
    if (this.#runningCount < runningCountMax) return true;
    if (this.#waitingCount >= 2 * waitingCountMax) return false;
    const own = this.#callers.get(caller);
    const callerCount = this.#callers.size + (own === undefined ? 1 : 0);
    const callerShare = Math.max(1, Math.floor(waitingCountMax / callerCount));
    if (own === undefined) return true;
    if (own.waitingCount >= callerShare) return false;
    const ofBucket = own.buckets.get(bucket);
    if (ofBucket === undefined) return true;
    return ofBucket.length < Math.max(1, Math.floor(callerShare / own.buckets.size));
  }

  /** @returns `undefined` when the turn is now, else what resolves when it is. Call `leave` when it is over. */
  enter({ caller, bucket }: Flow): Promise<void> | undefined {
    if (this.#runningCount < this.#bounds.runningCountMax) {
      this.#runningCount += 1;
      return undefined;
    }
    this.#waitingCount += 1;
    let own = this.#callers.get(caller);
    if (own === undefined) {
      own = { buckets: new Map(), waitingCount: 0 };
      this.#callers.set(caller, own);
    }
    own.waitingCount += 1;
    let ofBucket = own.buckets.get(bucket);
    if (ofBucket === undefined) {
      ofBucket = [];
      own.buckets.set(bucket, ofBucket);
    }
    const waiting = ofBucket;
    return new Promise((resolve) => waiting.push(resolve));
  }

  /** A turn is over: the next one's. */
  leave(): void {
    const next = this.#takeNext();
    // The turn is handed on.
    if (next === undefined) this.#runningCount -= 1;
    else next();
  }

  #takeNext(): (() => void) | undefined {
    for (const [caller, own] of this.#callers) {
      for (const [bucket, waiting] of own.buckets) {
        const next = waiting.shift();
        own.buckets.delete(bucket);
        if (waiting.length > 0) own.buckets.set(bucket, waiting);
        this.#callers.delete(caller);
        own.waitingCount -= 1;
        this.#waitingCount -= 1;
        if (own.buckets.size > 0) this.#callers.set(caller, own);
        return next;
      }
    }
    return undefined;
  }
}
