/** Rings and the worker threads that read them, seen from the thread that feeds them. */
import { Worker } from 'node:worker_threads';
import type { HashingWorkerStart } from './body-hasher-worker.js';
import { RING_STATE, type RingPart, type SharedRing, SharedRings } from './shared-ring.js';

/**
 * A hashing thread makes next to no garbage. V8 would let its young heap grow to 48 MiB all the same, and never give it
 * back.
 */
const YOUNG_GENERATION_LENGTH_MIB_MAX = 6;

/** What a ring gives back in the end. */
export interface RingResult {
  readonly crc64: bigint;
  readonly md5: Uint8Array | undefined;
}

/**
 * Running workers: one for both checksums, or one for each, so that a body takes as long as its slower checksum and not
 * as both. A worker starts when the first body wants a checksum of it; what is written before it is up waits in the
 * rings.
 */
export class HashingThreads {
  readonly #shared: SharedRings;
  readonly #isDivided: boolean;
  readonly #workers = new Map<RingPart, Worker>();
  readonly #leases: (RingLease | undefined)[];
  #waitingCount = 0;
  #failure: Error | undefined;

  /** @param isDivided Whether each checksum has a worker of its own. */
  constructor(ringCount: number, ringLengthBytes: number, isDivided: boolean) {
    this.#shared = SharedRings.allocate(ringCount, ringLengthBytes);
    this.#isDivided = isDivided;
    this.#leases = this.#shared.rings.map(() => undefined);
  }

  /** Whether a worker ended; the others take no bodies any more. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  get activeCount(): number {
    return this.#leases.reduce((count, lease) => (lease === undefined ? count : count + 1), 0);
  }

  /** Takes a ring for a body, or `undefined` when all are taken. */
  lease(initialCrc64: bigint, wantsMd5: boolean): RingLease | undefined {
    const { rings } = this.#shared;
    const index = rings.findIndex(
      (ring, candidate) => this.#leases[candidate] === undefined && ring.state === RING_STATE.free,
    );
    const ring = rings[index];
    if (this.failed || ring === undefined || !ring.open(initialCrc64, wantsMd5)) {
      return undefined;
    }
    this.#start('crc64');
    if (wantsMd5 && this.#isDivided) {
      this.#start('md5');
    }
    const lease = new RingLease(ring, wantsMd5, {
      wake: () => this.#shared.ring(),
      countWaiting: (change) => this.#countWaiting(change),
      release: () => {
        this.#leases[index] = undefined;
      },
    });
    this.#leases[index] = lease;
    return lease;
  }

  /** Ends the workers; unfinished bodies fail. */
  async close(): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker.terminate()));
  }

  #start(part: RingPart): void {
    if (this.#workers.has(part)) {
      return;
    }
    const parts: readonly RingPart[] = this.#isDivided ? [part] : ['crc64', 'md5'];
    const start: HashingWorkerStart = { transfer: this.#shared.transfer, parts };
    const worker = new Worker(new URL('./body-hasher-worker.js', import.meta.url), {
      workerData: start,
      name: `annals-${parts.join('-')}`,
      // Flags of the main script, such as an input type, make no sense for the worker's file.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_LENGTH_MIB_MAX },
    });
    worker.on('message', (index: number) => this.#leases[index]?.look());
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', (code) => this.#fail(new Error(`The hashing worker ended with exit code ${code}`)));
    // Only a pending promise may keep the process alive, never an idle worker. Listening for messages holds the process
    // again, so this comes last.
    if (this.#waitingCount === 0) {
      worker.unref();
    }
    this.#workers.set(part, worker);
  }

  #countWaiting(change: 1 | -1): void {
    this.#waitingCount += change;
    for (const worker of this.#workers.values()) {
      if (this.#waitingCount === 0) {
        worker.unref();
      } else {
        worker.ref();
      }
    }
  }

  #fail(error: Error): void {
    if (this.#failure !== undefined) {
      return;
    }
    this.#failure = error;
    for (const lease of this.#leases) {
      lease?.fail(error);
    }
    // The other one has nothing to do any more.
    void this.close();
  }
}

/** What a lease asks of its thread. */
interface LeaseThread {
  wake(): void;
  countWaiting(change: 1 | -1): void;
  release(): void;
}

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** The right to one ring for one body. */
export class RingLease {
  readonly #ring: SharedRing;
  readonly #wantsMd5: boolean;
  readonly #thread: LeaseThread;
  #unannouncedBytes = 0;
  #waiter: Waiter | undefined;
  #failure: Error | undefined;

  constructor(ring: SharedRing, wantsMd5: boolean, thread: LeaseThread) {
    this.#ring = ring;
    this.#wantsMd5 = wantsMd5;
    this.#thread = thread;
  }

  /** Copies bytes into the ring; a promise when they do not all fit at once. */
  write(bytes: Uint8Array): undefined | Promise<void> {
    if (this.#failure !== undefined) {
      return Promise.reject(this.#failure);
    }
    const copied = this.#copy(bytes);
    return copied === bytes.length ? undefined : this.#writeRest(bytes.subarray(copied));
  }

  /** Waits for the workers to hash what was written, and gives the ring back. */
  async finish(): Promise<RingResult> {
    this.#throwIfFailed();
    this.#ring.changeState(RING_STATE.open, RING_STATE.finishing);
    this.#thread.wake();
    while (this.#ring.state !== RING_STATE.finished) {
      await this.#wait();
    }
    const result = { crc64: this.#ring.crc64, md5: this.#wantsMd5 ? this.#ring.md5 : undefined };
    this.#ring.changeState(RING_STATE.finished, RING_STATE.free);
    this.#thread.release();
    return result;
  }

  /** Gives the ring back without a result. Pending calls reject with `error`. */
  abandon(error: Error): void {
    if (this.#failure === undefined) {
      this.fail(error);
      const ring = this.#ring;
      if (
        ring.changeState(RING_STATE.open, RING_STATE.abandoned) ||
        ring.changeState(RING_STATE.finishing, RING_STATE.abandoned)
      ) {
        this.#thread.wake();
      } else {
        ring.changeState(RING_STATE.finished, RING_STATE.free);
      }
      this.#thread.release();
    }
  }

  /** A worker ended: nothing more will come. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#settle((waiter) => waiter.reject(error));
  }

  /** A worker says that there is room or a result. */
  look(): void {
    this.#settle((waiter) => waiter.resolve());
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
  }

  #copy(bytes: Uint8Array): number {
    const copied = this.#ring.write(bytes);
    this.#unannouncedBytes += copied;
    // Waking a thread is a system call, worth it only for a fair piece of work.
    if (this.#unannouncedBytes >= this.#ring.lengthBytes / 8 || copied < bytes.length) {
      this.#unannouncedBytes = 0;
      this.#thread.wake();
    }
    return copied;
  }

  async #writeRest(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) {
      this.#ring.announceWaiting();
      // The workers may have read everything before they could see the announcement; then none would call.
      if (this.#ring.used === this.#ring.lengthBytes) {
        await this.#wait();
      }
      rest = rest.subarray(this.#copy(rest));
    }
  }

  async #wait(): Promise<void> {
    this.#throwIfFailed();
    this.#thread.countWaiting(1);
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiter = { resolve, reject };
      });
    } finally {
      this.#thread.countWaiting(-1);
    }
  }

  #settle(settle: (waiter: Waiter) => void): void {
    const waiter = this.#waiter;
    if (waiter !== undefined) {
      this.#waiter = undefined;
      settle(waiter);
    }
  }
}
