/**
 * Which pages of the tree file are in use. Two maps: `live` is what the newest state uses, and what lies on the disk;
 * `taken` is also what readers of earlier states may still look at, and decides what may be written over. The lowest
 * free page is taken first, so that what is in use gathers at the front of the file and its end can be given back.
 */

import type { BlockingFile } from '../../../file-system/file-system.js';
import { readPage } from './read-page.js';
import { KEY_RANGE_END, TreeDamage } from './tree-damage.js';
import {
  HEAD_PAGE_COUNT,
  KIND_MAP,
  KIND_MAP_TABLE,
  MAP_PAGE_COVERAGE,
  MAP_TABLE_COUNT_MAX,
  MAP_TABLE_COVERAGE,
  PAGE_HEADER_LENGTH_BYTES,
  PAGE_LENGTH_BYTES,
  type PageReference,
  pageFault,
  REFERENCE_LENGTH_BYTES,
  readReference,
  sealPage,
  type TreeHead,
  writeReference,
} from './tree-format.js';

const MAP_PAGE_BYTES = MAP_PAGE_COVERAGE / 8;

interface FreedPages {
  /** The state of this number, and all later ones, do not use them. */
  readonly transaction: number;
  readonly runs: readonly PageRun[];
}

interface PageRun {
  readonly first: number;
  readonly count: number;
}

/**
 * The map of one file, for its only writer. Between `begin` and `keep` or `giveUp` a transaction takes and frees pages.
 */
export class PageMap {
  #live: Uint8Array;
  #taken: Uint8Array;
  #pageCount: number;
  #livePageCount = 0;
  /** Of each map page, and of each table page, where it lies. */
  #maps: (PageReference | undefined)[] = [];
  #tables: (PageReference | undefined)[] = [];
  /** Freed by transactions that readers may not have reached. */
  #waiting: FreedPages[] = [];
  /** Below this no run of so many pages is free. */
  readonly #searchFrom = new Map<number, number>();
  /** Of the transaction under way. */
  #allocated: PageRun[] = [];
  #freed: PageRun[] = [];
  readonly #dirtyMaps = new Set<number>();
  #before: { readonly maps: (PageReference | undefined)[]; readonly tables: (PageReference | undefined)[] } | undefined;

  private constructor(pageCount: number) {
    const length = Math.ceil(Math.max(pageCount, 1) / MAP_PAGE_COVERAGE) * MAP_PAGE_BYTES;
    this.#live = new Uint8Array(length);
    this.#taken = new Uint8Array(length);
    this.#pageCount = pageCount;
  }

  /** The map of a file that holds nothing but its heads. */
  static create(): PageMap {
    const map = new PageMap(HEAD_PAGE_COUNT);
    map.#mark({ first: 0, count: HEAD_PAGE_COUNT }, true);
    map.#livePageCount = 0;
    return map;
  }

  /**
   * Reads the map that a head names.
   * @throws {TreeDamage} A page of it is not what was written. The rows are not hit; which pages are free is not known.
   */
  static read(file: BlockingFile, head: TreeHead): PageMap {
    const map = new PageMap(head.pageCount);
    head.mapTables.forEach((table, tableIndex) => {
      map.#tables[tableIndex] = table;
      const tablePage = readMapPage(file, table, KIND_MAP_TABLE);
      const count = tablePage.readUInt16LE(6);
      for (let index = 0; index < count; index += 1) {
        const reference = readReference(tablePage, PAGE_HEADER_LENGTH_BYTES + index * REFERENCE_LENGTH_BYTES);
        const mapIndex = tableIndex * MAP_TABLE_COVERAGE + index;
        const bits = readMapPage(file, reference, KIND_MAP).subarray(PAGE_HEADER_LENGTH_BYTES);
        map.#maps[mapIndex] = reference;
        map.#growTo((mapIndex + 1) * MAP_PAGE_COVERAGE);
        map.#live.set(bits, mapIndex * MAP_PAGE_BYTES);
      }
    });
    map.#taken.set(map.#live);
    map.#livePageCount = head.usedPageCount;
    map.#dirtyMaps.clear();
    map.#shrink();
    return map;
  }

  /** A map for when that of the file cannot be proven: all there is counts as in use, so nothing is written over. */
  static withoutFile(head: TreeHead): PageMap {
    const map = new PageMap(head.pageCount);
    map.#mark({ first: 0, count: head.pageCount }, true);
    map.#livePageCount = head.usedPageCount;
    return map;
  }

  /** One behind the last page that anybody may read. */
  get pageCount(): number {
    return this.#pageCount;
  }

  /** Pages that the state after this transaction uses, without those of the heads. */
  get livePageCount(): number {
    return this.#livePageCount;
  }

