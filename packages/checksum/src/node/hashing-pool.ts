/**
 * Decides where bodies are hashed: short ones on the calling thread, long ones on a few worker threads through shared
 * memory. Measured with 64 KiB chunks on a 2-core machine, a long body costs the calling thread what copying at 9 to 14
 * GB/s does, against hashing at 1.6 GB/s (CRC-64) or 0.5 GB/s (with MD5). All limits are here, so the memory and the
 * threads that hashing takes are bounded whatever the traffic.
 */
import { availableParallelism } from 'node:os';
import { BodyHasher, type BodyHasherOptions } from './body-hasher.js';
import { HashingThreads, type RingLease } from './hashing-threads.js';

/** Limits of a {@link HashingPool}. */
export interface HashingPoolOptions {
  /**
   * Workers, started when first needed. 0 hashes everything on the calling thread. Default: 2, or 1 where there are at
   * most 2 CPUs.
   */
  readonly workerCount?: number;
  /**
   * Whether a worker is two threads, one for CRC-64 and one for MD5. Default: with more than 2 CPUs. Measured on 2: a
   * body with both took 750 MB/s in place of 510, but an upload, whose other work needs the CPUs too, lost 8 %.
   */
  readonly isDivided?: boolean;
  /** Bodies one worker hashes at a time; further ones are hashed on the calling thread. Default 16. */
  readonly ringsPerWorker?: number;
  /** Memory per such body, a power of two. Default 1 MiB. */
  readonly ringLengthBytes?: number;
  /** Bodies up to this length never leave the calling thread. Default 1 MiB: some 2 ms of hashing with MD5. */
  readonly thresholdBytes?: number;
}

const MEBIBYTE = 1024 * 1024;
/** Positions in a ring count modulo 2^32 and must tell full from empty. */
const RING_LENGTH_BYTES_MAX = 2 ** 30;

/** A set of worker threads for hashing. They never keep the process alive by themselves. */
export class HashingPool {
  readonly #workerCount: number;
  readonly #isDivided: boolean;
  readonly #ringsPerWorker: number;
  readonly #ringLengthBytes: number;
  readonly #thresholdBytes: number;
  #threads: HashingThreads[] = [];
  #closed = false;

  /** @throws RangeError when a limit is not usable. */
  constructor(options: HashingPoolOptions = {}) {
    this.#workerCount = options.workerCount ?? (availableParallelism() > 2 ? 2 : 1);
    this.#isDivided = options.isDivided ?? availableParallelism() > 2;
    this.#ringsPerWorker = options.ringsPerWorker ?? 16;
    this.#ringLengthBytes = options.ringLengthBytes ?? MEBIBYTE;
    this.#thresholdBytes = options.thresholdBytes ?? MEBIBYTE;
    checkLimit('workerCount', this.#workerCount, 0);
    checkLimit('ringsPerWorker', this.#ringsPerWorker, 1);
    checkLimit('ringLengthBytes', this.#ringLengthBytes, 8);
    checkLimit('thresholdBytes', this.#thresholdBytes, 0);
    if (!Number.isInteger(Math.log2(this.#ringLengthBytes)) || this.#ringLengthBytes > RING_LENGTH_BYTES_MAX) {
      throw new RangeError(`Cannot use ring length ${this.#ringLengthBytes}: expected a power of two up to 2^30`);
    }
  }

  /** Begins to hash a body. End it with `digest` or `dispose`, or it keeps its ring. */
  createBodyHasher(options: BodyHasherOptions = {}): BodyHasher {
    return new BodyHasher(options, {
      thresholdBytes: this.#thresholdBytes,
      lease: (initialCrc64, wantsMd5) => this.#lease(initialCrc64, wantsMd5),
    });
  }

  /** Ends the workers. Bodies on them fail; further bodies are hashed on the calling thread. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#threads.map((thread) => thread.close()));
    this.#threads = [];
  }

  #lease(initialCrc64: bigint, wantsMd5: boolean): RingLease | undefined {
    if (this.#closed) {
      return undefined;
    }
    this.#threads = this.#threads.filter((thread) => !thread.failed);
    if (this.#threads.length < this.#workerCount && this.#threads.every((thread) => thread.activeCount > 0)) {
      this.#threads.push(new HashingThreads(this.#ringsPerWorker, this.#ringLengthBytes, this.#isDivided));
    }
    const byLoad = this.#threads.toSorted((left, right) => left.activeCount - right.activeCount);
    return byLoad[0]?.lease(initialCrc64, wantsMd5);
  }
}

let defaultPool: HashingPool | undefined;

/** Begins to hash a body on the process's own pool with default limits. End it with `digest` or `dispose`. */
export function createBodyHasher(options: BodyHasherOptions = {}): BodyHasher {
  defaultPool ??= new HashingPool();
  return defaultPool.createBodyHasher(options);
}

function checkLimit(name: string, value: number, min: number): void {
  if (!Number.isSafeInteger(value) || value < min) {
    throw new RangeError(`Cannot use ${name} ${value}: expected an integer of at least ${min}`);
  }
}
