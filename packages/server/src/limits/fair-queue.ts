/**
 * A bounded number of requests runs at once and the others wait; callers take turns, and so do the buckets of a caller.
 * A caller that floods fills its own share of the queue and no more. Leaves out requests and what a refusal says
 * (`admission.ts`).
 */

/** The caller and bucket that work is done for. */
export interface Flow {
  readonly caller: string;
  readonly bucket: string;
}

/** A waiting request. */
interface Waiter {
  readonly lengthBytes: number;
  readonly resolve: () => void;
}

/** How much may be done and wait. */
export interface FairQueueBounds {
  readonly runningCountMax: number;
  /**
   * Of all together, as long as they come at once; shares that change while others wait may go over it, to twice as
   * many at most.
   */
  readonly waitingCountMax: number;
  /** Bytes that may wait with them; in the same way, twice as many at most. */
  readonly waitingLengthBytesMax: number;
}

interface BucketQueue {
  readonly waiters: Waiter[];
  lengthBytes: number;
}

interface CallerQueue {
  readonly buckets: Map<string, BucketQueue>;
  waitingCount: number;
  lengthBytes: number;
}

/** A queue of turns. */
export class FairQueue {
  readonly #bounds: FairQueueBounds;
  /** Next first: a caller that had a turn goes to the end. */
  readonly #callers = new Map<string, CallerQueue>();
  #runningCount = 0;
  #waitingCount = 0;
  #waitingLengthBytes = 0;

  constructor(bounds: FairQueueBounds) {
    this.#bounds = bounds;
  }

  get runningCount(): number {
    return this.#runningCount;
  }

  get waitingCount(): number {
    return this.#waitingCount;
  }

  /** Bytes that wait with those who wait. */
  get waitingLengthBytes(): number {
    return this.#waitingLengthBytes;
  }

  /**
   * @param lengthBytes What would wait with it.
   * @returns Whether one more of a flow may come: somebody may run, or the flow waits for less than its share, in
   * number and in bytes.
   */
  hasRoomFor({ caller, bucket }: Flow, lengthBytes = 0): boolean {
    const { runningCountMax, waitingCountMax, waitingLengthBytesMax } = this.#bounds;
    if (this.#runningCount < runningCountMax) return true;
    if (!this.hasSpaceFor(lengthBytes)) return false;
    const own = this.#callers.get(caller);
    if (own === undefined) return true;
    const callerCount = this.#callers.size;
    const ofBucket = own.buckets.get(bucket);
    const bucketCount = own.buckets.size;
    const isWithin = (callerUse: number, bucketUse: number | undefined, max: number): boolean => {
      const callerShare = Math.max(1, Math.floor(max / callerCount));
      if (callerUse >= callerShare) return false;
      return bucketUse === undefined || bucketUse < Math.max(1, Math.floor(callerShare / bucketCount));
    };
    return (
      isWithin(own.waitingCount, ofBucket?.waiters.length, waitingCountMax) &&
      (lengthBytes === 0 || isWithin(own.lengthBytes, ofBucket?.lengthBytes, waitingLengthBytesMax))
    );
  }

  /** @returns Whether one more may wait whose share does not matter. */
  hasSpaceFor(lengthBytes: number): boolean {
    const { runningCountMax, waitingCountMax, waitingLengthBytesMax } = this.#bounds;
    if (this.#runningCount < runningCountMax) return true;
    return (
      this.#waitingCount < 2 * waitingCountMax && this.#waitingLengthBytes + lengthBytes <= 2 * waitingLengthBytesMax
    );
  }

  /**
   * @param lengthBytes What waits with it.
   * @returns `undefined` when the turn is now, else what resolves when it is. Call `leave` when it is over.
   */
  enter({ caller, bucket }: Flow, lengthBytes = 0): Promise<void> | undefined {
    if (this.#runningCount < this.#bounds.runningCountMax) {
      this.#runningCount += 1;
      return undefined;
    }
    let own = this.#callers.get(caller);
    if (own === undefined) {
      own = { buckets: new Map(), waitingCount: 0, lengthBytes: 0 };
      this.#callers.set(caller, own);
    }
    let ofBucket = own.buckets.get(bucket);
    if (ofBucket === undefined) {
      ofBucket = { waiters: [], lengthBytes: 0 };
      own.buckets.set(bucket, ofBucket);
    }
    this.#waitingCount += 1;
    own.waitingCount += 1;
    this.#weigh(own, ofBucket, lengthBytes);
    const { waiters } = ofBucket;
    return new Promise((resolve) => waiters.push({ lengthBytes, resolve }));
  }

  #weigh(own: CallerQueue, ofBucket: BucketQueue, lengthBytes: number): void {
    ofBucket.lengthBytes += lengthBytes;
    own.lengthBytes += lengthBytes;
    this.#waitingLengthBytes += lengthBytes;
  }

  /** A turn is over: the next one's. */
  leave(): void {
    const next = this.#takeNext();
    // The turn is handed on.
    if (next === undefined) this.#runningCount -= 1;
    else next.resolve();
  }

  #takeNext(): Waiter | undefined {
    for (const [caller, own] of this.#callers) {
      for (const [bucket, ofBucket] of own.buckets) {
        const next = ofBucket.waiters.shift();
        own.buckets.delete(bucket);
        if (ofBucket.waiters.length > 0) own.buckets.set(bucket, ofBucket);
        this.#callers.delete(caller);
        own.waitingCount -= 1;
        this.#weigh(own, ofBucket, -(next?.lengthBytes ?? 0));
        this.#waitingCount -= 1;
        if (own.buckets.size > 0) this.#callers.set(caller, own);
        return next;
      }
    }
    return undefined;
  }
}
