/** Limits of buckets and users as they are stored. Leaves out what they do (`../limits`). */
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

/** Limits of one account. */
export class ManageLimits {
  readonly #context: AccountContext;

  constructor(context: AccountContext) {
    this.#context = context;
  }

  /** @returns All of them, in the order of kinds and names. */
  list(): Promise<readonly LimitRow[]> {
    return this.#context.read((view) => view.list(limitRows, LIMIT_COUNT_MAX));
  }

  /** @returns Ids of users by their names, of those that have limits of their own. */
  async userIds(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.list();
    return this.#context.read(async (view) => {
      const ids = new Map<string, string>();
      for (const { kind, name } of rows) {
        const user = kind === 'user' ? await view.get(userRows, name) : undefined;
        if (user !== undefined) ids.set(name, user.uid);
      }
      return ids;
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
      const known = await rows.list(limitRows, LIMIT_COUNT_MAX);
      if (!known.some((row) => limitNameOf(row) === name)) checkCount('limits', known.length, LIMIT_COUNT_MAX);
      const row: LimitRow = { ...subject, ...values };
      rows.put(limitRows, name, row);
      return row;
    });
  }

  /** Takes all limits of a subject away; none is no error. */
  delete(subject: LimitSubject): Promise<void> {
    return this.#context.change(async (rows) => {
      if ((await rows.get(limitRows, limitNameOf(subject))) !== undefined) rows.delete(limitRows, limitNameOf(subject));
    });
  }
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
