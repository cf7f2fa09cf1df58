/**
 * Sees to it that what is acknowledged has room in the database: before a commit counts, the blocks that its checkpoint
 * may need are part of the file, or are free in it. Helpful too, because a sync is cheaper when the file does not grow.
 * The tree does not know of it: its head says how much of the file is its own. Leaves it to the write thread to cut
 * what is too much, so that nobody counts on it.
 */
import type { BlockingFileSystem, GrowingFile } from '../../file-system/file-system.js';
import { nodeBlockingFileSystem } from '../../file-system/node-blocking-file-system.js';
import { HEAD_PAGE_COUNT } from './tree/tree-format.js';

/** What a transaction is about to change. */
export interface PlannedChange {
  readonly keyCount: number;
  /** Bytes of keys and values together. */
  readonly lengthBytes: number;
  /** Whether it may use what is kept back: deleting must be possible on a full disk, or it could never be emptied. */
  readonly mayUseReserve: boolean;
}

/** The shape of the tree at its newest checkpoint. */
export interface TreeShape {
  /** All pages in use are below this number. */
  readonly pageCount: number;
  readonly usedPageCount: number;
  readonly depth: number;
  readonly pageLengthBytes: number;
}

/** How much room is kept, in bytes. */
export interface ReserveSizes {
  /** Kept back for commits that delete. */
  readonly reserveLengthBytes: number;
  /** The file grows by this at least, so that it seldom grows. */
  readonly growthLengthBytes: number;
  /** A file that is longer than it needs to be by this is cut, to what leaves room for growth. */
  readonly surplusLengthBytes: number;
}

const RESERVE_SIZES: ReserveSizes = {
  reserveLengthBytes: 4 * 1024 * 1024,
  growthLengthBytes: 4 * 1024 * 1024,
  surplusLengthBytes: 16 * 1024 * 1024,
};

/** Of the file, in one write. */
const WRITE_LENGTH_BYTES_MAX = 256 * 1024;

/**
 * What a transaction needed is kept for the next ones of a busy store, and forgotten at this rate with each that needs
 * less. It would otherwise cut off behind every checkpoint what it fills with zeros again before the next: where a
 * thousand appends come together every second, that is some 50 MB a second. A store that rests forgets all of it.
 */
const REMEMBERED_SHARE = 0.98;

/** Pages of the file that one page of its map speaks of, at least. */
const MAP_PAGE_COVERAGE = 32_000;

/** Keeps blocks of one data file allocated ahead of the transactions that will write them. */
export class SpaceReserve {
  readonly #path: string;
  readonly #fileSystem: BlockingFileSystem;
  readonly #sizes: ReserveSizes;
  /**
   * Zeros only ever go behind what is there, wherever that is by then: other threads make transactions and room at the
   * same time.
   */
  readonly #file: GrowingFile;
  readonly #isCopyOnWrite: boolean;
  #allocatedLength: number;
  /** Of late, for one transaction. */
  #neededLength = 0;
  readonly #zeros: Uint8Array;

  /** @param path The data file, which must exist. */
  constructor(path: string, fileSystem: BlockingFileSystem = nodeBlockingFileSystem, sizes = RESERVE_SIZES) {
    this.#path = path;
    this.#fileSystem = fileSystem;
    this.#sizes = sizes;
    this.#zeros = new Uint8Array(Math.min(WRITE_LENGTH_BYTES_MAX, sizes.growthLengthBytes));
    this.#file = fileSystem.openFileToGrow(path);
    this.#allocatedLength = this.#file.lengthBytes;
    this.#isCopyOnWrite = fileSystem.freeSpace(path).isCopyOnWrite;
  }

