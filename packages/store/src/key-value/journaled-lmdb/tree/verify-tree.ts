/**
 * Looks at everything a state of the tree consists of: each page by the reference that names it, each row by its own
 * checksum, the order of keys, the map of pages, and the counts of the head. Reads only. One step at a time, so that
 * the caller decides how fast.
 */

import type { BlockingFile } from '../../../file-system/file-system.js';
import { PageMap } from './page-map.js';
import { KEY_RANGE_END, type KeyRange, TreeDamage } from './tree-damage.js';
import { KIND_LEAF, PAGE_LENGTH_BYTES, type PageReference } from './tree-format.js';
import { cellBytes, cellCount, cellKey, childReference, readLeafCell } from './tree-page.js';
import { TreeReader } from './tree-reader.js';

/** Something that is not as it was written. `range`: the keys that are hit; `undefined`: no row is. */
export interface TreeFinding {
  readonly finding: string;
  readonly range: KeyRange | undefined;
}

/** After each leaf: how far the walk has come. */
export interface TreeProgress {
  readonly checkedLengthBytes: number;
  /** Of the state as a whole; an estimate when something is wrong. */
  readonly totalLengthBytes: number;
}

interface Walk {
  readonly reader: TreeReader;
  readonly used: Set<number>;
  readonly totalLengthBytes: number;
  rowCount: number;
  checkedPageCount: number;
  isWhole: boolean;
}

/** Bypasses nothing: a page that a cache still has may have been damaged on the disk since. */
const CACHE_LENGTH_BYTES_MAX = 0;

/**
 * @param file Its pages are read again, also when others have them in memory. @param head Of a state that nobody writes
 * over meanwhile.
 */
export function* verifyTree(file: BlockingFile, head: TreeReader['head']): Generator<TreeFinding | TreeProgress, void> {
  const walk: Walk = {
    reader: new TreeReader(file, head, CACHE_LENGTH_BYTES_MAX),
    used: new Set(),
    totalLengthBytes: head.usedPageCount * PAGE_LENGTH_BYTES,
    rowCount: 0,
    checkedPageCount: 0,
    isWhole: true,
  };
  const all = { start: new Uint8Array(0), end: KEY_RANGE_END };
  if (head.root !== undefined) yield* verifyPage(walk, head.root, head.level, all);
  yield* verifyMap(walk, file);
}

function* verifyPage(
  walk: Walk,
  reference: PageReference,
  level: number,
  range: KeyRange,
): Generator<TreeFinding | TreeProgress, void> {
  if (!use(walk, reference.pageNumber, 1)) {
    yield foundIn(walk, `page ${reference.pageNumber} is named twice`, range);
    return;
  }
  let page: Buffer;
  try {
    page = walk.reader.page(reference, level, () => range);
  } catch (error) {
    if (!(error instanceof TreeDamage)) throw error;
    yield foundIn(walk, error.message, error.range);
    return;
  }
  if (page[4] === KIND_LEAF) yield* verifyLeaf(walk, page, range);
  else yield* verifyBranch(walk, page, level, range);
}

function* verifyBranch(
  walk: Walk,
  page: Buffer,
  level: number,
  range: KeyRange,
): Generator<TreeFinding | TreeProgress, void> {
  const count = cellCount(page);
  for (let index = 0; index < count; index += 1) {
    const start = index === 0 ? range.start : cellKey(page, index);
    const end = index + 1 < count ? cellKey(page, index + 1) : range.end;
    if (Buffer.compare(cellKey(page, index), range.start) < 0 || Buffer.compare(start, end) >= 0) {
      yield foundIn(walk, `the keys of page ${page.readUInt32LE(8)} are not in order`, range);
      return;
    }
    yield* verifyPage(walk, childReference(page, index), level - 1, { start, end });
  }
}

function* verifyLeaf(walk: Walk, page: Buffer, range: KeyRange): Generator<TreeFinding | TreeProgress, void> {
  let before: Uint8Array | undefined;
  for (let index = 0; index < cellCount(page); index += 1) {
    const key = cellKey(page, index);
    const isInOrder = before === undefined ? Buffer.compare(key, range.start) >= 0 : Buffer.compare(before, key) < 0;
    if (!isInOrder || Buffer.compare(key, range.end) >= 0) {
      yield foundIn(walk, `the keys of page ${page.readUInt32LE(8)} are not in order`, range);
      break;
    }
    before = key;
    walk.rowCount += 1;
    const cell = cellBytes(page, index);
    try {
      walk.reader.valueOf(cell, key);
    } catch (error) {
      if (!(error instanceof TreeDamage)) throw error;
      yield foundIn(walk, error.message, error.range);
    }
    const { valuePageNumber, valueLength } = readLeafCell(cell);
    if (valuePageNumber === undefined) continue;
    if (!use(walk, valuePageNumber, Math.ceil(valueLength / PAGE_LENGTH_BYTES))) {
      yield foundIn(walk, `page ${valuePageNumber} is named twice`, range);
    }
  }
  yield { checkedLengthBytes: walk.checkedPageCount * PAGE_LENGTH_BYTES, totalLengthBytes: walk.totalLengthBytes };
}

function* verifyMap(walk: Walk, file: BlockingFile): Generator<TreeFinding, void> {
  const { head } = walk.reader;
  let map: PageMap;
  try {
    map = PageMap.read(file, head);
  } catch (error) {
    if (!(error instanceof TreeDamage)) throw error;
    yield { finding: error.message, range: undefined };
    return;
  }
  // Without the pages below a damaged one nothing can be compared.
  if (!walk.isWhole) return;
  for (const pageNumber of map.ownPageNumbers()) use(walk, pageNumber, 1);
  let keptCount = 0;
  let missingCount = 0;
  for (let pageNumber = 0; pageNumber < head.pageCount; pageNumber += 1) {
    const isKept = map.isLive(pageNumber);
    if (isKept && !walk.used.has(pageNumber)) keptCount += 1;
    if (!isKept && walk.used.has(pageNumber)) missingCount += 1;
  }
  if (keptCount > 0) yield { finding: `${keptCount} pages are kept and not in use`, range: undefined };
  // The next transaction may write over them.
  if (missingCount > 0) yield { finding: `${missingCount} pages are in use and called free`, range: undefined };
  if (walk.rowCount !== head.rowCount && !Number.isNaN(head.rowCount)) {
    yield { finding: `there are ${walk.rowCount} rows and should be ${head.rowCount}`, range: undefined };
  }
}

function foundIn(walk: Walk, finding: string, range: KeyRange): TreeFinding {
  walk.isWhole = false;
  return { finding, range };
}

/** @returns Whether none of the pages was in use before. */
function use(walk: Walk, first: number, count: number): boolean {
  walk.checkedPageCount += count;
  let areNew = true;
  for (let pageNumber = first; pageNumber < first + count; pageNumber += 1) {
    areNew &&= !walk.used.has(pageNumber);
    walk.used.add(pageNumber);
  }
  return areNew;
}
