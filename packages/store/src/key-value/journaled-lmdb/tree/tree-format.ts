/**
 * Bytes of the tree file: a copy-on-write B+ tree of rows in pages of 4 KiB. Little-endian. Leaves out how pages are
 * found and changed.
 *
 *     file  := head slot 0 (2 pages, the same twice), head slot 1 (2 pages), then pages in no order
 *     head  := magic (16), transaction f64, generation f64, sequence f64, page count f64, pages in use f64,
 *              row count f64, depth u8, 3 free, root reference, map table count u16, map table references,
 *              crc u32 in the last 4 bytes over all before it
 *     page  := crc u32, kind u8, level u8, count u16, page number u32, birth u48, frame crc u32, then by kind
 *                                                                                    crc over all behind it
 *     leaf  := offset u16 per cell, cells in key order
 *     cell  := row crc u32, key length u16 (top bit: value apart), value length u32, version f64, key,
 *              value or its first page number u32
 *     branch := offset u16 per cell, cells in key order
 *     cell  := reference, low key length u16, low key (every key of the child is at or above it; empty in the leftmost)
 *     map   := one bit per page of the file: used or not
 *     table := references of map pages
 *     reference := page number u32, crc u32, birth u48
 *
 * A reference says the checksum of the page it names and the transaction that wrote it, up to the head: so a page that
 * was damaged, exchanged or left behind by an earlier time never passes for the one that is meant. The row crc covers a
 * cell from the key length to the end of the key, and the value, wherever that lies. The frame crc of a leaf covers
 * kind to birth and the offsets: where a page's crc is wrong and this one is right, the cells are where they were, and
 * each row is proven or not by itself. Other pages have 0 there.
 */
import { crc32 } from '@annals/checksum/node';

/** Bytes of a page of the tree. */
export const PAGE_LENGTH_BYTES = 4096;

/** Pages before the first one of the tree. */
export const HEAD_PAGE_COUNT = 4;

/** Of each head slot: a bad sector must not cost a database. */
export const HEAD_COPY_COUNT = 2;

/** Bytes in front of the cells of a page. */
export const PAGE_HEADER_LENGTH_BYTES = 22;

const FRAME_CRC_OFFSET = 18;

/** Bytes of a leaf or branch page for cells and their offsets. */
export const NODE_CAPACITY_BYTES = PAGE_LENGTH_BYTES - PAGE_HEADER_LENGTH_BYTES;

/** What a cell takes beside its own bytes. */
export const CELL_OFFSET_LENGTH_BYTES = 2;

/** A page of rows. */
export const KIND_LEAF = 1;
/** A page of references to pages. */
export const KIND_BRANCH = 2;
/** A page that says which pages are free. */
export const KIND_MAP = 3;
/** A page of references to maps. */
export const KIND_MAP_TABLE = 4;
/** What a page is. */
export type PageKind = typeof KIND_LEAF | typeof KIND_BRANCH | typeof KIND_MAP | typeof KIND_MAP_TABLE;

/** Bytes of a reference: number, checksum and birth of a page. */
export const REFERENCE_LENGTH_BYTES = 14;

/** Bytes in front of key and value of a row in a leaf. */
export const LEAF_CELL_HEADER_LENGTH_BYTES = 18;
/** Bytes in front of the key in a branch. */
export const BRANCH_CELL_HEADER_LENGTH_BYTES = REFERENCE_LENGTH_BYTES + 2;

/** Pages one map page speaks of. */
export const MAP_PAGE_COVERAGE = (PAGE_LENGTH_BYTES - PAGE_HEADER_LENGTH_BYTES) * 8;

/** Map pages one table page names. */
export const MAP_TABLE_COVERAGE = Math.floor((PAGE_LENGTH_BYTES - PAGE_HEADER_LENGTH_BYTES) / REFERENCE_LENGTH_BYTES);

