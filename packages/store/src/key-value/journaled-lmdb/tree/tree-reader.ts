/**
 * Reads rows of a tree file. Every page is proven by the reference that names it before anything in it is believed, so
 * an answer is right or an error: also "there is no such row", and also the end of a range. Synchronous; never writes.
 */

import type { BlockingFile } from '../../../file-system/file-system.js';
import { type LeafPiece, piecesOfDamagedLeaf } from './damaged-leaf.js';
import { PageCache } from './page-cache.js';
import { readPage } from './read-page.js';
import { KEY_RANGE_END, type KeyRange, rangeOfKey, TreeDamage } from './tree-damage.js';
import {
  decodeHead,
  HEAD_PAGE_COUNT,
  isTreeFile,
  KIND_BRANCH,
  KIND_LEAF,
  PAGE_LENGTH_BYTES,
  type PageReference,
  pageFault,
  type TreeHead,
} from './tree-format.js';
import {
  areCellsWithin,
  cellBytes,
  cellCount,
  cellKey,
  childIndex,
  childReference,
  compareKeyAt,
  inlineRowAt,
  inlineValue,
  isKeyAt,
  isRowWhole,
  keyOfCell,
  lowerBoundInLeaf,
  readLeafCell,
  readVersionOf,
} from './tree-page.js';
import type { TreeRow } from './tree-row.js';

/** A walk goes from `start` up to and without `end`, or the other way round. */
export interface TreeRange extends KeyRange {
  readonly reverse?: boolean;
}

/** One page on the way from the root to a leaf, and which of its children the way goes on with. */
export interface PathStep {
  readonly page: Buffer;
  index: number;
}

const FIRST_KEY = new Uint8Array(0);

/** @throws {Error} The file is no tree, or neither of its heads is whole, or its end is missing. */
export function readHead(file: BlockingFile): TreeHead {
  const newest = newestHead(file);
  const fault = newest === undefined ? headFault(file) : lengthFault(file, newest);
  if (newest === undefined || fault !== undefined) throw new Error(fault);
  return newest;
}

/** @returns The newest head that is whole, if there is one; the file may be shorter than it says. */
export function newestHead(file: BlockingFile): TreeHead | undefined {
  let newest: TreeHead | undefined;
  for (const page of headPages(file)) {
    const head = page === undefined ? undefined : decodeHead(page);
    if (head !== undefined && head.transaction > (newest?.transaction ?? -1)) newest = head;
  }
  return newest;
}

/** @returns The head of this transaction; `undefined`: another one is in its place by now. */
export function headOf(file: BlockingFile, transaction: number): TreeHead | undefined {
  for (const page of headPages(file)) {
    const head = page === undefined ? undefined : decodeHead(page);
    if (head?.transaction === transaction) return head;
  }
  return undefined;
}

/** @returns What is wrong with the length of the file; `undefined`: nothing. */
export function lengthFault(file: BlockingFile, { pageCount }: TreeHead): string | undefined {
  const lengthBytes = pageCount * PAGE_LENGTH_BYTES;
  if (file.lengthBytes >= lengthBytes) return undefined;
  return `it has ${file.lengthBytes} bytes and should have ${lengthBytes}: its end is missing`;
}

/** @returns What a file without a whole head is. */
export function headFault(file: BlockingFile): string {
  const isTree = headPages(file).some((page) => page !== undefined && isTreeFile(page));
  return isTree ? 'it has no whole head' : 'it is no database of this program';
}

/** @returns The copies of both heads, slot by slot; `undefined` for one that cannot be read. */
export function headPages(file: BlockingFile): readonly (Buffer | undefined)[] {
  return Array.from({ length: HEAD_PAGE_COUNT }, (_, pageNumber) => readHeadPage(file, pageNumber));
}

/** The other copies may be there when a sector cannot be read. */
function readHeadPage(file: BlockingFile, pageNumber: number): Buffer | undefined {
  try {
    return readPage(file, pageNumber);
  } catch {
    return undefined;
  }
}

/** Reads the state of the tree that a head names, until `moveTo` names another. */
export class TreeReader {
  readonly #file: BlockingFile;
  readonly #cache: PageCache;
  #head: TreeHead;

  /** @param cache Of pages; or the bound of the memory for them. */
  constructor(file: BlockingFile, head: TreeHead, cache: PageCache | number) {
    this.#file = file;
    this.#head = head;
    this.#cache = typeof cache === 'number' ? new PageCache(cache) : cache;
  }

