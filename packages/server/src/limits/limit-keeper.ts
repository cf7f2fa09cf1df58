/**
 * Brings limits from their rows and the configuration to where they take effect: quotas to the store, rates to the
 * requests. At the start, and with each change.
 */
import type { EngineFailure, ObjectStore, Quota, StoreMaintenance } from '@annals/store';
import { type LimitRow, type LimitSubject, type LimitValues, limitNameOf } from '../accounts/account-rows.js';
import type { ManageLimits } from '../accounts/manage-limits.js';
import type { RequestRates } from './request-rates.js';
import type { RateTable } from './token-bucket.js';
import type { TransferRates } from './transfer-rates.js';

/** What holds for each bucket and each user that has no limit of its own of that kind. */
export interface DefaultLimits {
  readonly bucket: LimitValues;
  readonly user: LimitValues;
}

/** What there is of what a quota limits. */
export interface QuotaUse {
  readonly lengthBytes: number;
  readonly objectCount: number;
}

/** The limits of a bucket or a user, and what counts towards them. */
export interface LimitStatus {
  readonly limits: LimitRow;
  /** Of a bucket that is there, and of a user. */
  readonly use?: QuotaUse;
}

/** What a keeper works with. */
export interface LimitKeeperParts {
  readonly rows: ManageLimits;
  readonly store: Pick<ObjectStore, 'bucketStatistics' | 'listBuckets'>;
  readonly maintenance: Pick<StoreMaintenance, 'setQuotas'>;
  readonly rates: RequestRates;
  readonly transfers: TransferRates;
  readonly defaults: DefaultLimits;
  /** Each worker has its share of the rates. Default: 1. */
  readonly workerCount?: number;
  /** Told of rows that are damaged. */
  readonly onDamage: (damage: EngineFailure) => void;
  /** Given where other processes may change limits, too. */
  readonly changes?: LimitChanges;
}

/** How changes by other processes are found. */
export interface LimitChanges {
  /** @returns What is another number after each change of accounts and limits. */
  generation(): Promise<number | undefined>;
  /** Called when it cannot be read; the next look tries again. */
  readonly onFailure: (error: unknown) => void;
  /** Calls back once after a delay. @returns A function that cancels it. Default: the system's. */
  readonly timer?: (callback: () => void, delayMs: number) => () => void;
}

/** Metrics of more subjects would cost more than they tell. */
const MEASURED_COUNT_MAX = 100;
const PAGE_COUNT = 100;
/** Between two looks for changes by other processes: they are in effect within a second. */
const LOOK_INTERVAL_MS = 500;