  /**
   * What a transaction takes of the file's blocks, the next call sees by the shape of the tree.
   * @throws {Error} With the `code` of the file system: there is no room, or it is read-only. Nothing has changed.
   */
  ensure(change: PlannedChange, tree: TreeShape): void {
    const usedLength = tree.pageCount * tree.pageLengthBytes;
    const neededLength = pagesOf(change, tree) * tree.pageLengthBytes;
    const keptLength = change.mayUseReserve ? 0 : this.#sizes.reserveLengthBytes;
    this.#neededLength = Math.max(this.#neededLength, neededLength);
    this.#grow(usedLength + neededLength + keptLength);
    if (this.#isCopyOnWrite) this.#assertFree(neededLength + keptLength);
  }

  /**
   * Gives the file system back what lies behind the tree, when that is much, but for what the change may need, and what
   * changes of late have needed. Called behind each checkpoint.
   * @param change What has come since.
   */
  giveBack(change: PlannedChange, tree: TreeShape): void {
    this.#neededLength = Math.floor(this.#neededLength * REMEMBERED_SHARE);
    this.#cut(change, tree, this.#sizes.surplusLengthBytes);
  }

  /** Gives back what changes of late have needed, too: the store has had nothing to write for a while. */
  rest(tree: TreeShape): void {
    this.#neededLength = 0;
    // Also a little: what is left now stays until the store has something to write.
    this.#cut({ keyCount: 0, lengthBytes: 0, mayUseReserve: false }, tree, this.#sizes.growthLengthBytes);
  }

  close(): void {
    this.#file.close();
  }

  #cut(change: PlannedChange, tree: TreeShape, surplusLengthBytes: number): void {
    const neededLength = Math.max(this.#neededLength, pagesOf(change, tree) * tree.pageLengthBytes);
    const { reserveLengthBytes, growthLengthBytes } = this.#sizes;
    const keptLength = tree.pageCount * tree.pageLengthBytes + neededLength + reserveLengthBytes + growthLengthBytes;
    try {
      if (this.#file.lengthBytes - keptLength < surplusLengthBytes) return;
      this.#file.truncate(keptLength);
      this.#allocatedLength = keptLength;
    } catch {
      // What stays with the file does no harm, and the next checkpoint tries again.
    }
  }

  #grow(lengthBytes: number): void {
    if (lengthBytes <= this.#allocatedLength) return;
    // Another thread may have grown it.
    this.#allocatedLength = Math.max(this.#allocatedLength, this.#file.lengthBytes);
    if (lengthBytes <= this.#allocatedLength) return;
    // What does not fit is not begun: the blocks it would take on the way are wanted by others.
    const freeBytes = this.#freeBytes();
    if (lengthBytes - this.#allocatedLength > freeBytes) throw noSpace();
    const untilBytes = lengthBytes + this.#sizes.growthLengthBytes;
    try {
      this.#appendZeros(untilBytes - this.#allocatedLength > freeBytes ? lengthBytes : untilBytes);
    } catch (error) {
      // What fitted stays, and may be enough.
      if (this.#allocatedLength < lengthBytes) throw error;
    }
  }

  #appendZeros(untilBytes: number): void {
    while (this.#allocatedLength < untilBytes) {
      const length = Math.min(this.#zeros.length, untilBytes - this.#allocatedLength);
      this.#file.append(this.#zeros.subarray(0, length));
      this.#allocatedLength = this.#file.lengthBytes;
    }
  }

  #assertFree(lengthBytes: number): void {
    if (this.#freeBytes() < lengthBytes) throw noSpace();
  }

  #freeBytes(): number {
    return this.#fileSystem.freeSpace(this.#path).freeBytes;
  }
}

function noSpace(): Error {
  return Object.assign(new Error('ENOSPC: no space left for a transaction'), { code: 'ENOSPC' });
}

/**
 * Pages the transaction takes from the end of the file at most. Per key: its leaf, what a split of it and of what it
 * joined adds; per branch page it passes: a copy and a split. All of them may lie in free pages of the file; a long
 * value needs pages side by side, so it is counted as if it did not. Then the map of pages.
 */
function pagesOf(change: PlannedChange, tree: TreeShape): number {
  const valuePageCount = 2 * Math.ceil(change.lengthBytes / tree.pageLengthBytes) + change.keyCount;
  const branchPageCount =
    2 * Math.min(change.keyCount * tree.depth, tree.usedPageCount + change.keyCount) + 2 * tree.depth;
  const mapPageCount = 2 * Math.ceil((tree.pageCount + valuePageCount) / MAP_PAGE_COVERAGE) + 2;
  const freePageCount = Math.max(0, tree.pageCount - tree.usedPageCount - HEAD_PAGE_COUNT);
  return valuePageCount + Math.max(0, 4 * change.keyCount + branchPageCount + mapPageCount - freePageCount);
}
