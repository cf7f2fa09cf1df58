/** Brings limits from their rows to where they take effect: quotas to the store, rates to the requests. At the start, and with each change. */
import type { ObjectStore } from '@annals/store';
import type { LimitRow, LimitSubject, LimitValues } from '../accounts/account-rows.js';
import type { ManageLimits } from '../accounts/manage-limits.js';
import type { RequestRates } from './request-rates.js';

/** What a bucket with limits holds, beside them. */
export interface LimitStatus {
  readonly limits: LimitRow;
  /** Of a bucket that is there. */
  readonly use?: { readonly lengthBytes: number; readonly objectCount: number };
}

/** The limits of one server. */
export class LimitKeeper {
  readonly #rows: ManageLimits;
  readonly #store: ObjectStore;
  readonly #rates: RequestRates;

  constructor(rows: ManageLimits, store: ObjectStore, rates: RequestRates) {
    this.#rows = rows;
    this.#store = store;
    this.#rates = rates;
  }

  /** Puts all limits into effect. */
  async load(): Promise<void> {
    const rows = await this.#rows.list();
    const buckets = rows.filter(
      ({ kind, lengthBytesMax, objectCountMax }) =>
        kind === 'bucket' && (lengthBytesMax !== undefined || objectCountMax !== undefined),
    );
    this.#store.setQuotas(new Map(buckets.map((row) => [row.name, row])));
    const rates = rows.flatMap(({ kind, name, requestsPerSecondMax }) =>
      requestsPerSecondMax === undefined ? [] : [[`${kind} ${name}`, requestsPerSecondMax] as const],
    );
    this.#rates.set(new Map(rates));
  }

  list(): Promise<readonly LimitRow[]> {
    return this.#rows.list();
  }

  /** @throws {AccountFailure} `not-found` when the subject has no limits. */
  async get(subject: LimitSubject): Promise<LimitStatus> {
    const limits = await this.#rows.get(subject);
    if (subject.kind === 'user') return { limits };
    const statistics = await this.#store.bucketStatistics(subject.name).catch(() => undefined);
    if (statistics === undefined) return { limits };
    const { lengthBytes, objectCount } = statistics;
    return { limits, use: { lengthBytes, objectCount } };
  }

  /** Replaces the limits of a subject; they are in effect when it resolves. @throws {AccountFailure} As `ManageLimits.set`. */
  async set(subject: LimitSubject, values: LimitValues): Promise<LimitRow> {
    const row = await this.#rows.set(subject, values);
    await this.load();
    return row;
  }

  /** Takes the limits of a subject away. */
  async delete(subject: LimitSubject): Promise<void> {
    await this.#rows.delete(subject);
    await this.load();
  }
}