  /** @returns A reader that stays in this state and shares the memory for pages. */
  copy(): TreeReader {
    return new TreeReader(this.#file, this.#head, this.#cache);
  }

  get head(): TreeHead {
    return this.#head;
  }

  get cache(): PageCache {
    return this.#cache;
  }

  /** From now on reads see this state. A walk under way goes on in the one it began in. */
  moveTo(head: TreeHead): void {
    this.#head = head;
  }

  /**
   * @returns `undefined`: there is no such row.
   * @throws {TreeDamage} Whether there is one, or what it says, cannot be proven.
   */
  get(key: Uint8Array): TreeRow | undefined {
    let leaf: Buffer | undefined;
    try {
      leaf = this.leafOf(key);
    } catch (error) {
      return this.#getFromDamagedLeaf(key, error);
    }
    if (leaf === undefined) return undefined;
    const index = lowerBoundInLeaf(leaf, key);
    if (index === cellCount(leaf)) return undefined;
    return isKeyAt(leaf, index, key) ? this.#rowAt(leaf, index) : undefined;
  }

  /**
   * Walks the rows of a range.
   * @throws {TreeDamage} Where a part of the range cannot be proven; its `range` says where to go on.
   */
  *range(range: TreeRange): Generator<TreeRow, void> {
    const { start, end, reverse = false } = range;
    try {
      yield* this.#wholeLeaves(range);
    } catch (error) {
      const pieces = this.#piecesOf(error);
      if (pieces === undefined) throw error;
      // All rows on this side of the leaf have been seen.
      const leaf = (error as TreeDamage).range;
      yield* rowsOfPieces(reverse ? [...pieces].reverse() : pieces, { start, end });
      if (reverse) yield* this.range({ start, end: earlier(end, leaf.start), reverse });
      else yield* this.range({ start: later(start, leaf.end), end });
    }
  }

  *#wholeLeaves({ start, end, reverse = false }: TreeRange): Generator<TreeRow, void> {
    if (this.#head.root === undefined || Buffer.compare(start, end) >= 0) return;
    const step = reverse ? -1 : 1;
    let path: readonly PathStep[] | undefined = this.#pathTo(reverse ? end : start, reverse);
    for (; path !== undefined; path = this.#nextPath(path, step)) {
      const leaf = (path.at(-1) as PathStep).page;
      const count = cellCount(leaf);
      for (let index = (path.at(-1) as PathStep).index; index >= 0 && index < count; index += step) {
        if (reverse ? compareKeyAt(leaf, index, start) < 0 : compareKeyAt(leaf, index, end) >= 0) return;
        yield this.#rowAt(leaf, index);
      }
    }
  }

  #getFromDamagedLeaf(key: Uint8Array, error: unknown): TreeRow | undefined {
    const pieces = this.#piecesOf(error);
    if (pieces === undefined) throw error;
    const [row] = rowsOfPieces(pieces, rangeOfKey(copyOf(key)));
    return row;
  }

