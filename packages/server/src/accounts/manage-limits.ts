/** Limits of buckets and users as they are stored. Leaves out what they do (`../limits`). */
import { EngineFailure } from '@annals/store';
import type { AccountContext } from './account-context.js';
import { AccountFailure } from './account-failure.js';
import { checkCount } from './account-names.js';
import {
  type LimitRow,
  type LimitSubject,
  type LimitValues,
  limitNameOf,
  limitRows,
  userRows,
} from './account-rows.js';
import { requireRow } from './require-row.js';

/** Rows are kept in memory. */
const LIMIT_COUNT_MAX = 10_000;

const BUCKET_NAME = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** Limits that hold, and ids of users by their names, of those that have some of their own. */
export interface LimitsInForce {
  readonly rows: readonly LimitRow[];
  readonly userIds: ReadonlyMap<string, string>;
}

/** Limits of one account. */
export class ManageLimits {
  readonly #context: AccountContext;

  constructor(context: AccountContext) {
    this.#context = context;
  }

  /**
   * @returns All of them, in the order of kinds and names.
   * @throws {EngineFailure} `corrupt` when one of them is damaged.
   */
  list(): Promise<readonly LimitRow[]> {
    return this.#context.read((view) => view.list(limitRows, LIMIT_COUNT_MAX));
  }

  /**
   * Gives the limits that hold: of a subject whose row is damaged it is not known how little was granted, so it is
   * granted nothing until its limits are set again or taken away.
   * @param onDamage Told of each damaged row.
   */
  async inForce(onDamage: (damage: EngineFailure) => void): Promise<LimitsInForce> {
    return this.#context.read(async (view) => {
      const rows: LimitRow[] = [];
      const userIds = new Map<string, string>();
      for (const read of await view.listEach(limitRows, LIMIT_COUNT_MAX)) {
        if ('damage' in read) onDamage(read.damage);
        const row = 'row' in read ? read.row : nothingFor(read.name);
        if (row === undefined) continue;
        rows.push(row);
        if (row.kind === 'bucket') continue;
        try {
          const user = await view.get(userRows, row.name);
          if (user !== undefined) userIds.set(row.name, user.uid);
        } catch (error) {
          if (!(error instanceof EngineFailure) || error.reason.kind !== 'corrupt') throw error;
          // A user with a damaged row can do nothing.
          onDamage(error);
        }
      }
      return { rows, userIds };
    });
  }

  /** @throws {AccountFailure} `not-found` when there are none. */
  async get(subject: LimitSubject): Promise<LimitRow> {
    const row = await this.#context.read((view) => view.get(limitRows, limitNameOf(subject)));
    if (row === undefined) throw new AccountFailure({ kind: 'not-found', entity: 'limit', name: limitNameOf(subject) });
    return row;
  }

  /**
   * Replaces the limits of a subject.
   * @throws {AccountFailure} `invalid-value`, `invalid-name`, `not-found` for a user that is not there,
   * `limit-exceeded`.
   */
  set(subject: LimitSubject, values: LimitValues): Promise<LimitRow> {
    checkValues(subject, values);
    return this.#context.change(async (rows) => {
      if (subject.kind === 'user') await requireRow(rows, 'user', userRows, subject.name);
      const name = limitNameOf(subject);
      const known = await rows.listEach(limitRows, LIMIT_COUNT_MAX);
      if (!known.some((read) => read.name === name)) checkCount('limits', known.length, LIMIT_COUNT_MAX);
      const row: LimitRow = { ...subject, ...values };
      rows.put(limitRows, name, row);
      return row;
    });
  }

  /** Takes all limits of a subject away; none is no error. */
  delete(subject: LimitSubject): Promise<void> {
    return this.#context.change(async (rows) => {
      if (await rows.has(limitRows, limitNameOf(subject))) rows.delete(limitRows, limitNameOf(subject));
    });
  }
}

/** @param name Of the row. @returns `undefined` when it names nobody. */
function nothingFor(name: string): LimitRow | undefined {
  const [, kind, subject] = /^(bucket|user) (.+)$/.exec(name) ?? [];
  if (subject === undefined || (kind !== 'bucket' && kind !== 'user')) return undefined;
  return { kind, name: subject, lengthBytesMax: 0, objectCountMax: 0, requestsPerSecondMax: 0, bytesPerSecondMax: 0 };
}

function checkValues({ kind, name }: LimitSubject, values: LimitValues): void {
  if (kind === 'bucket' && !BUCKET_NAME.test(name)) {
    throw new AccountFailure({ kind: 'invalid-value', field: 'bucket', expected: 'a bucket name' });
  }
  for (const [field, value] of Object.entries(values)) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new AccountFailure({ kind: 'invalid-value', field, expected: 'a whole number of 0 or more' });
  }
  if (Object.keys(values).length === 0) {
    throw new AccountFailure({ kind: 'invalid-value', field: 'limits', expected: 'at least one limit' });
  }
}
