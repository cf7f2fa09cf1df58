/** Checks of what the store's caller keeps in rows, which the store itself does not understand. */
import type { KeyValueEntry } from '../contract/key-value-store.js';
import { anything } from '../object-store/records/checks.js';
import { decodeJsonRow } from '../object-store/records/row-decoder.js';
import type { BucketRecord } from '../object-store/types.js';

/** A row, as far as a check looks at it. */
export type CheckedRow = Pick<KeyValueEntry, 'key' | 'value'>;

/** Each throws `EngineFailure` with `corrupt` for a row that does not hold what it should. */
export interface CallerChecks {
  /** A row of the family `accounts`. */
  accountRow(row: CheckedRow): void;
  /** A configuration of the service, by its name. */
  serviceRow(name: string, row: CheckedRow): void;
  /** The configurations of a bucket, whose row is sound apart from them. */
  bucket(record: BucketRecord): void;
}

/** For a check without its caller's: rows of JSON must be JSON. */
export const formChecks: CallerChecks = {
  accountRow(row) {
    // The generation of the accounts is a byte that says nothing.
    if (Buffer.from(row.key).toString('latin1') !== 'Av') requireJson(row);
  },
  serviceRow: (_name, row) => requireJson(row),
  bucket: () => undefined,
};

function requireJson({ key, value }: CheckedRow): void {
  decodeJsonRow(value, anything, () => key);
}