  /** @returns `undefined`: the error is another one, or nothing in the leaf can be proven. */
  #piecesOf(error: unknown): readonly LeafPiece[] | undefined {
    if (!(error instanceof TreeDamage) || error.leaf === undefined) return undefined;
    const page = Buffer.allocUnsafeSlow(PAGE_LENGTH_BYTES);
    this.#read(page, error.leaf.pageNumber * PAGE_LENGTH_BYTES, () => error.range);
    return piecesOfDamagedLeaf(page, error.leaf, error.range, (cell, key) => this.valueOf(cell, key));
  }

  /**
   * @returns The leaf where a row with this key is, or would be; `undefined` in an empty tree.
   * @throws {TreeDamage}
   */
  leafOf(key: Uint8Array): Buffer | undefined {
    const { root, level } = this.#head;
    if (root === undefined) return undefined;
    let reference = root;
    for (let depth = level; ; depth -= 1) {
      const page = this.#cache.find(reference) ?? this.#load(reference, depth, () => this.#rangeAround(key, depth));
      if (depth === 0) return page;
      reference = childReference(page, childIndex(page, key));
    }
  }

  /**
   * Walks the leaves from the one that `start` belongs to, each with the way to it. The steps are the walk's own.
   * @throws {TreeDamage} Its `range` says where to go on.
   */
  *leaves(start: Uint8Array): Generator<readonly PathStep[], void> {
    if (this.#head.root === undefined) return;
    let path: readonly PathStep[] | undefined = this.#pathTo(start, false);
    for (; path !== undefined; path = this.#nextPath(path, 1)) yield path;
  }

  /** @throws {TreeDamage} */
  page(reference: PageReference, level: number, range: () => KeyRange): Buffer {
    return this.#cache.find(reference) ?? this.#load(reference, level, range);
  }

  /** @param cell Of a leaf. @returns The value, in memory that may be the page's. @throws {TreeDamage} */
  valueOf(cell: Buffer, key: Uint8Array): Uint8Array {
    const { valuePageNumber, valueLength } = readLeafCell(cell);
    let value: Uint8Array;
    if (valuePageNumber === undefined) value = inlineValue(cell);
    else {
      value = Buffer.allocUnsafeSlow(valueLength);
      this.#read(value, valuePageNumber * PAGE_LENGTH_BYTES, () => rangeOfKey(copyOf(key)));
    }
    if (!isRowWhole(cell, value)) throw new TreeDamage('the checksum of a row is wrong', rangeOfKey(copyOf(key)));
    return value;
  }

  /**
   * Parts of the page, not copies: nobody writes into either, and a page is not much longer than what is read of it.
   */
  #rowAt(leaf: Buffer, index: number): TreeRow {
    const row = inlineRowAt(leaf, index);
    if (row !== undefined) return row;
    const cell = cellBytes(leaf, index);
    const key = keyOfCell(cell, true);
    return { key, version: readVersionOf(cell), value: this.valueOf(cell, key) };
  }

  /** @returns The way to the first row to be seen, in which the last step may stand outside its leaf. */
  #pathTo(key: Uint8Array, reverse: boolean): PathStep[] {
    const path: PathStep[] = [];
    let reference = this.#head.root as PageReference;
    for (let level = this.#head.level; ; level -= 1) {
      const page = this.page(reference, level, () => rangeOfPath(path));
      if (level === 0) {
        const index = lowerBoundInLeaf(page, key);
        path.push({ page, index: reverse ? index - 1 : index });
        return path;
      }
      const index = childIndex(page, key);
      path.push({ page, index });
      reference = childReference(page, index);
    }
  }

  /** @returns The way to the leaf before or behind; `undefined`: there is none. */
  #nextPath(path: readonly PathStep[], step: 1 | -1): PathStep[] | undefined {
    const next = path.slice(0, -1).map(({ page, index }) => ({ page, index }));
    for (let last = next.at(-1); last !== undefined; last = next.at(-1)) {
      last.index += step;
      if (last.index >= 0 && last.index < cellCount(last.page)) break;
      next.pop();
    }
    if (next.length === 0) return undefined;
    for (let level = path.length - 1 - next.length; level >= 0; level -= 1) {
      const above = next.at(-1) as PathStep;
      const page = this.page(childReference(above.page, above.index), level, () => rangeOfPath(next));
      next.push({ page, index: step > 0 ? 0 : cellCount(page) - 1 });
    }
    return next;
  }

  #load(reference: PageReference, level: number, range: () => KeyRange): Buffer {
    const page = Buffer.allocUnsafeSlow(PAGE_LENGTH_BYTES);
    this.#read(page, reference.pageNumber * PAGE_LENGTH_BYTES, range);
    const fault = pageFault(page, reference, level === 0 ? KIND_LEAF : KIND_BRANCH, level);
    if (fault !== undefined || !areCellsWithin(page)) {
      const damage = new TreeDamage(
        `page ${reference.pageNumber}: ${fault ?? 'its cells do not lie within it'}`,
        range(),
      );
      if (level === 0) damage.leaf = reference;
      throw damage;
    }
    this.#cache.keep(reference, page);
    return page;
  }

  #read(target: Uint8Array, positionBytes: number, range: () => KeyRange): void {
    let length: number;
    try {
      length = this.#file.read(target, positionBytes);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new TreeDamage(`page ${positionBytes / PAGE_LENGTH_BYTES} cannot be read (${code})`, range(), error);
    }
    if (length < target.length) throw new TreeDamage(`page ${positionBytes / PAGE_LENGTH_BYTES} is missing`, range());
  }

  /** The keys of the page at `level` on the way to `key`; everything above it was proven a moment ago. */
  #rangeAround(key: Uint8Array, level: number): KeyRange {
    const path: PathStep[] = [];
    let reference = this.#head.root as PageReference;
    for (let above = this.#head.level; above > level; above -= 1) {
      const page = this.page(reference, above, () => rangeOfPath(path));
      const index = childIndex(page, key);
      path.push({ page, index });
      reference = childReference(page, index);
    }
    return rangeOfPath(path);
  }
}

/** @returns The keys below the child that the last step of the path goes on with; without a step, all keys. */
function rangeOfPath(path: readonly PathStep[]): KeyRange {
  let start: Uint8Array = FIRST_KEY;
  let end: Uint8Array = KEY_RANGE_END;
  for (const { page, index } of path) {
    if (index > 0) start = copyOf(cellKey(page, index));
    if (index + 1 < cellCount(page)) end = copyOf(cellKey(page, index + 1));
  }
  return { start, end };
}

/** @throws {TreeDamage} Where a gap lies in the range. */
function* rowsOfPieces(pieces: readonly LeafPiece[], { start, end }: KeyRange): Generator<TreeRow, void> {
  for (const piece of pieces) {
    if ('row' in piece) {
      const { key } = piece.row;
      if (Buffer.compare(key, start) >= 0 && Buffer.compare(key, end) < 0) yield piece.row;
    } else if (Buffer.compare(piece.gap.start, end) < 0 && Buffer.compare(piece.gap.end, start) > 0) {
      throw new TreeDamage('the checksum of a row is wrong', piece.gap);
    }
  }
}

function earlier(one: Uint8Array, other: Uint8Array): Uint8Array {
  return Buffer.compare(one, other) <= 0 ? one : other;
}

function later(one: Uint8Array, other: Uint8Array): Uint8Array {
  return Buffer.compare(one, other) >= 0 ? one : other;
}

/** `slice` of a `Buffer` is a view. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes);
}
