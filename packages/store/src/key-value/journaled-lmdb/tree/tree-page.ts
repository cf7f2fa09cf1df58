/**
 * Leaf and branch pages: where their cells are, what is in them, and which one a key belongs to. Leaves out where pages
 * come from.
 */
import { crc32 } from '@annals/checksum/node';
import {
  BRANCH_CELL_HEADER_LENGTH_BYTES,
  CELL_OFFSET_LENGTH_BYTES,
  KIND_LEAF,
  LEAF_CELL_HEADER_LENGTH_BYTES,
  NODE_CAPACITY_BYTES,
  PAGE_HEADER_LENGTH_BYTES,
  PAGE_LENGTH_BYTES,
  type PageReference,
  REFERENCE_LENGTH_BYTES,
  readReference,
  writeReference,
} from './tree-format.js';

/** A longer cell keeps its value in pages of its own; */
const INLINE_CELL_LENGTH_BYTES_MAX = 2000;
/** but a short value stays, however long its key: pages are dear. */
const INLINE_VALUE_LENGTH_BYTES = 512;

const APART_BIT = 0x8000;

/** @returns Number of cells of a leaf or branch page. */
export function cellCount(page: Buffer): number {
  return u16(page, 6);
}

/** Tells whether every cell lies within the page: reads of one that passed never leave it. */
export function areCellsWithin(page: Buffer): boolean {
  const count = cellCount(page);
  const isLeaf = page[4] === KIND_LEAF;
  const header = isLeaf ? LEAF_CELL_HEADER_LENGTH_BYTES : BRANCH_CELL_HEADER_LENGTH_BYTES;
  const cellsStart = PAGE_HEADER_LENGTH_BYTES + count * CELL_OFFSET_LENGTH_BYTES;
  if (count === 0 || cellsStart > PAGE_LENGTH_BYTES) return false;
  for (let index = 0; index < count; index += 1) {
    const offset = cellOffset(page, index);
    if (offset < cellsStart || offset + header > PAGE_LENGTH_BYTES) return false;
    const length = isLeaf ? leafCellLength(page, offset) : branchCellLength(page, offset);
    if (offset + length > PAGE_LENGTH_BYTES) return false;
  }
  return true;
}

/** @returns Bytes of a cell, as a view. */
export function cellBytes(page: Buffer, index: number): Buffer {
  const offset = cellOffset(page, index);
  const length = page[4] === KIND_LEAF ? leafCellLength(page, offset) : branchCellLength(page, offset);
  return page.subarray(offset, offset + length);
}

/**
 * @param page A leaf whose offsets can be believed, and nothing else of it.
 * @returns Bytes of a cell, as a view; `undefined` when what it says of its length cannot be.
 */
export function doubtfulCellBytes(page: Buffer, index: number): Buffer | undefined {
  const offset = cellOffset(page, index);
  const end = index + 1 < cellCount(page) ? cellOffset(page, index + 1) : PAGE_LENGTH_BYTES;
  if (offset + LEAF_CELL_HEADER_LENGTH_BYTES > end) return undefined;
  const length = leafCellLength(page, offset);
  // Cells lie side by side; behind the last there is room.
  const isPlausible = index + 1 < cellCount(page) ? offset + length === end : offset + length <= end;
  return isPlausible ? page.subarray(offset, offset + length) : undefined;
}

/** @returns The key of a cell, as a view. */
export function cellKey(page: Buffer, index: number): Buffer {
  const offset = cellOffset(page, index);
  return page[4] === KIND_LEAF ? leafCellKey(page, offset) : branchCellKey(page, offset);
}