  /** Tells whether the newest state uses the page. */
  isLive(pageNumber: number): boolean {
    return pageNumber < HEAD_PAGE_COUNT ? false : isSet(this.#live, pageNumber);
  }

  /** @returns Pages that the map itself lies in. */
  ownPageNumbers(): readonly number[] {
    const own = [...this.#maps, ...this.#tables];
    return own.flatMap((reference) => (reference === undefined ? [] : [reference.pageNumber]));
  }

  /** @param oldestTransaction Of all states that anybody reads. */
  begin(oldestTransaction: number): void {
    this.#before = { maps: [...this.#maps], tables: [...this.#tables] };
    const isReleased = ({ transaction }: FreedPages): boolean => transaction <= oldestTransaction;
    for (const { runs } of this.#waiting.filter(isReleased)) for (const run of runs) this.#release(run);
    this.#waiting = this.#waiting.filter((freed) => !isReleased(freed));
    this.#shrink();
  }

  /** @returns The first of `count` free pages that follow each other; they are taken. */
  allocate(count = 1): number {
    const first = this.#findFree(count);
    const run = { first, count };
    this.#growTo(first + count);
    this.#pageCount = Math.max(this.#pageCount, first + count);
    this.#mark(run, true);
    this.#allocated.push(run);
    return first;
  }

  /** The state after this transaction does not use these pages, which an earlier one took. */
  free(first: number, count = 1): void {
    const run = { first, count };
    this.#setBits(this.#live, run, false);
    this.#livePageCount -= count;
    this.#touch(run);
    this.#freed.push(run);
  }

  /**
   * Lays out the pages of the map that changed, in pages that they take themselves.
   * @param transaction Number of the transaction under way.
   * @param limit Pages of the map at or above this number are moved too.
   * @param write Takes each page, under its number.
   * @returns What the head has to name.
   * @throws {Error} `EFBIG`: the database would be longer than page numbers reach.
   */
  layOut(
    transaction: number,
    limit: number,
    write: (pageNumber: number, page: Buffer) => void,
  ): readonly PageReference[] {
    this.#maps.forEach((map, index) => {
      if (map !== undefined && map.pageNumber >= limit) this.#dirtyMaps.add(index);
    });
    const maps = new Map<number, number>();
    const tables = new Map<number, number>();
    // Taking a page for a map may change another map, and so on until all that changed have one.
    for (let isSettled = false; !isSettled; ) {
      isSettled = true;
      for (const index of [...this.#dirtyMaps]) {
        if (maps.has(index)) continue;
        isSettled = false;
        maps.set(index, this.#replace(this.#maps[index]));
        const tableIndex = Math.floor(index / MAP_TABLE_COVERAGE);
        if (!tables.has(tableIndex)) tables.set(tableIndex, this.#replace(this.#tables[tableIndex]));
      }
    }
    for (const [index, pageNumber] of maps) {
      const page = Buffer.alloc(PAGE_LENGTH_BYTES);
      page.set(this.#live.subarray(index * MAP_PAGE_BYTES, (index + 1) * MAP_PAGE_BYTES), PAGE_HEADER_LENGTH_BYTES);
      this.#maps[index] = sealPage(page, { kind: KIND_MAP, level: 0, count: 0, pageNumber, birth: transaction });
      write(pageNumber, page);
    }
    for (const [index, pageNumber] of tables) {
      if (index >= MAP_TABLE_COUNT_MAX)
        throw Object.assign(new Error('EFBIG: the database is too long'), { code: 'EFBIG' });
      const first = index * MAP_TABLE_COVERAGE;
      const named = this.#maps.slice(first, first + MAP_TABLE_COVERAGE);
      const page = Buffer.alloc(PAGE_LENGTH_BYTES);
      named.forEach((map, place) => {
        writeReference(page, PAGE_HEADER_LENGTH_BYTES + place * REFERENCE_LENGTH_BYTES, map as PageReference);
      });
      const header = { kind: KIND_MAP_TABLE, level: 0, count: named.length, pageNumber, birth: transaction } as const;
      this.#tables[index] = sealPage(page, header);
      write(pageNumber, page);
    }
    return this.#tables as PageReference[];
  }

  /** The transaction under way is on the disk. */
  keep(transaction: number): void {
    if (this.#freed.length > 0) this.#waiting.push({ transaction, runs: this.#freed });
    this.#forgetTransaction();
  }

  /** Nothing of the transaction under way is to be found any more. */
  giveUp(): void {
    for (const run of this.#allocated) {
      this.#setBits(this.#live, run, false);
      this.#livePageCount -= run.count;
      this.#release(run);
    }
    for (const run of this.#freed) {
      this.#setBits(this.#live, run, true);
      this.#livePageCount += run.count;
    }
    if (this.#before !== undefined) {
      this.#maps = this.#before.maps;
      this.#tables = this.#before.tables;
    }
    this.#forgetTransaction();
  }

  #forgetTransaction(): void {
    this.#allocated = [];
    this.#freed = [];
    this.#dirtyMaps.clear();
    this.#before = undefined;
  }

  #replace(reference: PageReference | undefined): number {
    const pageNumber = this.allocate();
    if (reference !== undefined) this.free(reference.pageNumber);
    return pageNumber;
  }

  #findFree(count: number): number {
    const end = this.#pageCount;
    const from = this.#searchFrom.get(count) ?? HEAD_PAGE_COUNT;
    let first = from;
    let length = 0;
    for (let pageNumber = from; pageNumber < end && length < count; ) {
      if (length === 0 && (pageNumber & 7) === 0 && this.#taken[pageNumber >>> 3] === 0xff) {
        pageNumber += 8;
        first = pageNumber;
        continue;
      }
      if (isSet(this.#taken, pageNumber)) {
        length = 0;
        first = pageNumber + 1;
      } else length += 1;
      pageNumber += 1;
    }
    if (length < count) first = end - trailingFreeCount(this.#taken, end);
    this.#searchFrom.set(count, first);
    return first;
  }

  #release(run: PageRun): void {
    this.#setBits(this.#taken, run, false);
    for (const [count, from] of this.#searchFrom) {
      if (run.first - count < from) this.#searchFrom.set(count, Math.max(HEAD_PAGE_COUNT, run.first - count));
    }
  }

  #shrink(): void {
    this.#pageCount = Math.min(this.#pageCount, this.#taken.length * 8);
    this.#pageCount -= trailingFreeCount(this.#taken, this.#pageCount);
    for (const [count, from] of this.#searchFrom) this.#searchFrom.set(count, Math.min(from, this.#pageCount));
  }

  #mark(run: PageRun, isUsed: boolean): void {
    this.#setBits(this.#live, run, isUsed);
    this.#setBits(this.#taken, run, isUsed);
    this.#livePageCount += run.count;
    this.#touch(run);
  }

  #touch({ first, count }: PageRun): void {
    const last = Math.floor((first + count - 1) / MAP_PAGE_COVERAGE);
    for (let index = Math.floor(first / MAP_PAGE_COVERAGE); index <= last; index += 1) this.#dirtyMaps.add(index);
  }

  #setBits(bits: Uint8Array, { first, count }: PageRun, isUsed: boolean): void {
    for (let pageNumber = first; pageNumber < first + count; pageNumber += 1) {
      const byte = bits[pageNumber >>> 3] as number;
      const bit = 1 << (pageNumber & 7);
      bits[pageNumber >>> 3] = isUsed ? byte | bit : byte & ~bit;
    }
  }

  /** By whole map pages, and by a part of what is there, so that growing costs little in all. */
  #growTo(pageCount: number): void {
    if (pageCount <= this.#taken.length * 8) return;
    const mapCount = Math.ceil(pageCount / MAP_PAGE_COVERAGE);
    const length = mapCount * MAP_PAGE_BYTES;
    for (const name of ['live', 'taken'] as const) {
      const longer = new Uint8Array(length);
      longer.set(name === 'live' ? this.#live : this.#taken);
      if (name === 'live') this.#live = longer;
      else this.#taken = longer;
    }
    // Every map page below the last one exists, so that a table names them without gaps.
    for (let index = 0; index < mapCount; index += 1) if (this.#maps[index] === undefined) this.#dirtyMaps.add(index);
  }
}

function trailingFreeCount(bits: Uint8Array, pageCount: number): number {
  let end = pageCount;
  while (end > HEAD_PAGE_COUNT && !isSet(bits, end - 1)) {
    end -= (end & 7) === 0 && bits[(end >>> 3) - 1] === 0 && end - 8 >= HEAD_PAGE_COUNT ? 8 : 1;
  }
  return pageCount - end;
}

function isSet(bits: Uint8Array, pageNumber: number): boolean {
  return ((bits[pageNumber >>> 3] as number) & (1 << (pageNumber & 7))) !== 0;
}

function readMapPage(
  file: BlockingFile,
  reference: PageReference,
  kind: typeof KIND_MAP | typeof KIND_MAP_TABLE,
): Buffer {
  const nothing = { start: KEY_RANGE_END, end: KEY_RANGE_END };
  let page: Buffer | undefined;
  try {
    page = readPage(file, reference.pageNumber);
  } catch (error) {
    throw new TreeDamage(`page ${reference.pageNumber} of the map cannot be read`, nothing, error);
  }
  const fault = page === undefined ? 'it is missing' : pageFault(page, reference, kind, 0);
  if (fault !== undefined) throw new TreeDamage(`page ${reference.pageNumber} of the map: ${fault}`, nothing);
  return page as Buffer;
}
