/** Cells that are to become pages: how many pages, which cell in which, and from which key on each of them counts. */
import { CELL_OFFSET_LENGTH_BYTES, NODE_CAPACITY_BYTES } from './tree-format.js';
import { cellsLength } from './tree-page.js';

/** The cells of one page that is not written yet. */
export interface Draft {
  readonly cells: readonly Buffer[];
  readonly lengthBytes: number;
}

/** @returns The draft of a page, whose cells must fit into one. */
export function draftOf(cells: readonly Buffer[]): Draft {
  return { cells, lengthBytes: cellsLength(cells) };
}

/**
 * Deals cells out to as few pages as may be.
 * @param isGrowing The cells at the end are new, and more may follow: the pages before the last are filled. Otherwise
 *   all get about the same, so that each has room.
 */
export function packCells(cells: readonly Buffer[], isGrowing: boolean): Draft[] {
  const totalLength = cellsLength(cells);
  if (totalLength <= NODE_CAPACITY_BYTES) return cells.length === 0 ? [] : [{ cells, lengthBytes: totalLength }];
  const wantedLength = isGrowing
    ? NODE_CAPACITY_BYTES
    : totalLength / Math.ceil(totalLength / NODE_CAPACITY_BYTES) - CELL_OFFSET_LENGTH_BYTES;
  const drafts: Draft[] = [];
  let taken: Buffer[] = [];
  let lengthBytes = 0;
  for (const cell of cells) {
    const cellLength = cell.length + CELL_OFFSET_LENGTH_BYTES;
    if (taken.length > 0 && (lengthBytes >= wantedLength || lengthBytes + cellLength > NODE_CAPACITY_BYTES)) {
      drafts.push({ cells: taken, lengthBytes });
      taken = [];
      lengthBytes = 0;
    }
    taken.push(cell);
    lengthBytes += cellLength;
  }
  drafts.push({ cells: taken, lengthBytes });
  return drafts;
}

/** @returns The shortest key above `before` and not above `first`, which is above `before`. */
export function separatorOf(before: Uint8Array, first: Uint8Array): Uint8Array {
  let length = 0;
  while (length < before.length && before[length] === first[length]) length += 1;
  return Uint8Array.prototype.slice.call(first, 0, length + 1);
}