/** @returns Index of the first cell of a leaf whose key is not below `key`; `cellCount` when all are. */
export function lowerBoundInLeaf(page: Buffer, key: Uint8Array): number {
  let low = 0;
  let high = u16(page, 6);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const offset = u16(page, PAGE_HEADER_LENGTH_BYTES + middle * 2);
    const start = offset + LEAF_CELL_HEADER_LENGTH_BYTES;
    if (compareInPage(page, start, start + (u16(page, offset + 4) & ~APART_BIT), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @returns Index of the child of a branch that `key` belongs to. */
export function childIndex(page: Buffer, key: Uint8Array): number {
  // The first child also has what is below its own low key: there is nothing before it.
  let low = 1;
  let high = u16(page, 6);
  while (low < high) {
    const middle = (low + high) >>> 1;
    const offset = u16(page, PAGE_HEADER_LENGTH_BYTES + middle * 2);
    const start = offset + BRANCH_CELL_HEADER_LENGTH_BYTES;
    if (compareInPage(page, start, start + u16(page, offset + REFERENCE_LENGTH_BYTES), key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** @returns The reference in a cell of a branch. */
export function childReference(page: Buffer, index: number): PageReference {
  return readReference(page, cellOffset(page, index));
}

/** A row as a leaf cell says it. */
export interface LeafCell {
  readonly version: number;
  readonly valueLength: number;
  /** Where the value lies when it is not in the cell. */
  readonly valuePageNumber: number | undefined;
}

/** @param cell Bytes of a leaf's cell. */
export function readLeafCell(cell: Buffer): LeafCell {
  const keyLength = u16(cell, 4);
  return {
    version: cell.readDoubleLE(10),
    valueLength: cell.readUInt32LE(6),
    valuePageNumber:
      (keyLength & APART_BIT) === 0
        ? undefined
        : cell.readUInt32LE(LEAF_CELL_HEADER_LENGTH_BYTES + (keyLength & ~APART_BIT)),
  };
}

/** @param cell Bytes of a leaf's cell. @returns The version of its row. */
export function readVersionOf(cell: Buffer): number {
  return cell.readDoubleLE(10);
}

/** @returns The value of a cell that holds it, as a view. */
export function inlineValue(cell: Buffer): Buffer {
  return cell.subarray(LEAF_CELL_HEADER_LENGTH_BYTES + u16(cell, 4));
}

/**
 * @param value Of the cell, wherever it lies. @returns Whether key, version and value are those that were written
 * together.
 */
export function isRowWhole(cell: Buffer, value: Uint8Array): boolean {
  const keyEnd = LEAF_CELL_HEADER_LENGTH_BYTES + (u16(cell, 4) & ~APART_BIT);
  if ((u16(cell, 4) & APART_BIT) === 0) return crc32(cell.subarray(4)) === cell.readUInt32LE(0);
  return crc32(value, crc32(cell.subarray(4, keyEnd))) === cell.readUInt32LE(0);
}

/** @returns Below 0, 0 or above 0, as the key of a leaf's cell is before, at or behind `key`. */
export function compareKeyAt(page: Buffer, index: number, key: Uint8Array): number {
  const offset = cellOffset(page, index);
  const start = offset + LEAF_CELL_HEADER_LENGTH_BYTES;
  return compareInPage(page, start, start + (u16(page, offset + 4) & ~APART_BIT), key);
}

/** Tells whether the key of a leaf's cell is this one. */
export function isKeyAt(page: Buffer, index: number, key: Uint8Array): boolean {
  return compareKeyAt(page, index, key) === 0;
}

/**
 * The usual row, with as few objects as may be: lists are made of these.
 * @returns Parts of the page; `undefined`: the value lies elsewhere, or the checksum of the row is wrong.
 */
export function inlineRowAt(
  page: Buffer,
  index: number,
): { readonly key: Buffer; readonly version: number; readonly value: Buffer } | undefined {
  const offset = cellOffset(page, index);
  const keyLength = u16(page, offset + 4);
  if ((keyLength & APART_BIT) !== 0) return undefined;
  const keyStart = offset + LEAF_CELL_HEADER_LENGTH_BYTES;
  const keyEnd = keyStart + keyLength;
  const end = keyEnd + page.readUInt32LE(offset + 6);
  if (crc32(page.subarray(offset + 4, end)) !== page.readUInt32LE(offset)) return undefined;
  return {
    key: page.subarray(keyStart, keyEnd),
    version: page.readDoubleLE(offset + 10),
    value: page.subarray(keyEnd, end),
  };
}

/** @returns Pages that a value of this length takes of its own; 0: it stands in its cell. */
export function valuePageCount(keyLength: number, valueLength: number): number {
  const isInline =
    valueLength <= INLINE_VALUE_LENGTH_BYTES ||
    LEAF_CELL_HEADER_LENGTH_BYTES + keyLength + valueLength <= INLINE_CELL_LENGTH_BYTES_MAX;
  return isInline ? 0 : Math.ceil(valueLength / PAGE_LENGTH_BYTES);
}

/** @param valuePageNumber Where the value will lie, if it needs pages of its own. */
export function encodeLeafCell(
  key: Uint8Array,
  version: number,
  value: Uint8Array,
  valuePageNumber: number | undefined,
): Buffer {
  const keyEnd = LEAF_CELL_HEADER_LENGTH_BYTES + key.length;
  const isApart = valuePageNumber !== undefined;
  const cell = Buffer.allocUnsafe(keyEnd + (isApart ? 4 : value.length));
  cell.writeUInt16LE(isApart ? key.length | APART_BIT : key.length, 4);
  cell.writeUInt32LE(value.length, 6);
  cell.writeDoubleLE(version, 10);
  cell.set(key, LEAF_CELL_HEADER_LENGTH_BYTES);
  if (isApart) {
    cell.writeUInt32LE(valuePageNumber, keyEnd);
    cell.writeUInt32LE(crc32(value, crc32(cell.subarray(4, keyEnd))), 0);
  } else {
    cell.set(value, keyEnd);
    cell.writeUInt32LE(crc32(cell.subarray(4)), 0);
  }
  return cell;
}

/** @returns The same row, whose value now lies elsewhere. */
export function movedLeafCell(cell: Buffer, valuePageNumber: number): Buffer {
  const moved = Buffer.from(cell);
  moved.writeUInt32LE(valuePageNumber, moved.length - 4);
  return moved;
}

/** @param lowKey Every key of the child is at or above it. */
export function encodeBranchCell(reference: PageReference, lowKey: Uint8Array): Buffer {
  const cell = Buffer.allocUnsafe(BRANCH_CELL_HEADER_LENGTH_BYTES + lowKey.length);
  writeReference(cell, 0, reference);
  cell.writeUInt16LE(lowKey.length, REFERENCE_LENGTH_BYTES);
  cell.set(lowKey, BRANCH_CELL_HEADER_LENGTH_BYTES);
  return cell;
}

/** @returns The key in the bytes of a cell of either kind. */
export function keyOfCell(cell: Buffer, isLeaf: boolean): Buffer {
  return isLeaf ? leafCellKey(cell, 0) : branchCellKey(cell, 0);
}

/** Bytes that cells take in a page, their offsets included. */
export function cellsLength(cells: readonly Uint8Array[]): number {
  let length = cells.length * CELL_OFFSET_LENGTH_BYTES;
  for (const cell of cells) length += cell.length;
  return length;
}

/** @returns A page with these cells and room for its header. @throws {RangeError} They do not fit. */
export function layOutCells(cells: readonly Uint8Array[]): Buffer {
  if (cellsLength(cells) > NODE_CAPACITY_BYTES) throw new RangeError('Cannot lay out a page: its cells are too long');
  const page = Buffer.allocUnsafeSlow(PAGE_LENGTH_BYTES);
  let offset = PAGE_HEADER_LENGTH_BYTES + cells.length * CELL_OFFSET_LENGTH_BYTES;
  let pointer = PAGE_HEADER_LENGTH_BYTES;
  for (const cell of cells) {
    page.writeUInt16LE(offset, pointer);
    page.set(cell, offset);
    offset += cell.length;
    pointer += CELL_OFFSET_LENGTH_BYTES;
  }
  // The earlier contents of the memory must not reach the disk.
  page.fill(0, offset);
  return page;
}

function cellOffset(page: Buffer, index: number): number {
  return u16(page, PAGE_HEADER_LENGTH_BYTES + index * CELL_OFFSET_LENGTH_BYTES);
}

function leafCellLength(page: Buffer, offset: number): number {
  const keyLength = u16(page, offset + 4);
  const rest = (keyLength & APART_BIT) === 0 ? page.readUInt32LE(offset + 6) : 4;
  return LEAF_CELL_HEADER_LENGTH_BYTES + (keyLength & ~APART_BIT) + rest;
}

function branchCellLength(page: Buffer, offset: number): number {
  return BRANCH_CELL_HEADER_LENGTH_BYTES + u16(page, offset + REFERENCE_LENGTH_BYTES);
}

function leafCellKey(bytes: Buffer, offset: number): Buffer {
  const start = offset + LEAF_CELL_HEADER_LENGTH_BYTES;
  return bytes.subarray(start, start + (u16(bytes, offset + 4) & ~APART_BIT));
}

function branchCellKey(bytes: Buffer, offset: number): Buffer {
  const start = offset + BRANCH_CELL_HEADER_LENGTH_BYTES;
  return bytes.subarray(start, start + u16(bytes, offset + REFERENCE_LENGTH_BYTES));
}

/** In plain code: a call into the runtime per comparison costs more than the comparison. */
function compareInPage(page: Buffer, start: number, end: number, key: Uint8Array): number {
  const length = Math.min(end - start, key.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (page[start + index] as number) - (key[index] as number);
    if (difference !== 0) return difference;
  }
  return end - start - key.length;
}

function u16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8);
}
