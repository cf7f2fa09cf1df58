/** Children of a branch while the tree is changed: pages that stay, and pages that are to be written. */
import type { Draft } from './page-drafts.js';
import { readReference } from './tree-format.js';
import { encodeBranchCell, keyOfCell } from './tree-page.js';

/** A page with less than this looks for a neighbour to join. */
const SMALL_LENGTH_BYTES = 1024;

/** A child of a branch: the cell of one that stays, or the cells of a page that is to be written. */
export type TreeChild = { readonly cell: Buffer } | { readonly low: Uint8Array; readonly draft: Draft };

/** The key from which on a child counts. */
export function lowOf(child: TreeChild): Uint8Array {
  return 'draft' in child ? child.low : keyOfCell(child.cell, false);
}

/** The same child, which counts from this key on. */
export function withLow(child: TreeChild, low: Uint8Array): TreeChild {
  if ('draft' in child) return { low, draft: child.draft };
  return Buffer.compare(keyOfCell(child.cell, false), low) === 0
    ? child
    : { cell: encodeBranchCell(readReference(child.cell, 0), low) };
}

/** Tells whether a child has so little in it that it looks for a neighbour to join. */
export function isSmall(child: TreeChild): boolean {
  return 'draft' in child && child.draft.lengthBytes < SMALL_LENGTH_BYTES;
}
