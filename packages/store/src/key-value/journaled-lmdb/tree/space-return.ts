/**
 * Decides which pages of a tree are to move so that the end of its file gets free. The writer takes free pages from the
 * front, so every page that is written again moves there; this finds the pages at the end that nobody writes, a slice
 * at a time. Leaves out the moving and the cutting.
 */
import { TreeDamage } from './tree-damage.js';
import { HEAD_PAGE_COUNT, PAGE_LENGTH_BYTES, type TreeHead } from './tree-format.js';
import { cellBytes, cellCount, cellKey, readLeafCell } from './tree-page.js';
import type { PathStep, TreeReader } from './tree-reader.js';
import type { TreeChange } from './tree-writer.js';

/** What is free must be worth the work, */
const FREE_PAGE_COUNT_MIN = (8 * 1024 * 1024) / PAGE_LENGTH_BYTES;
/** Leaves that one slice looks at, and those of them that it moves. */
const SLICE_LEAF_COUNT = 2048;
const SLICE_MOVE_COUNT = 512;

/**
 * After a pass, transactions that only let go of pages which readers had: those of the last, and those of a reader one
 * behind.
 */
const SETTLING_COUNT = 3;

const FIRST_KEY = new Uint8Array(0);

/** One file's passes over its tree. */
export class SpaceReturn {
  #limit = Number.POSITIVE_INFINITY;
  /** Where the pass goes on; `undefined`: none is under way. */
  #cursor: Uint8Array | undefined;
  #settlingLeft = 0;
  #pageCountBefore = 0;
  /** A pass that gained nothing is not repeated before the tree is another. */
  #fruitless: { readonly pageCount: number; readonly usedPageCount: number } | undefined;

  /** Pages at or above this number are to move. */
  get limit(): number {
    return this.#limit;
  }

  /** Tells whether there is something to gain by another slice. */
  wants(head: TreeHead): boolean {
    const freePageCount = head.pageCount - HEAD_PAGE_COUNT - head.usedPageCount;
    if (freePageCount < FREE_PAGE_COUNT_MIN || freePageCount < head.usedPageCount) return false;
    if (this.#fruitless === undefined) return true;
    const { pageCount, usedPageCount } = this.#fruitless;
    return head.pageCount > pageCount * 1.1 || head.usedPageCount < usedPageCount * 0.9;
  }

  /**
   * @param reader Of the newest state.
   * @returns Rows that the next transaction must write again, in order; perhaps none, and the transaction is still
   * worth making.
   */
  nextSlice(reader: TreeReader): TreeChange[] {
    const { head } = reader;
    if (this.#cursor === undefined) {
      if (this.#settlingLeft > 0) {
        this.#settle(head);
        return [];
      }
      this.#limit = HEAD_PAGE_COUNT + Math.ceil(head.usedPageCount * 1.25) + 64;
      this.#cursor = FIRST_KEY;
      this.#pageCountBefore = head.pageCount;
    }
    return this.#walk(reader, this.#cursor);
  }

  #settle(head: TreeHead): void {
    this.#settlingLeft -= 1;
    if (this.#settlingLeft > 0) return;
    this.#limit = Number.POSITIVE_INFINITY;
    const { pageCount, usedPageCount } = head;
    this.#fruitless = pageCount < this.#pageCountBefore ? undefined : { pageCount, usedPageCount };
  }

  #walk(reader: TreeReader, from: Uint8Array): TreeChange[] {
    const moves: TreeChange[] = [];
    const seen = new Set<Buffer>();
    let leafCount = 0;
    try {
      for (const path of reader.leaves(from)) {
        const leaf = (path.at(-1) as PathStep).page;
        const key = cellKey(leaf, 0);
        if (leafCount === SLICE_LEAF_COUNT || moves.length === SLICE_MOVE_COUNT) {
          this.#cursor = Uint8Array.prototype.slice.call(key) as Uint8Array;
          return moves;
        }
        leafCount += 1;
        // Not `some`: it would end at the first, and the others have been seen too.
        let isToMove = this.#hasValueToMove(leaf);
        for (const { page } of path) {
          if (seen.has(page)) continue;
          seen.add(page);
          isToMove ||= page.readUInt32LE(8) >= this.#limit;
        }
        if (isToMove) moves.push({ key, row: 'keep' });
      }
    } catch (error) {
      if (!(error instanceof TreeDamage)) throw error;
      // What is damaged stays where it is; what lies behind it can move.
      const { end } = error.range;
      if (end.length > 0 && Buffer.compare(end, from) > 0 && !isEnd(end)) {
        this.#cursor = end;
        return moves;
      }
    }
    this.#cursor = undefined;
    this.#settlingLeft = SETTLING_COUNT;
    return moves;
  }

  #hasValueToMove(leaf: Buffer): boolean {
    for (let index = 0; index < cellCount(leaf); index += 1) {
      const { valuePageNumber, valueLength } = readLeafCell(cellBytes(leaf, index));
      if (valuePageNumber === undefined) continue;
      if (valuePageNumber + Math.ceil(valueLength / PAGE_LENGTH_BYTES) > this.#limit) return true;
    }
    return false;
  }
}

function isEnd(key: Uint8Array): boolean {
  return key.every((byte) => byte === 0xff);
}
