/**
 * Changes a tree file: takes rows in the order of their keys and writes every page on the way to them again, in pages
 * that nobody reads, then a head that names the new root. When it is interrupted anywhere, the file holds the state
 * before or the state after. There is one writer of a file at a time. Leaves out which pages are free (`page-map.ts`)
 * and which states readers need (the engine).
 */

import type { BlockingFile } from '../../../file-system/file-system.js';
import { type Draft, draftOf, packCells, separatorOf } from './page-drafts.js';
import { PageMap } from './page-map.js';
import { isSmall, lowOf, type TreeChild, withLow } from './tree-child.js';
import { KEY_RANGE_END, type KeyRange, rangeOfKey, TreeDamage } from './tree-damage.js';
import {
  encodeHead,
  HEAD_COPY_COUNT,
  HEAD_PAGE_COUNT,
  KIND_BRANCH,
  KIND_LEAF,
  NODE_CAPACITY_BYTES,
  PAGE_LENGTH_BYTES,
  type PageReference,
  readReference,
  sealPage,
  type TreeHead,
} from './tree-format.js';
import {
  cellBytes,
  cellCount,
  cellKey,
  childIndex,
  childReference,
  encodeBranchCell,
  encodeLeafCell,
  isKeyAt,
  keyOfCell,
  layOutCells,
  lowerBoundInLeaf,
  movedLeafCell,
  readLeafCell,
  valuePageCount,
} from './tree-page.js';
import { readHead, TreeReader } from './tree-reader.js';
import { writePages } from './write-pages.js';

/** What becomes of one row. */
export interface TreeChange {
  readonly key: Uint8Array;
  /** `undefined`: the row goes, if it is there. `keep`: it stays, and the pages on the way to it are written again. */
  readonly row: { readonly version: number; readonly value: Uint8Array } | 'keep' | undefined;
}

/** How far in the journal the rows come. */
export interface TreePoint {
  readonly generation: number;
  readonly sequence: number;
}

const CACHE_LENGTH_BYTES_MAX = 16 * 1024 * 1024;

const FIRST_KEY = new Uint8Array(0);

/** A part of the changes, and what is changed. */
interface Slice {
  readonly changes: readonly TreeChange[];
  readonly from: number;
  readonly to: number;
}

/** The disk may or may not have the new head: the state there is unknown until the file is opened again. */
class UnknownState extends Error {}

/** The only writer of a file. */
export class TreeWriter {
  readonly #file: BlockingFile;
  readonly #reader: TreeReader;
  readonly #map: PageMap;
  #head: TreeHead;
  /** Of the transaction under way, by number. */
  #pages = new Map<number, Uint8Array>();
  #rowCount = 0;
  /** Pages at or above this number are moved when a change comes by. */
  #limit = Number.POSITIVE_INFINITY;

  private constructor(file: BlockingFile, head: TreeHead, map: PageMap) {
    this.#file = file;
    this.#head = head;
    this.#map = map;
    this.#reader = new TreeReader(file, head, CACHE_LENGTH_BYTES_MAX);
  }

  /** Makes an empty tree in a file. Durable when it returns, but for the file's name. @throws {Error} With a `code`. */
  static create(file: BlockingFile, point: TreePoint = { generation: 0, sequence: 0 }): TreeWriter {
    file.truncate(0);
    file.write(new Uint8Array(HEAD_PAGE_COUNT * PAGE_LENGTH_BYTES), 0);
    const head: TreeHead = {
      ...point,
      transaction: 0,
      pageCount: HEAD_PAGE_COUNT,
      usedPageCount: 0,
      rowCount: 0,
      root: undefined,
      level: 0,
      mapTables: [],
    };
    const writer = new TreeWriter(file, head, PageMap.create());
    // Both slots: a file with one whole head is one that has lost something.
    for (let count = 0; count < 2; count += 1) writer.apply([], point);
    return writer;
  }

  /** @throws {Error} The file is no whole tree. */
  static open(file: BlockingFile): TreeWriter {
    const head = readHead(file);
    return new TreeWriter(file, head, readMap(file, head));
  }

