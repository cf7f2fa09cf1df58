/**
 * Hard limits on what buckets hold, each by itself and all that one creator made together: it refuses every commit that
 * would make a counter of a bucket grow past a limit, of every caller and operation, since commits keep the counters.
 * Exact while commits overlap: what is under way counts as if it were there. A counter that shrinks or stays passes,
 * also above the limit. Without limits it does nothing. Leaves out who sets limits and where they are stored.
 *
 * The process that has the store open is the only one that changes it; two would each know only their own commits under
 * way.
 */

import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueCommit, KeyValueCommitOutcome, KeyValueStore } from '../../contract/key-value-store.js';
import { withCommit } from '../../key-value/with-commit.js';
import { decodeBucketRecord } from '../records/bucket-row.js';
import { decodeCounter } from '../records/counter-row.js';
import {
  bucketKey,
  bucketNameOf,
  bucketRange,
  isBucketKey,
  lengthSumKey,
  limitedCounterOf,
  objectCountKey,
  successorOf,
} from '../records/key-space.js';
import { StoreFailure } from '../store-failure.js';
import type { BucketRecord } from '../types.js';

/** What may be held. Without a member that is not limited. */
export interface Quota {
  /** Bytes of all versions of objects. */
  readonly lengthBytesMax?: number;
  /** Versions of objects, delete markers left out. */
  readonly objectCountMax?: number;
}

/** Quotas of a kind of holder: those with one of their own, and what holds for each of the others. */
export interface QuotaTable {
  readonly own: ReadonlyMap<string, Quota>;
  readonly others: Quota;
}

/** All quotas of a store. */
export interface StoreQuotas {
  /** By name of the bucket. */
  readonly buckets: QuotaTable;
  /**
   * By `BucketRecord.createdBy`; for all buckets of one creator together. Buckets without a creator count for no user
   * here.
   */
  readonly creators: QuotaTable;
}

/** What a commit, or a body that is still to come, would add. */
export interface BucketUse {
  readonly lengthBytes: number;
  readonly objectCount: number;
}

type What = 'bytes' | 'objects';
type Holder = 'bucket' | 'creator';

/** One limit, and what counts towards it. */
interface Tally {
  readonly holder: Holder;
  readonly what: What;
  readonly max: bigint;
  /** Durable, as far as it is known; `undefined`: to be read. */
  used: bigint | undefined;
  /** What commits under way will add. */
  growing: bigint;
}

/** The limits of a bucket, or of a creator. `undefined` where there is none. */
type Tallies = Readonly<Record<What, Tally | undefined>>;

/** What is known of a bucket: its own limits, and those of its creator. */
interface BucketAccount {
  readonly own: Tallies;
  /** The two are empty until the row is read. */
  creator: string | undefined;
  ofCreator: Tallies;
  isCreatorKnown: boolean;
}

interface Growth {
  readonly bucket: string;
  readonly tally: Tally;
  readonly delta: bigint;
}

/** What has to be read before a commit can be judged. */
interface Unknown {
  readonly name: string;
  read(keyValues: KeyValueStore): Promise<void>;
}

interface Judgement {
  readonly growths: readonly Growth[];
  /** `undefined`: all is known. */
  readonly unknown: Unknown | undefined;
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

const NO_TALLIES: Tallies = { bytes: undefined, objects: undefined };
const NOTHING_LIMITED: readonly never[] = [];
/** Rows of one list call. */
const BATCH_COUNT = 64;

/** The quotas of one store. */
export class QuotaLedger {
  #quotas: StoreQuotas | undefined;
  #buckets = new Map<string, BucketAccount>();
  #creators = new Map<string, Tallies>();
  readonly #loading = new Map<string, Promise<void>>();
  #cohort = new Cohort();
  /** Resolves when all cohorts before the present one are over. */
  #before: Promise<void> = Promise.resolve();

  /** Replaces all quotas. They hold for commits that begin from now on. */
  set(quotas: StoreQuotas): void {
    const isLimited = [quotas.buckets, quotas.creators].some(({ own, others }) => own.size > 0 || isLimit(others));
    this.#quotas = isLimited ? quotas : undefined;
    this.#buckets = new Map();
    this.#creators = new Map();
  }

  /** @returns A store whose commits are judged; reading costs nothing. */
  watch(keyValues: KeyValueStore): KeyValueStore {
    return withCommit(keyValues, (commit) =>
      this.#quotas === undefined ? this.#pass(keyValues, commit) : this.#judge(keyValues, commit),
    );
  }