/** The limits of one server. */
export class LimitKeeper {
  readonly #parts: LimitKeeperParts;
  #loading: Promise<void> = Promise.resolve();
  #generation: number | undefined;
  #isWatching = false;
  #cancel: () => void = () => undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(parts: LimitKeeperParts) {
    this.#parts = parts;
  }

  /** Puts all limits into effect. One after the other: of two at once the older must not win. */
  load(): Promise<void> {
    this.#loading = this.#loading.catch(() => undefined).then(() => this.#load());
    return this.#loading;
  }

  /** Puts all limits into effect, and then what other processes change. Idempotent. */
  async start(): Promise<void> {
    const { changes } = this.#parts;
    this.#generation = await changes?.generation();
    await this.load();
    if (changes === undefined || this.#isWatching) return;
    this.#isWatching = true;
    this.#schedule(changes);
  }

  /** Looks for changes no more. Idempotent. */
  async stop(): Promise<void> {
    this.#isWatching = false;
    this.#cancel();
    await this.#looking;
  }

  #schedule(changes: LimitChanges): void {
    if (!this.#isWatching) return;
    this.#cancel = (changes.timer ?? systemTimer)(() => {
      this.#looking = this.#look(changes).then(() => this.#schedule(changes));
    }, LOOK_INTERVAL_MS);
  }

  async #look(changes: LimitChanges): Promise<void> {
    try {
      // Before the rows: what changes meanwhile is another generation, and found by the next look.
      const generation = await changes.generation();
      if (generation === this.#generation) return;
      await this.load();
      this.#generation = generation;
    } catch (error) {
      changes.onFailure(error);
    }
  }

  async #load(): Promise<void> {
    const { rows: known, maintenance, rates, transfers, defaults, workerCount = 1 } = this.#parts;
    const shareOf = (rate: number | undefined): number | undefined =>
      workerCount === 1 ? rate : rate && Math.max(1, rate / workerCount);
    const { rows, userIds: ids } = await known.inForce(this.#parts.onDamage);
    const quotasOf = (kind: LimitSubject['kind'], nameOf: (row: LimitRow) => string | undefined) => {
      const named = rows.filter((row) => row.kind === kind).map((row) => [nameOf(row), quotaOf(row)] as const);
      const own = named.flatMap(([name, quota]) => (name === undefined ? [] : ([[name, quota]] as const)));
      return { own: new Map(own), others: quotaOf(defaults[kind]) };
    };
    maintenance.setQuotas({
      buckets: quotasOf('bucket', ({ name }) => name),
      creators: quotasOf('user', ({ name }) => ids.get(name)),
    });
    rates.set(rateTable(rows, defaults, ({ requestsPerSecondMax }) => shareOf(requestsPerSecondMax)));
    transfers.set(rateTable(rows, defaults, ({ bytesPerSecondMax }) => shareOf(bytesPerSecondMax)));
  }

  list(): Promise<readonly LimitRow[]> {
    return this.#parts.rows.list();
  }

  /** @throws {AccountFailure} `not-found` when the subject has no limits. */
  async get(subject: LimitSubject): Promise<LimitStatus> {
    const limits = await this.#parts.rows.get(subject);
    const use = (await this.#measure([limits])).get(limitNameOf(subject));
    return { limits, ...(use !== undefined && { use }) };
  }

  /**
   * Replaces the limits of a subject; they are in effect when it resolves. @throws {AccountFailure} As
   * `ManageLimits.set`.
   */
  async set(subject: LimitSubject, values: LimitValues): Promise<LimitRow> {
    const row = await this.#parts.rows.set(subject, values);
    await this.load();
    return row;
  }

  /** Takes the limits of a subject away. */
  async delete(subject: LimitSubject): Promise<void> {
    await this.#parts.rows.delete(subject);
    await this.load();
  }

  /** @returns Use of the first hundred subjects with a quota of their own, in the order of their names. */
  async measure(): Promise<readonly Required<LimitStatus>[]> {
    const { rows: known } = await this.#parts.rows.inForce(this.#parts.onDamage);
    const rows = known.filter((row) => Object.keys(quotaOf(row)).length > 0).slice(0, MEASURED_COUNT_MAX);
    if (rows.length === 0) return [];
    const uses = await this.#measure(rows);
    return rows.flatMap((limits) => {
      const use = uses.get(limitNameOf(limits));
      return use === undefined ? [] : [{ limits, use }];
    });
  }

  async #measure(rows: readonly LimitRow[]): Promise<ReadonlyMap<string, QuotaUse>> {
    const { store, rows: known } = this.#parts;
    const uses = new Map<string, QuotaUse>();
    const users = new Map<string, string>();
    const { userIds: ids } = await known.inForce(() => undefined);
    for (const { kind, name } of rows) {
      const uid = kind === 'user' ? ids.get(name) : undefined;
      if (uid !== undefined) users.set(uid, name);
      if (kind === 'user') uses.set(limitNameOf({ kind, name }), { lengthBytes: 0, objectCount: 0 });
      else await addUse(uses, limitNameOf({ kind, name }), store, name);
    }
    for (let after = ''; users.size > 0; ) {
      const { buckets, next } = await store.listBuckets({ prefix: '', after, limit: PAGE_COUNT });
      for (const { name: bucket, createdBy = '' } of buckets) {
        const name = users.get(createdBy);
        if (name !== undefined) await addUse(uses, limitNameOf({ kind: 'user', name }), store, bucket);
      }
      if (next === undefined) break;
      after = next;
    }
    return uses;
  }
}

/** A bucket that is not there, or not any more, uses nothing. */
async function addUse(
  uses: Map<string, QuotaUse>,
  name: string,
  store: Pick<ObjectStore, 'bucketStatistics'>,
  bucket: string,
): Promise<void> {
  const statistics = await store.bucketStatistics(bucket).catch(() => undefined);
  if (statistics === undefined) return;
  const { lengthBytes, objectCount } = uses.get(name) ?? { lengthBytes: 0, objectCount: 0 };
  uses.set(name, {
    lengthBytes: lengthBytes + statistics.lengthBytes,
    objectCount: objectCount + statistics.objectCount,
  });
}

function quotaOf({ lengthBytesMax, objectCountMax }: LimitValues): Quota {
  return {
    ...(lengthBytesMax !== undefined && { lengthBytesMax }),
    ...(objectCountMax !== undefined && { objectCountMax }),
  };
}

function rateTable(
  rows: readonly LimitRow[],
  { bucket, user }: DefaultLimits,
  pick: (values: LimitValues) => number | undefined,
): RateTable {
  const own = rows.flatMap((row) => {
    const rate = pick(row);
    return rate === undefined ? [] : [[limitNameOf(row), rate] as const];
  });
  const [ofBucket, ofUser] = [pick(bucket), pick(user)];
  return {
    own: new Map(own),
    others: { ...(ofBucket !== undefined && { bucket: ofBucket }), ...(ofUser !== undefined && { user: ofUser }) },
  };
}

function systemTimer(callback: () => void, delayMs: number): () => void {
  const timeout = setTimeout(callback, delayMs);
  // Looking for changes must not keep a process alive that has nothing else to do.
  timeout.unref();
  return () => clearTimeout(timeout);
}
