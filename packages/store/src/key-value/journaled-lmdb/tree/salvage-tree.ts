/**
 * Finds every row of a damaged tree that can be proven: through the pages that are whole; in a damaged leaf, by the
 * rows' own checksums; and below a damaged branch, in leaves that the map calls in use and nothing else names. Reads
 * only; guesses nothing.
 */
import type { BlockingFile } from '../../../file-system/file-system.js';
import { piecesOfDamagedLeaf } from './damaged-leaf.js';
import { PageMap } from './page-map.js';
import { readPage } from './read-page.js';
import { KEY_RANGE_END, type KeyRange, TreeDamage } from './tree-damage.js';
import { KIND_LEAF, type PageReference, sealedReference, type TreeHead } from './tree-format.js';
import { areCellsWithin, cellBytes, cellCount, cellKey, childReference, readVersionOf } from './tree-page.js';
import { TreeReader } from './tree-reader.js';
import type { TreeRow } from './tree-row.js';

/** Rows that were found, or a range of keys whose rows are lost. */
export type SalvageStep = { readonly rows: readonly TreeRow[] } | { readonly lost: KeyRange; readonly what: string };

interface Salvage {
  readonly file: BlockingFile;
  readonly reader: TreeReader;
  readonly visited: Set<number>;
  readonly lostBranches: KeyRange[];
}

/** Each row comes once; rows of one step are in order, and steps are not. */
export function* salvageTree(file: BlockingFile, head: TreeHead): Generator<SalvageStep, void> {
  const salvage: Salvage = { file, reader: new TreeReader(file, head, 1 << 20), visited: new Set(), lostBranches: [] };
  if (head.root === undefined) return;
  yield* salvagePage(salvage, head.root, head.level, { start: new Uint8Array(0), end: KEY_RANGE_END });
  if (salvage.lostBranches.length > 0) yield* salvageOrphans(salvage);
}

function* salvagePage(
  salvage: Salvage,
  reference: PageReference,
  level: number,
  range: KeyRange,
): Generator<SalvageStep, void> {
  salvage.visited.add(reference.pageNumber);
  let page: Buffer;
  try {
    page = salvage.reader.page(reference, level, () => range);
  } catch (error) {
    if (!(error instanceof TreeDamage)) throw error;
    if (level === 0) {
      yield* salvageDamagedLeaf(salvage, reference, range);
      return;
    }
    salvage.lostBranches.push(range);
    yield { lost: range, what: error.message };
    return;
  }
  if (level === 0) {
    yield* salvageLeaf(salvage, page);
    return;
  }
  for (let index = 0; index < cellCount(page); index += 1) {
    const start = index === 0 ? range.start : cellKey(page, index);
    const end = index + 1 < cellCount(page) ? cellKey(page, index + 1) : range.end;
    yield* salvagePage(salvage, childReference(page, index), level - 1, { start, end });
  }
}

function* salvageLeaf(salvage: Salvage, page: Buffer): Generator<SalvageStep, void> {
  const rows: TreeRow[] = [];
  for (let index = 0; index < cellCount(page); index += 1) {
    const cell = cellBytes(page, index);
    const key = cellKey(page, index);
    try {
      rows.push({ key, version: readVersionOf(cell), value: salvage.reader.valueOf(cell, key) });
    } catch (error) {
      if (!(error instanceof TreeDamage)) throw error;
      yield { lost: error.range, what: error.message };
    }
  }
  yield { rows };
}

function* salvageDamagedLeaf(
  salvage: Salvage,
  reference: PageReference,
  range: KeyRange,
): Generator<SalvageStep, void> {
  const page = readQuietly(salvage.file, reference.pageNumber);
  const pieces =
    page === undefined
      ? undefined
      : piecesOfDamagedLeaf(page, reference, range, (cell, key) => salvage.reader.valueOf(cell, key));
  if (pieces === undefined) {
    yield { lost: range, what: `The database is damaged: nothing in page ${reference.pageNumber} can be proven` };
    return;
  }
  yield { rows: pieces.flatMap((piece) => ('row' in piece ? [piece.row] : [])) };
  for (const piece of pieces) {
    if ('gap' in piece)
      yield { lost: piece.gap, what: new TreeDamage('the checksum of a row is wrong', piece.gap).message };
  }
}

function* salvageOrphans(salvage: Salvage): Generator<SalvageStep, void> {
  const { file, reader, visited, lostBranches } = salvage;
  let map: PageMap;
  try {
    map = PageMap.read(file, reader.head);
  } catch (error) {
    // Without it a leaf of an earlier state looks just the same.
    if (error instanceof TreeDamage) return;
    throw error;
  }
  for (let pageNumber = 0; pageNumber < reader.head.pageCount; pageNumber += 1) {
    if (visited.has(pageNumber) || !map.isLive(pageNumber)) continue;
    const page = readQuietly(file, pageNumber);
    if (page === undefined || page[4] !== KIND_LEAF || page[5] !== 0 || !isLeafOf(page, pageNumber, reader.head))
      continue;
    const key = cellKey(page, 0);
    const isLost = lostBranches.some(
      ({ start, end }) => Buffer.compare(key, start) >= 0 && Buffer.compare(key, end) < 0,
    );
    if (isLost) yield* salvageLeaf(salvage, page);
  }
}

/** The bytes of a value may look like a leaf; they do not name their own page, checksum and all. */
function isLeafOf(page: Buffer, pageNumber: number, head: TreeHead): boolean {
  const reference = sealedReference(page);
  return (
    reference.pageNumber === pageNumber &&
    reference.birth <= head.transaction &&
    reference.crc === page.readUInt32LE(0) &&
    areCellsWithin(page)
  );
}

function readQuietly(file: BlockingFile, pageNumber: number): Buffer | undefined {
  try {
    return readPage(file, pageNumber);
  } catch {
    return undefined;
  }
}