  /**
   * Refuses what could not be committed anyway, before its bytes are read.
   * @returns What to wait for; nothing where nothing is limited.
   * @throws {StoreFailure} `quota-exceeded`.
   */
  requireRoom(keyValues: KeyValueStore, bucket: string, growth: BucketUse): Promise<void> | undefined {
    return this.#quotas === undefined ? undefined : this.#requireRoom(keyValues, bucket, growth);
  }

  async #requireRoom(keyValues: KeyValueStore, bucket: string, growth: BucketUse): Promise<void> {
    const sums = [
      { key: lengthSumKey(bucket), delta: BigInt(growth.lengthBytes) },
      { key: objectCountKey(bucket), delta: BigInt(growth.objectCount) },
    ];
    let judgement = this.#judgementOf({ sums });
    for (; judgement.unknown !== undefined; judgement = this.#judgementOf({ sums })) {
      await this.#load(keyValues, judgement.unknown);
    }
    for (const growth of judgement.growths) if (growth.delta > 0n) requireBelow(growth);
  }

  /** Nothing is limited, but may be before the commit is over. */
  async #pass(keyValues: KeyValueStore, commit: KeyValueCommit): Promise<KeyValueCommitOutcome> {
    const cohort = this.#cohort;
    cohort.enter();
    try {
      return await keyValues.commit(commit);
    } finally {
      cohort.leave();
    }
  }

  async #judge(keyValues: KeyValueStore, commit: KeyValueCommit): Promise<KeyValueCommitOutcome> {
    let judgement = this.#judgementOf(commit);
    // Quotas may change meanwhile.
    for (; judgement.unknown !== undefined; judgement = this.#judgementOf(commit)) {
      await this.#load(keyValues, judgement.unknown);
    }
    const { growths } = judgement;
    // From here to the engine without a pause: nobody else can reserve in between.
    for (const growth of growths) if (growth.delta > 0n) requireBelow(growth);
    for (const { tally, delta } of growths) if (delta > 0n) tally.growing += delta;
    const cohort = this.#cohort;
    cohort.enter();
    try {
      const outcome = await keyValues.commit(commit);
      for (const { tally, delta } of growths) {
        if (outcome.committed && tally.used !== undefined) tally.used += delta;
      }
      if (outcome.committed) this.#forgetBucketsIn(commit);
      return outcome;
    } catch (error) {
      // It may have happened all the same: the counters know.
      for (const { tally } of growths) tally.used = undefined;
      this.#forgetBucketsIn(commit);
      throw error;
    } finally {
      for (const { tally, delta } of growths) if (delta > 0n) tally.growing -= delta;
      cohort.leave();
    }
  }

  #judgementOf({ sums }: Pick<KeyValueCommit, 'sums'>): Judgement {
    const quotas = this.#quotas;
    if (quotas === undefined || sums === undefined) return { growths: NOTHING_LIMITED, unknown: undefined };
    const growths: Growth[] = [];
    for (const { key, delta } of sums) {
      const counter = limitedCounterOf(key);
      if (counter === undefined) continue;
      const { bucket, what } = counter;
      const account = this.#accountOf(bucket, quotas);
      const { own, ofCreator, creator } = account;
      if (!account.isCreatorKnown || (own[what] !== undefined && own[what].used === undefined)) {
        return { growths, unknown: this.#unknownBucket(bucket, account, quotas) };
      }
      if (creator !== undefined && ofCreator[what] !== undefined && ofCreator[what].used === undefined) {
        return {
          growths,
          unknown: { name: `creator ${creator}`, read: (rows) => readCreator(rows, creator, ofCreator) },
        };
      }
      for (const tally of [own[what], ofCreator[what]]) if (tally !== undefined) growths.push({ bucket, tally, delta });
    }
    return { growths, unknown: undefined };
  }

  #accountOf(bucket: string, { buckets, creators }: StoreQuotas): BucketAccount {
    let account = this.#buckets.get(bucket);
    if (account === undefined) {
      const own = talliesOf('bucket', quotaOf(buckets, bucket));
      const isCreatorKnown = creators.own.size === 0 && !isLimit(creators.others);
      account = { own, creator: undefined, ofCreator: NO_TALLIES, isCreatorKnown };
      this.#buckets.set(bucket, account);
    }
    return account;
  }

  #unknownBucket(bucket: string, account: BucketAccount, quotas: StoreQuotas): Unknown {
    const known = this.#creators;
    return {
      name: `bucket ${bucket}`,
      async read(keyValues) {
        for (const tally of listed(account.own)) {
          if (tally.used === undefined) tally.used = await readCounter(keyValues, bucket, tally.what);
        }
        const row = await keyValues.get(bucketKey(bucket));
        // Nothing can be committed to a bucket that is gone. When it is made again, its account is forgotten.
        if (row !== undefined && !account.isCreatorKnown) {
          const { createdBy } = decodeBucketRecord(row.key, row.value);
          account.creator = createdBy;
          if (createdBy !== undefined) {
            account.ofCreator = known.get(createdBy) ?? talliesOf('creator', quotaOf(quotas.creators, createdBy));
            known.set(createdBy, account.ofCreator);
          }
        }
        account.isCreatorKnown = true;
      },
    };
  }

  /** Another user may make the bucket again. */
  #forgetBucketsIn({ puts = [], deletes = [] }: KeyValueCommit): void {
    for (const { key } of puts) if (isBucketKey(key)) this.#buckets.delete(bucketNameOf(key));
    for (const key of deletes) if (isBucketKey(key)) this.#buckets.delete(bucketNameOf(key));
  }

  /**
   * Reads when all commits that began before have ended; those that begin meanwhile wait for it, if they are about it.
   */
  #load(keyValues: KeyValueStore, unknown: Unknown): Promise<void> {
    const { name } = unknown;
    let loading = this.#loading.get(name);
    if (loading === undefined) {
      loading = this.#read(keyValues, unknown).finally(() => this.#loading.delete(name));
      this.#loading.set(name, loading);
    }
    return loading;
  }

  async #read(keyValues: KeyValueStore, unknown: Unknown): Promise<void> {
    const ended = Promise.all([this.#before, this.#cohort.empty()]);
    this.#cohort = new Cohort();
    this.#before = ended.then(() => undefined);
    await this.#before;
    await unknown.read(keyValues);
  }
}