  /** The newest state on the disk. */
  get head(): TreeHead {
    return this.#head;
  }

  /** Reads the newest state. */
  get reader(): TreeReader {
    return this.#reader;
  }

  /**
   * One transaction. When it returns, everything is on the disk.
   * @param changes In the order of their keys, each key once.
   * @param options.oldestTransaction Of all states that anybody reads; the newest when it is left out.
   * @param options.limit Pages at or above this number that a change comes by are moved below it, as far as there is
   * room.
   * @throws {TreeDamage} A page on the way to a change cannot be proven. Nothing has changed.
   * @throws {UnknownState} The head may have been written or not.
   * @throws {Error} With a `code`, from the file system. Nothing has changed.
   */
  apply(
    changes: readonly TreeChange[],
    point: TreePoint,
    options: { readonly oldestTransaction?: number; readonly limit?: number } = {},
  ): TreeHead {
    const transaction = this.#head.transaction + 1;
    this.#map.begin(options.oldestTransaction ?? this.#head.transaction);
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY;
    this.#rowCount = this.#head.rowCount;
    this.#pages = new Map();
    let head: TreeHead;
    try {
      const { root, level } = this.#applyToRoot(changes);
      const mapTables = this.#map.layOut(transaction, this.#limit, (pageNumber, page) =>
        this.#pages.set(pageNumber, page),
      );
      const { pageCount, livePageCount: usedPageCount } = this.#map;
      head = {
        ...point,
        transaction,
        pageCount,
        usedPageCount,
        rowCount: this.#rowCount,
        root,
        level,
        mapTables: [...mapTables],
      };
      writePages(this.#file, this.#pages);
      this.#file.sync();
    } catch (error) {
      this.#map.giveUp();
      this.#reader.cache.clear();
      throw error;
    }
    this.#writeHead(head);
    this.#map.keep(transaction);
    this.#head = head;
    this.#reader.moveTo(head);
    this.#pages = new Map();
    return head;
  }

