/**
 * The rows that move with a store, in the order of their keys, with their digest. Rows that say where a store lies and
 * which processes have it open stay behind.
 */
import { createHash } from 'node:crypto';
import type { KeyValueEntry, KeyValueStore } from '../../contract/key-value-store.js';
import { sealedLengthOf } from '../../encryption/sealed-blob.js';
import { isBlobPlaceKey } from '../maintenance/claim-blob-place.js';
import { unfinishedKey } from '../maintenance/prepare-format.js';
import { decodeExtent } from '../records/extent-record.js';
import { formatKey, successorOf } from '../records/key-space.js';
import { familyOf } from '../records/row-family.js';
import { migrationKey } from './migration-notes.js';

/** What all rows come to. */
export interface RowTotals {
  readonly rowCount: number;
  readonly rowLength: number;
  /** SHA-256 in hex, over the lengths and bytes of all keys and values. */
  readonly rowDigest: string;
  /** Bodies outside of rows, and their bytes as they are stored; some may be garbage. */
  readonly blobCount: number;
  readonly blobLength: number;
}

const PAGE_ROW_COUNT = 512;
const ALL_END = Uint8Array.of(0xff);

/** @returns Whether a row moves. That of the format does, in the end, by itself. */
export function isMovable(key: Uint8Array): boolean {
  if (familyOf(key) === 'gateway' || isBlobPlaceKey(key)) return false;
  return [unfinishedKey, migrationKey, formatKey].every((own) => Buffer.compare(own, key) !== 0);
}

/** @param after The last key that is not wanted. */
export async function* pagesOfRows(
  keyValues: Pick<KeyValueStore, 'list'>,
  after?: Uint8Array,
): AsyncGenerator<readonly KeyValueEntry[], void, undefined> {
  let start = after === undefined ? Uint8Array.of(0) : successorOf(after);
  for (;;) {
    const rows = await keyValues.list({ start, end: ALL_END, limit: PAGE_ROW_COUNT });
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    start = successorOf(last.key);
  }
}

/**
 * Reads all rows that move.
 * @param onRows Called after each page: how many rows it has, and their bytes.
 * @throws {EngineFailure} `unavailable`, `corrupt`.
 */
export async function totalRows(
  keyValues: Pick<KeyValueStore, 'list'>,
  onRows: (count: number, lengthBytes: number) => void,
): Promise<RowTotals> {
  const digest = createHash('sha256');
  const lengths = Buffer.alloc(8);
  let [rowCount, rowLength, blobCount, blobLength] = [0, 0, 0, 0];
  for await (const page of pagesOfRows(keyValues)) {
    let [count, lengthBytes] = [0, 0];
    for (const { key, value } of page) {
      if (!isMovable(key)) continue;
      lengths.writeUInt32BE(key.length, 0);
      lengths.writeUInt32BE(value.length, 4);
      digest.update(lengths).update(key).update(value);
      count += 1;
      lengthBytes += key.length + value.length;
      const extent = familyOf(key) === 'extent' ? decodeExtent(value) : undefined;
      if (extent?.kind !== 'blob') continue;
      blobCount += 1;
      blobLength += extent.isSealed ? sealedLengthOf(extent.length) : extent.length;
    }
    rowCount += count;
    rowLength += lengthBytes;
    onRows(count, lengthBytes);
  }
  return { rowCount, rowLength, rowDigest: digest.digest('hex'), blobCount, blobLength };
}
