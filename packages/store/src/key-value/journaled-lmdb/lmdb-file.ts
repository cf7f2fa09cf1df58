/**
 * Reads the rows of a database file that LMDB wrote (data version 2), for the migration of folders of format 3 and
 * earlier. Plain code over plain reads: LMDB itself ends the process when it meets a damaged page. LMDB kept no
 * checksums, so only what contradicts itself is found: numbers of pages, bounds, the order of keys, counts. Leaves out
 * everything the engine never used: named databases, duplicates.
 */

import type { BlockingFile } from '../../file-system/file-system.js';
import { readPage } from './tree/read-page.js';
import { printableKey } from './tree/tree-damage.js';
import { PAGE_LENGTH_BYTES } from './tree/tree-format.js';

const MAGIC_OFFSET = 24;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const MAIN_DATABASE_OFFSET = 96;
const META_FLAG = 0x08;
const BRANCH_FLAG = 0x01;
const LEAF_FLAG = 0x02;
const OVERFLOW_FLAG = 0x04;
const HEADER_LENGTH_BYTES = 24;
const NODE_HEADER_LENGTH_BYTES = 8;
const VALUE_APART_FLAG = 0x01;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

/** A row as LMDB held it. Its bytes are the reader's for as long as it likes. */
export interface LmdbRow {
  readonly key: Uint8Array;
  readonly storedValue: Uint8Array;
}

interface Meta {
  readonly transaction: bigint;
  readonly root: number | undefined;
  readonly depth: number;
  readonly rowCount: number;
  readonly lastPageNumber: number;
}

/** The file contradicts itself: rows are missing or wrong, and it cannot be known which. */
export class LmdbFileDamage extends Error {}

/** Tells whether a file begins as LMDB's do. */
export function isLmdbFile(file: BlockingFile): boolean {
  return [0, 1].some((pageNumber) => {
    const page = readPage(file, pageNumber);
    return page?.readUInt32LE(MAGIC_OFFSET) === MAGIC && page.readUInt32LE(MAGIC_OFFSET + 4) === DATA_VERSION;
  });
}

/** @returns Number of rows, as LMDB counted them. @throws {LmdbFileDamage} */
export function lmdbRowCount(file: BlockingFile): number {
  return newestMeta(file).rowCount;
}

/**
 * Walks all rows in the order of their keys.
 * @throws {LmdbFileDamage} At the first contradiction.
 */
export function* lmdbRows(file: BlockingFile): Generator<LmdbRow, void> {
  const meta = newestMeta(file);
  let rowCount = 0;
  let before: Uint8Array | undefined;
  if (meta.root !== undefined) {
    for (const row of rowsBelow(file, meta, meta.root, meta.depth)) {
      if (before !== undefined && Buffer.compare(before, row.key) >= 0) {
        throw new LmdbFileDamage(`the keys ${printableKey(before)} and ${printableKey(row.key)} are not in order`);
      }
      before = row.key;
      rowCount += 1;
      yield row;
    }
  }
  if (rowCount !== meta.rowCount) {
    throw new LmdbFileDamage(`it has ${rowCount} rows and should have ${meta.rowCount}`);
  }
}

function newestMeta(file: BlockingFile): Meta {
  // Both are whole at all times. If one is not, the other may be of an earlier state, and nothing would tell.
  const [first, second] = [0, 1].map((pageNumber) => readMeta(readPage(file, pageNumber))) as [Meta, Meta];
  const newest = second.transaction > first.transaction ? second : first;
  const lengthBytes = (newest.lastPageNumber + 1) * PAGE_LENGTH_BYTES;
  if (file.lengthBytes < lengthBytes && newest.root !== undefined) {
    throw new LmdbFileDamage(`it has ${file.lengthBytes} bytes and should have ${lengthBytes}: its end is missing`);
  }
  return newest;
}

