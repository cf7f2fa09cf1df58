/** Limits of buckets and users as they are stored. Leaves out what they do (`../limits`). */
import type { AccountContext } from './account-context.js';
import { AccountFailure } from './account-failure.js';
import { checkCount } from './account-names.js';
import { type LimitRow, type LimitSubject, type LimitValues, limitRows, userRows } from './account-rows.js';
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

  /** @throws {AccountFailure} `not-found` when there are none. */
  async get(subject: LimitSubject): Promise<LimitRow> {
    const row = await this.#context.read((view) => view.get(limitRows, nameOf(subject)));
    if (row === undefined) throw new AccountFailure({ kind: 'not-found', entity: 'limit', name: nameOf(subject) });
    return row;
  }

  /**
   * Replaces the limits of a subject.
   * @throws {AccountFailure} `invalid-value`, `invalid-name`, `not-found` for a user that is not there, `limit-exceeded`.
   */
  set(subject: LimitSubject, values: LimitValues): Promise<LimitRow> {
    checkValues(subject, values);
    return this.#context.change(async (rows) => {
      if (subject.kind === 'user') await requireRow(rows, 'user', userRows, subject.name);
      const name = nameOf(subject);
      const known = await rows.list(limitRows, LIMIT_COUNT_MAX);
      if (!known.some((row) => nameOf(row) === name)) checkCount('limits', known.length, LIMIT_COUNT_MAX);
      const row: LimitRow = { ...subject, ...values };
      rows.put(limitRows, name, row);
      return row;
    });
  }

  /** Takes all limits of a subject away; none is no error. */
  delete(subject: LimitSubject): Promise<void> {
    return this.#context.change(async (rows) => {
      if ((await rows.get(limitRows, nameOf(subject))) !== undefined) rows.delete(limitRows, nameOf(subject));
    });
  }
}

function nameOf({ kind, name }: LimitSubject): string {
  return `${kind} ${name}`;
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
  if (kind === 'user' && (values.lengthBytesMax !== undefined || values.objectCountMax !== undefined)) {
    const expected = 'requestsPerSecondMax: bytes and objects belong to buckets';
    throw new AccountFailure({ kind: 'invalid-value', field: 'limits', expected });
  }
}