const MAGIC = Buffer.from('annals row tree1', 'latin1');
const ROOT_OFFSET = 68;
const TABLE_COUNT_OFFSET = ROOT_OFFSET + REFERENCE_LENGTH_BYTES;
const TABLES_OFFSET = TABLE_COUNT_OFFSET + 2;
const HEAD_CRC_OFFSET = PAGE_LENGTH_BYTES - 4;

/** Table pages a head has room for: enough for 9 TiB. */
export const MAP_TABLE_COUNT_MAX = Math.floor((HEAD_CRC_OFFSET - TABLES_OFFSET) / REFERENCE_LENGTH_BYTES);

/** Names a page and says what must be in it. */
export interface PageReference {
  readonly pageNumber: number;
  readonly crc: number;
  /** Number of the transaction that wrote it. */
  readonly birth: number;
}

/** The state of the whole tree after one transaction. */
export interface TreeHead {
  readonly transaction: number;
  /** How far in the journal the rows come. */
  readonly generation: number;
  readonly sequence: number;
  /** All pages in use, also by readers of earlier states, are below this number. */
  readonly pageCount: number;
  /** Pages in use, those of the head left out. */
  readonly usedPageCount: number;
  /** `NaN`: not known, of a state whose head is damaged. */
  readonly rowCount: number;
  /** `undefined`: the tree is empty. */
  readonly root: PageReference | undefined;
  /** Level of the root; leaves have 0. */
  readonly level: number;
  readonly mapTables: readonly PageReference[];
}

/** @returns One copy of a head. */
export function encodeHead(head: TreeHead): Buffer {
  const page = Buffer.alloc(PAGE_LENGTH_BYTES);
  page.set(MAGIC);
  page.writeDoubleLE(head.transaction, 16);
  page.writeDoubleLE(head.generation, 24);
  page.writeDoubleLE(head.sequence, 32);
  page.writeDoubleLE(head.pageCount, 40);
  page.writeDoubleLE(head.usedPageCount, 48);
  page.writeDoubleLE(head.rowCount, 56);
  page[64] = head.level;
  if (head.root !== undefined) writeReference(page, ROOT_OFFSET, head.root);
  page.writeUInt16LE(head.mapTables.length, TABLE_COUNT_OFFSET);
  head.mapTables.forEach((table, index) => {
    writeReference(page, TABLES_OFFSET + index * REFERENCE_LENGTH_BYTES, table);
  });
  page.writeUInt32LE(crc32(page.subarray(0, HEAD_CRC_OFFSET)), HEAD_CRC_OFFSET);
  return page;
}

/** @returns `undefined` when the page is no whole head. */
export function decodeHead(page: Buffer): TreeHead | undefined {
  if (page.length < PAGE_LENGTH_BYTES || !isTreeFile(page)) return undefined;
  if (crc32(page.subarray(0, HEAD_CRC_OFFSET)) !== page.readUInt32LE(HEAD_CRC_OFFSET)) return undefined;
  const root = readReference(page, ROOT_OFFSET);
  const mapTables = Array.from({ length: page.readUInt16LE(TABLE_COUNT_OFFSET) }, (_, index) =>
    readReference(page, TABLES_OFFSET + index * REFERENCE_LENGTH_BYTES),
  );
  return {
    transaction: page.readDoubleLE(16),
    generation: page.readDoubleLE(24),
    sequence: page.readDoubleLE(32),
    pageCount: page.readDoubleLE(40),
    usedPageCount: page.readDoubleLE(48),
    rowCount: page.readDoubleLE(56),
    root: root.pageNumber === 0 ? undefined : root,
    level: page[64] as number,
    mapTables,
  };
}

/**
 * @param page A head, or what is left of one.
 * @returns What it says of where the tree and its map lie: each reference is to be proven by the page it names.
 */