function readMeta(page: Buffer | undefined): Meta {
  const isMeta =
    page?.readUInt32LE(MAGIC_OFFSET) === MAGIC &&
    page.readUInt32LE(MAGIC_OFFSET + 4) === DATA_VERSION &&
    (page.readUInt16LE(18) & META_FLAG) !== 0 &&
    page.readUInt32LE(48) === PAGE_LENGTH_BYTES;
  if (page === undefined || !isMeta) {
    throw new LmdbFileDamage('a meta page is not what LMDB writes');
  }
  const root = page.readBigUInt64LE(MAIN_DATABASE_OFFSET + 40);
  return {
    transaction: page.readBigUInt64LE(152),
    root: root === NO_PAGE ? undefined : Number(root),
    depth: page.readUInt16LE(MAIN_DATABASE_OFFSET + 6),
    rowCount: Number(page.readBigUInt64LE(MAIN_DATABASE_OFFSET + 32)),
    lastPageNumber: Number(page.readBigUInt64LE(144)),
  };
}

function* rowsBelow(file: BlockingFile, meta: Meta, pageNumber: number, depth: number): Generator<LmdbRow, void> {
  const page = readChecked(file, meta, pageNumber, depth === 1 ? LEAF_FLAG : BRANCH_FLAG);
  const count = page.readUInt16LE(20) >>> 1;
  const upper = HEADER_LENGTH_BYTES + page.readUInt16LE(22);
  if (count === 0 || HEADER_LENGTH_BYTES + 2 * count > upper) throw damagedPage(pageNumber);
  for (let index = 0; index < count; index += 1) {
    const offset = HEADER_LENGTH_BYTES + page.readUInt16LE(HEADER_LENGTH_BYTES + 2 * index);
    if (offset < upper || offset + NODE_HEADER_LENGTH_BYTES > page.length) throw damagedPage(pageNumber);
    const keyEnd = offset + NODE_HEADER_LENGTH_BYTES + page.readUInt16LE(offset + 6);
    if (keyEnd > page.length) throw damagedPage(pageNumber);
    if (depth > 1) {
      yield* rowsBelow(file, meta, page.readUInt32LE(offset) + page.readUInt16LE(offset + 4) * 2 ** 32, depth - 1);
      continue;
    }
    const key = page.subarray(offset + NODE_HEADER_LENGTH_BYTES, keyEnd);
    yield { key, storedValue: readValue(file, meta, page, { pageNumber, offset, keyEnd }) };
  }
}

function readValue(
  file: BlockingFile,
  meta: Meta,
  page: Buffer,
  { pageNumber, offset, keyEnd }: { readonly pageNumber: number; readonly offset: number; readonly keyEnd: number },
): Uint8Array {
  const length = page.readUInt32LE(offset);
  const isApart = (page.readUInt16LE(offset + 4) & VALUE_APART_FLAG) !== 0;
  const end = keyEnd + (isApart ? 24 : length);
  if (end > page.length) throw damagedPage(pageNumber);
  if (!isApart) return page.subarray(keyEnd, end);
  const first = Number(page.readBigUInt64LE(keyEnd));
  const header = readChecked(file, meta, first, OVERFLOW_FLAG);
  const pageCount = Math.ceil((HEADER_LENGTH_BYTES + length) / PAGE_LENGTH_BYTES);
  if (header.readUInt32LE(20) !== pageCount || first + pageCount > meta.lastPageNumber + 1) throw damagedPage(first);
  const value = Buffer.allocUnsafeSlow(length);
  if (file.read(value, first * PAGE_LENGTH_BYTES + HEADER_LENGTH_BYTES) < length) throw damagedPage(first);
  return value;
}

function readChecked(file: BlockingFile, meta: Meta, pageNumber: number, flag: number): Buffer {
  const page = pageNumber <= meta.lastPageNumber ? readPage(file, pageNumber) : undefined;
  const isMeant =
    page !== undefined &&
    page.readBigUInt64LE(0) === BigInt(pageNumber) &&
    page.readBigUInt64LE(8) <= meta.transaction &&
    (page.readUInt16LE(18) & (BRANCH_FLAG | LEAF_FLAG | OVERFLOW_FLAG)) === flag;
  if (!isMeant) throw damagedPage(pageNumber);
  return page;
}

function damagedPage(pageNumber: number): LmdbFileDamage {
  return new LmdbFileDamage(`page ${pageNumber} is not what LMDB wrote`);
}