  #writeHead(head: TreeHead): void {
    const copy = encodeHead(head);
    const position = (head.transaction % 2) * HEAD_COPY_COUNT * PAGE_LENGTH_BYTES;
    try {
      this.#file.write(Buffer.concat(new Array<Buffer>(HEAD_COPY_COUNT).fill(copy)), position);
      this.#file.sync();
    } catch (error) {
      throw new UnknownState(`Cannot write the head of the database: ${(error as Error).message}`, { cause: error });
    }
  }

  #applyToRoot(changes: readonly TreeChange[]): { readonly root: PageReference | undefined; readonly level: number } {
    const { root, level: rootLevel } = this.#head;
    const slice = { changes, from: 0, to: changes.length };
    if (changes.length === 0) return { root, level: rootLevel };
    const range = { start: FIRST_KEY, end: KEY_RANGE_END };
    let children =
      root === undefined
        ? this.#changedLeaf(undefined, slice, FIRST_KEY)
        : this.#changed(root, rootLevel, slice, range);
    if (children === undefined) return { root, level: rootLevel };
    for (let level = rootLevel; ; level += 1) {
      const [only] = children;
      if (only === undefined) return { root: undefined, level: 0 };
      if (children.length === 1) return this.#asRoot(only, level);
      children = this.#packed(this.#branchCells(this.#joinSmall(children, level), level), FIRST_KEY, false);
    }
  }

  /** A branch with one child is no root. */
  #asRoot(child: TreeChild, level: number): { readonly root: PageReference; readonly level: number } {
    if ('cell' in child) return { root: readReference(child.cell, 0), level };
    const [first] = child.draft.cells;
    const isNeedless = level > 0 && child.draft.cells.length === 1;
    return isNeedless
      ? { root: readReference(first as Buffer, 0), level: level - 1 }
      : { root: this.#write(child.draft, level), level };
  }

  /** @returns What stands in place of the page; `undefined`: none of the changes changes anything. */
  #changed(reference: PageReference, level: number, slice: Slice, range: KeyRange): TreeChild[] | undefined {
    const page = this.#reader.page(reference, level, () => range);
    const children =
      level === 0 ? this.#changedLeaf(page, slice, range.start) : this.#changedBranch(page, level, slice, range);
    if (children !== undefined) this.#map.free(reference.pageNumber);
    return children;
  }

  #changedBranch(page: Buffer, level: number, slice: Slice, range: KeyRange): TreeChild[] | undefined {
    const children: TreeChild[] = [];
    const count = cellCount(page);
    let isChanged = false;
    let index = 0;
    for (let from = slice.from; from < slice.to; index += 1) {
      const next = childIndex(page, (slice.changes[from] as TreeChange).key);
      for (; index < next; index += 1) children.push({ cell: cellBytes(page, index) });
      const start = index === 0 ? range.start : cellKey(page, index);
      const end = index + 1 < count ? cellKey(page, index + 1) : range.end;
      let to = from + 1;
      while (to < slice.to && Buffer.compare((slice.changes[to] as TreeChange).key, end) < 0) to += 1;
      const below = { changes: slice.changes, from, to };
      const changed = this.#changed(childReference(page, index), level - 1, below, { start, end });
      isChanged ||= changed !== undefined;
      children.push(...(changed ?? [{ cell: cellBytes(page, index) }]));
      from = to;
    }
    if (!isChanged) return undefined;
    for (; index < count; index += 1) children.push({ cell: cellBytes(page, index) });
    // When the first child went, the next one also has the keys it had.
    const [first] = children;
    if (first !== undefined) children[0] = withLow(first, range.start);
    return this.#packed(this.#branchCells(this.#joinSmall(children, level - 1), level - 1), range.start, false);
  }

  /** Writes what is not written yet. @returns Cells that name the children. */
  #branchCells(children: readonly TreeChild[], level: number): Buffer[] {
    return children.map((child) =>
      'cell' in child ? child.cell : encodeBranchCell(this.#write(child.draft, level), child.low),
    );
  }

  /** @param low Of the first of the pages. @param isLeaf Decides what the keys of the others are. */
  #packed(cells: readonly Buffer[], low: Uint8Array, isLeaf: boolean, isGrowing = false): TreeChild[] {
    let before: Buffer | undefined;
    return packCells(cells, isGrowing).map((draft) => {
      const first = keyOfCell(draft.cells[0] as Buffer, isLeaf);
      let childLow = low;
      if (before !== undefined) childLow = isLeaf ? separatorOf(keyOfCell(before, true), first) : first;
      before = draft.cells.at(-1);
      return { low: childLow, draft };
    });
  }

  /** @returns `undefined`: none of the changes changes anything. */
  #changedLeaf(page: Buffer | undefined, slice: Slice, low: Uint8Array): TreeChild[] | undefined {
    const cells: Buffer[] = [];
    const count = page === undefined ? 0 : cellCount(page);
    let index = 0;
    let isChanged = false;
    let isGrowing = true;
    for (let place = slice.from; place < slice.to; place += 1) {
      const change = slice.changes[place] as TreeChange;
      const next = page === undefined ? 0 : lowerBoundInLeaf(page, change.key);
      for (; page !== undefined && index < next; index += 1) cells.push(cellBytes(page, index));
      const isThere = page !== undefined && index < count && isKeyAt(page, index, change.key);
      const before = isThere ? cellBytes(page, index) : undefined;
      isGrowing &&= index === count;
      if (change.row === 'keep') {
        isChanged = true;
        continue;
      }
      if (before !== undefined) {
        this.#freeValue(before);
        index += 1;
        this.#rowCount -= 1;
      }
      isChanged ||= before !== undefined || change.row !== undefined;
      if (change.row === undefined) continue;
      cells.push(this.#newCell(change.key, change.row));
      this.#rowCount += 1;
    }
    if (!isChanged) return undefined;
    for (; page !== undefined && index < count; index += 1) cells.push(cellBytes(page, index));
    const moved = this.#limit === Number.POSITIVE_INFINITY ? cells : cells.map((cell) => this.#movedCell(cell));
    return this.#packed(moved, low, true, isGrowing);
  }

  #newCell(key: Uint8Array, { version, value }: { readonly version: number; readonly value: Uint8Array }): Buffer {
    const pageCount = valuePageCount(key.length, value.length);
    if (pageCount === 0) return encodeLeafCell(key, version, value, undefined);
    const pageNumber = this.#map.allocate(pageCount);
    this.#pages.set(pageNumber, value);
    return encodeLeafCell(key, version, value, pageNumber);
  }

  #freeValue(cell: Buffer): void {
    const { valuePageNumber, valueLength } = readLeafCell(cell);
    if (valuePageNumber !== undefined) this.#map.free(valuePageNumber, Math.ceil(valueLength / PAGE_LENGTH_BYTES));
  }

  /** Moves a value below the limit. One that cannot be proven stays where it is: it may be read again some day. */
  #movedCell(cell: Buffer): Buffer {
    const { valuePageNumber, valueLength } = readLeafCell(cell);
    const pageCount = Math.ceil(valueLength / PAGE_LENGTH_BYTES);
    if (valuePageNumber === undefined || valuePageNumber + pageCount <= this.#limit) return cell;
    if (this.#pages.has(valuePageNumber)) return cell;
    try {
      const value = this.#reader.valueOf(cell, keyOfCell(cell, true));
      this.#map.free(valuePageNumber, pageCount);
      const pageNumber = this.#map.allocate(pageCount);
      this.#pages.set(pageNumber, value);
      return movedLeafCell(cell, pageNumber);
    } catch (error) {
      if (error instanceof TreeDamage) return cell;
      throw error;
    }
  }

  /** Pages with little in them join a neighbour where both fit into one. */
  #joinSmall(children: readonly TreeChild[], level: number): TreeChild[] {
    const joined: TreeChild[] = [];
    for (const child of children) {
      const before = joined.at(-1);
      const draft =
        before !== undefined && (isSmall(before) || isSmall(child)) ? this.#join(before, child, level) : undefined;
      if (before === undefined || draft === undefined) joined.push(child);
      else joined[joined.length - 1] = { low: lowOf(before), draft };
    }
    return joined;
  }

  /** @returns `undefined`: they do not fit into one page, or one of them cannot be proven. */
  #join(one: TreeChild, other: TreeChild, level: number): Draft | undefined {
    try {
      const drafts = [one, other].map((child) =>
        'draft' in child
          ? child.draft
          : this.#draftOf(this.#reader.page(readReference(child.cell, 0), level, () => rangeOfKey(lowOf(child)))),
      );
      const draft = draftOf(drafts.flatMap(({ cells }) => cells));
      if (draft.lengthBytes > NODE_CAPACITY_BYTES) return undefined;
      for (const child of [one, other]) if ('cell' in child) this.#map.free(readReference(child.cell, 0).pageNumber);
      return draft;
    } catch (error) {
      if (error instanceof TreeDamage) return undefined;
      throw error;
    }
  }

  #draftOf(page: Buffer): Draft {
    return draftOf(Array.from({ length: cellCount(page) }, (_, index) => cellBytes(page, index)));
  }

  #write({ cells }: Draft, level: number): PageReference {
    const pageNumber = this.#map.allocate();
    const page = layOutCells(cells);
    const kind = level === 0 ? KIND_LEAF : KIND_BRANCH;
    const birth = this.#head.transaction + 1;
    const reference = sealPage(page, { kind, level, count: cells.length, pageNumber, birth });
    this.#pages.set(pageNumber, page);
    this.#reader.cache.keep(reference, page);
    return reference;
  }
}

/** Without a map that can be proven the file only grows, until it is saved into another. */
function readMap(file: BlockingFile, head: TreeHead): PageMap {
  try {
    return PageMap.read(file, head);
  } catch (error) {
    if (error instanceof TreeDamage) return PageMap.withoutFile(head);
    throw error;
  }
}