/** Adds up the counters of all buckets of a creator. */
async function readCreator(keyValues: KeyValueStore, creator: string, tallies: Tallies): Promise<void> {
  const sums = { bytes: 0n, objects: 0n };
  for await (const { name, createdBy } of bucketsIn(keyValues)) {
    if (createdBy !== creator) continue;
    // A bucket whose counter is damaged takes no writes itself; it must not stop those to others.
    for (const { what } of listed(tallies)) {
      sums[what] += await readCounter(keyValues, name, what).catch(zeroWhereDamaged);
    }
  }
  for (const tally of listed(tallies)) tally.used ??= sums[tally.what];
}

function zeroWhereDamaged(error: unknown): bigint {
  if (error instanceof EngineFailure && error.reason.kind === 'corrupt') return 0n;
  throw error;
}

/** All buckets whose rows can be read. */
async function* bucketsIn(keyValues: KeyValueStore): AsyncGenerator<BucketRecord> {
  const { start, end } = bucketRange('');
  for (let next = start; ; ) {
    try {
      const rows = await keyValues.list({ start: next, end, limit: BATCH_COUNT });
      for (const { key, value } of rows) yield decodeBucketRecord(key, value);
      const last = rows.at(-1);
      if (last === undefined || rows.length < BATCH_COUNT) return;
      next = successorOf(last.key);
    } catch (error) {
      const damaged =
        error instanceof EngineFailure && error.reason.kind === 'corrupt' ? error.reason.keyRange : undefined;
      if (damaged === undefined || Buffer.compare(damaged.end, next) <= 0) throw error;
      next = damaged.end;
    }
  }
}

async function readCounter(keyValues: KeyValueStore, bucket: string, what: What): Promise<bigint> {
  const key = what === 'bytes' ? lengthSumKey(bucket) : objectCountKey(bucket);
  return BigInt(decodeCounter(await keyValues.get(key)));
}

function quotaOf({ own, others }: QuotaTable, name: string): Quota {
  return { ...others, ...own.get(name) };
}

function isLimit({ lengthBytesMax, objectCountMax }: Quota): boolean {
  return lengthBytesMax !== undefined || objectCountMax !== undefined;
}

function talliesOf(holder: Holder, { lengthBytesMax, objectCountMax }: Quota): Tallies {
  const tally = (what: What, max: number | undefined): Tally | undefined =>
    max === undefined ? undefined : { holder, what, max: BigInt(max), used: undefined, growing: 0n };
  return { bytes: tally('bytes', lengthBytesMax), objects: tally('objects', objectCountMax) };
}

function listed({ bytes, objects }: Tallies): readonly Tally[] {
  return [bytes, objects].filter((tally) => tally !== undefined);
}

function requireBelow({ bucket, tally, delta }: Growth): void {
  const { holder, what, max, used = 0n, growing } = tally;
  if (used + growing + delta <= max) return;
  throw new StoreFailure({ kind: 'quota-exceeded', bucket, holder, what, max: Number(max) });
}