export function readDoubtfulHead(page: Buffer): Pick<TreeHead, 'mapTables'> & { readonly root: PageReference } {
  const tableCount = Math.min(page.readUInt16LE(TABLE_COUNT_OFFSET), MAP_TABLE_COUNT_MAX);
  return {
    root: readReference(page, ROOT_OFFSET),
    mapTables: Array.from({ length: tableCount }, (_, index) =>
      readReference(page, TABLES_OFFSET + index * REFERENCE_LENGTH_BYTES),
    ),
  };
}

/** Tells whether the bytes begin as a head does, whole or not. */
export function isTreeFile(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

/** @param offset Where `REFERENCE_LENGTH_BYTES` bytes are filled in. */
export function writeReference(target: Buffer, offset: number, { pageNumber, crc, birth }: PageReference): void {
  target.writeUInt32LE(pageNumber, offset);
  target.writeUInt32LE(crc, offset + 4);
  target.writeUIntLE(birth, offset + 8, 6);
}

/** @returns The reference that stands at `offset`. */
export function readReference(source: Buffer, offset: number): PageReference {
  return {
    pageNumber: source.readUInt32LE(offset),
    crc: source.readUInt32LE(offset + 4),
    birth: source.readUIntLE(offset + 8, 6),
  };
}

/** Fills in the header of a page whose other bytes are final. @returns The reference that names it. */
export function sealPage(
  page: Buffer,
  header: {
    readonly kind: PageKind;
    readonly level: number;
    readonly count: number;
    readonly pageNumber: number;
    readonly birth: number;
  },
): PageReference {
  page[4] = header.kind;
  page[5] = header.level;
  page.writeUInt16LE(header.count, 6);
  page.writeUInt32LE(header.pageNumber, 8);
  page.writeUIntLE(header.birth, 12, 6);
  page.writeUInt32LE(header.kind === KIND_LEAF ? frameCrc(page, header.count) : 0, FRAME_CRC_OFFSET);
  const crc = crc32(page.subarray(4));
  page.writeUInt32LE(crc, 0);
  return { pageNumber: header.pageNumber, crc, birth: header.birth };
}

/** Tells whether a page that is damaged somewhere is the leaf that is meant, with all its cells where they were. */
export function isFrameWhole(page: Buffer, reference: PageReference): boolean {
  const { pageNumber, birth } = sealedReference(page);
  const count = page.readUInt16LE(6);
  const isMeant = pageNumber === reference.pageNumber && birth === reference.birth;
  const isLeaf = page[4] === KIND_LEAF && page[5] === 0;
  if (!isMeant || !isLeaf || PAGE_HEADER_LENGTH_BYTES + count * CELL_OFFSET_LENGTH_BYTES > PAGE_LENGTH_BYTES)
    return false;
  return frameCrc(page, count) === page.readUInt32LE(FRAME_CRC_OFFSET);
}

function frameCrc(page: Buffer, count: number): number {
  const offsets = page.subarray(PAGE_HEADER_LENGTH_BYTES, PAGE_HEADER_LENGTH_BYTES + count * CELL_OFFSET_LENGTH_BYTES);
  return crc32(offsets, crc32(page.subarray(4, FRAME_CRC_OFFSET)));
}

/** @returns The reference that names a page as it is; its `crc` is computed. */
export function sealedReference(page: Buffer): PageReference {
  return { pageNumber: page.readUInt32LE(8), crc: crc32(page.subarray(4)), birth: page.readUIntLE(12, 6) };
}

/** @returns What is wrong with a page that `reference` names; `undefined`: nothing. */
export function pageFault(page: Buffer, reference: PageReference, kind: PageKind, level: number): string | undefined {
  if (crc32(page.subarray(4)) !== reference.crc) return 'its checksum is wrong';
  // A checksum of 32 bits may be right by chance, or for a page that is whole and in a wrong place.
  const isMeant =
    page.readUInt32LE(8) === reference.pageNumber &&
    page.readUIntLE(12, 6) === reference.birth &&
    page[4] === kind &&
    page[5] === level;
  return isMeant ? undefined : 'it is another page than the one that belongs there';
}
