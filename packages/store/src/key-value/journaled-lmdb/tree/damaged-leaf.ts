/**
 * What can be said of a leaf that is damaged somewhere: rows that their own checksums prove, and gaps between them, in
 * which rows were that cannot be. Only of a leaf whose frame is whole: then nothing is missing but what lies in a gap.
 */
import { type KeyRange, TreeDamage } from './tree-damage.js';
import { isFrameWhole, type PageReference } from './tree-format.js';
import { cellCount, doubtfulCellBytes, keyOfCell, readVersionOf } from './tree-page.js';
import type { TreeRow } from './tree-row.js';

/** A row, or keys of which nothing is known. */
export type LeafPiece = { readonly row: TreeRow } | { readonly gap: KeyRange };

/**
 * @param range Keys of the leaf.
 * @param proveValue Proves the value of a cell. @throws {TreeDamage} It cannot.
 * @returns In the order of keys; `undefined`: nothing can be said.
 */
export function piecesOfDamagedLeaf(
  page: Buffer,
  reference: PageReference,
  range: KeyRange,
  proveValue: (cell: Buffer, key: Uint8Array) => Uint8Array,
): readonly LeafPiece[] | undefined {
  if (!isFrameWhole(page, reference)) return undefined;
  const pieces: LeafPiece[] = [];
  let isInGap = false;
  let gapStart = range.start;
  for (let index = 0; index < cellCount(page); index += 1) {
    const row = provenRow(page, index, proveValue);
    if (row === undefined) {
      isInGap = true;
      continue;
    }
    // Written in order; were they not, nothing here could be believed.
    if (Buffer.compare(row.key, gapStart) < 0 || Buffer.compare(row.key, range.end) >= 0) return undefined;
    if (isInGap) pieces.push({ gap: { start: gapStart, end: row.key } });
    pieces.push({ row });
    isInGap = false;
    gapStart = Buffer.concat([row.key, new Uint8Array(1)]);
  }
  if (isInGap) pieces.push({ gap: { start: gapStart, end: range.end } });
  return pieces;
}

function provenRow(
  page: Buffer,
  index: number,
  proveValue: (cell: Buffer, key: Uint8Array) => Uint8Array,
): TreeRow | undefined {
  const cell = doubtfulCellBytes(page, index);
  if (cell === undefined) return undefined;
  const key = keyOfCell(cell, true);
  try {
    return { key, version: readVersionOf(cell), value: proveValue(cell, key) };
  } catch (error) {
    if (error instanceof TreeDamage) return undefined;
    throw error;
  }
}
