/**
 * Hard limits on what a bucket holds: every commit that would make a counter of a bucket grow past its limit is refused, whoever asks and by whatever
 * operation, since the counters are kept by commits. Exact while commits overlap: what is under way counts as if it were there. What shrinks or stays passes, also
 * above the limit. Nothing is looked at for buckets without a limit. Leaves out who sets limits and where they are stored.
 *
 * The process that has the store open is the only one that changes it; two would each know only their own commits under way.
 */
import type { KeyValueCommit, KeyValueCommitOutcome, KeyValueStore } from '../contract/key-value-store.js';
import { StoreFailure } from '../contract/store-failure.js';
import { decodeCounter } from './records/counter-row.js';
import { lengthSumKey, objectCountKey } from './records/key-space.js';

/** What a bucket may hold. Without a member that is not limited. */
export interface BucketQuota {
  /** Bytes of all versions of its objects. */
  readonly lengthBytesMax?: number;
  /** Versions of its objects, delete markers left out. */
  readonly objectCountMax?: number;
}

/** What a bucket with a quota holds at the moment. */
export interface BucketUse {
  readonly lengthBytes: number;
  readonly objectCount: number;
}

interface LimitedCounter {
  readonly bucket: string;
  readonly what: 'bytes' | 'objects';
  readonly key: Uint8Array;
  readonly max: bigint;
  /** Durable, as far as it is known; `undefined`: to be read. */
  used: bigint | undefined;
  /** What commits under way will add. */
  growing: bigint;
  loading: Promise<void> | undefined;
}

/** Commits that began between two looks at the counters. */
class Cohort {
  #count = 0;
  #onEmpty: (() => void) | undefined;

  enter(): void {
    this.#count += 1;
  }

  leave(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#onEmpty?.();
  }

  empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#count === 0) resolve();
      else this.#onEmpty = resolve;
    });
  }
}

/** The quotas of one store. */
export class QuotaLedger {
  #counters = new Map<string, LimitedCounter>();
  #cohort = new Cohort();
  /** Resolves when all cohorts before the present one are over. */
  #before: Promise<void> = Promise.resolve();

  /** Replaces all quotas. They hold for commits that begin from now on. */
  set(quotas: ReadonlyMap<string, BucketQuota>): void {
    const counters = new Map<string, LimitedCounter>();
    const add = (bucket: string, what: LimitedCounter['what'], key: Uint8Array, max: number | undefined): void => {
      if (max === undefined) return;
      counters.set(nameOf(key), {
        bucket,
        what,
        key,
        max: BigInt(max),
        used: undefined,
        growing: 0n,
        loading: undefined,
      });
    };
    for (const [bucket, { lengthBytesMax, objectCountMax }] of quotas) {
      add(bucket, 'bytes', lengthSumKey(bucket), lengthBytesMax);
      add(bucket, 'objects', objectCountKey(bucket), objectCountMax);
    }
    this.#counters = counters;
  }

  /** @returns A store whose commits are judged; reading costs nothing. */
  watch(keyValues: KeyValueStore): KeyValueStore {
    return {
      get: (key) => keyValues.get(key),
      list: (range) => keyValues.list(range),
      commit: (commit) => this.#commit(keyValues, commit),
      watch: (key, listener) => keyValues.watch(key, listener),
      snapshot: () => keyValues.snapshot(),
      statistics: () => keyValues.statistics(),
      close: () => keyValues.close(),
    };
  }

  /**
   * Refuses what could not be committed anyway, before its bytes are read.
   * @returns What to wait for; nothing where nothing is limited.
   * @throws {StoreFailure} `quota-exceeded`.
   */
  requireRoom(keyValues: KeyValueStore, bucket: string, growth: BucketUse): Promise<void> | undefined {
    return this.#counters.size === 0 ? undefined : this.#requireRoom(keyValues, bucket, growth);
  }

  async #requireRoom(keyValues: KeyValueStore, bucket: string, growth: BucketUse): Promise<void> {
    const keys = [
      [lengthSumKey(bucket), growth.lengthBytes],
      [objectCountKey(bucket), growth.objectCount],
    ] as const;
    for (const [key, delta] of keys) {
      const counter = this.#counters.get(nameOf(key));
      if (counter === undefined || delta <= 0) continue;
      if (counter.used === undefined) await this.#load(keyValues, counter);
      requireBelow(counter, BigInt(delta));
    }
  }

  async #commit(keyValues: KeyValueStore, commit: KeyValueCommit): Promise<KeyValueCommitOutcome> {
    let limited = this.#limitedIn(commit);
    for (;;) {
      const unread = limited.find(({ counter }) => counter.used === undefined);
      if (unread === undefined) break;
      await this.#load(keyValues, unread.counter);
      // Quotas may have been set anew meanwhile.
      limited = this.#limitedIn(commit);
    }
    // From here to the engine without a pause: nobody else can reserve in between.
    for (const { counter, delta } of limited) if (delta > 0n) requireBelow(counter, delta);
    for (const { counter, delta } of limited) if (delta > 0n) counter.growing += delta;
    const cohort = this.#cohort;
    cohort.enter();
    try {
      const outcome = await keyValues.commit(commit);
      for (const { counter, delta } of limited) {
        if (outcome.committed && counter.used !== undefined) counter.used += delta;
      }
      return outcome;
    } catch (error) {
      // It may have happened all the same: the counters know.
      for (const { counter } of limited) counter.used = undefined;
      throw error;
    } finally {
      for (const { counter, delta } of limited) if (delta > 0n) counter.growing -= delta;
      cohort.leave();
    }
  }

  #limitedIn({ sums }: KeyValueCommit): readonly { readonly counter: LimitedCounter; readonly delta: bigint }[] {
    if (this.#counters.size === 0 || sums === undefined) return NOTHING_LIMITED;
    return sums.flatMap(({ key, delta }) => {
      const counter = this.#counters.get(nameOf(key));
      return counter === undefined ? [] : [{ counter, delta }];
    });
  }

  /** Reads a counter when all commits that began before have ended; those that begin meanwhile wait for it, if they are about it. */
  #load(keyValues: KeyValueStore, counter: LimitedCounter): Promise<void> {
    counter.loading ??= this.#read(keyValues, counter).finally(() => {
      counter.loading = undefined;
    });
    return counter.loading;
  }

  async #read(keyValues: KeyValueStore, counter: LimitedCounter): Promise<void> {
    const ended = Promise.all([this.#before, this.#cohort.empty()]);
    this.#cohort = new Cohort();
    this.#before = ended.then(() => undefined);
    await this.#before;
    counter.used = BigInt(decodeCounter(await keyValues.get(counter.key)));
  }
}

const NOTHING_LIMITED: readonly never[] = [];

function requireBelow({ bucket, what, max, used = 0n, growing }: LimitedCounter, delta: bigint): void {
  if (used + growing + delta <= max) return;
  throw new StoreFailure({ kind: 'quota-exceeded', bucket, what, max: Number(max) });
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
