/**
 * Statements that read rows, each of one moment, and what their answers mean. A counter is its row and what its deltas
 * add. Leaves out on which connection they run.
 */
import type { KeyValueEntry, KeyValueRange } from '../../contract/key-value-store.js';
import { addToCounter } from '../commit-rules.js';
import { bigintArray, byteaArray } from './binary-array.js';
import type { Statement, StatementRow } from './database-connection.js';

/** The parts of an entry: a row and its deltas. Only rows of 8 bytes have any. */
const COLUMNS = 'r.key, r.value, r.version, d.version, d.delta';

const deltasOf = (schema: string) =>
  `LEFT JOIN LATERAL (SELECT max(version) AS version, sum(delta) AS delta, count(*) AS count FROM ${schema}.deltas ` +
  'WHERE octet_length(r.value) = 8 AND key = r.key) d ON true';

/** @returns A statement for the entries of some keys, in no order. */
export function getStatement(schema: string, keys: readonly Uint8Array[]): Statement {
  return {
    name: 'annals-get',
    text:
      `SELECT ${COLUMNS} FROM unnest($1::bytea[]) AS k(key) JOIN ${schema}.rows r ON r.key = k.key ` +
      `${deltasOf(schema)}`,
    values: [byteaArray(keys)],
  };
}

/** @returns A statement for the entries of a range, in its order. */
export function listStatement(schema: string, { start, end, limit, reverse = false }: KeyValueRange): Statement {
  return {
    name: reverse ? 'annals-list-reverse' : 'annals-list',
    text:
      `SELECT ${COLUMNS} FROM (SELECT key, value, version FROM ${schema}.rows WHERE key >= $1::bytea ` +
      `AND key < $2::bytea ORDER BY key ${reverse ? 'DESC' : 'ASC'} LIMIT $3::bigint) r ${deltasOf(schema)} ` +
      `ORDER BY r.key ${reverse ? 'DESC' : 'ASC'}`,
    values: [Buffer.from(start), Buffer.from(end), String(Math.max(0, Math.floor(limit)))],
  };
}

/** @returns What the row of one of the statements above says. */
export function entryOf([key, value, version, deltaVersion, delta]: StatementRow): KeyValueEntry {
  const bytes = bytesOf(value);
  return {
    key: bytesOf(key),
    value: typeof delta === 'string' ? addToCounter(bytes, BigInt(delta)) : bytes,
    version: Math.max(Number(version), Number(deltaVersion ?? 0)),
  };
}

/**
 * @returns A statement that says, of each key that is there, a text that changes with it. Its rows are the key's place
 *   in the list, from 1 on, and the text.
 */
export function stateStatement(schema: string, keys: readonly Uint8Array[]): Statement {
  return {
    name: 'annals-watch',
    text:
      `SELECT k.place, concat_ws(' ', r.version, d.version, d.delta, d.count) FROM unnest($1::bytea[]) ` +
      `WITH ORDINALITY AS k(key, place) JOIN ${schema}.rows r ON r.key = k.key ${deltasOf(schema)}`,
    values: [byteaArray(keys)],
  };
}

/** @returns A statement that folds the deltas of counters as far as nothing else holds them. */
export function foldStatement(schema: string, keys: readonly Uint8Array[], lockIds: readonly bigint[]): Statement {
  return {
    text: `SELECT ${schema}.fold_all_v1($1::bytea[], $2::bigint[])`,
    values: [byteaArray(keys), bigintArray(lockIds)],
  };
}

/** @returns A `bytea` that came as text: `\x` and hex digits. */
export function bytesOf(text: string | null | undefined): Uint8Array {
  // Of its own memory, as large as needed: a slice of a shared pool would keep the pool.
  const hex = text ?? '\\x';
  const bytes = Buffer.allocUnsafeSlow((hex.length - 2) / 2);
  bytes.write(hex.slice(2), 'hex');
  return bytes;
}
