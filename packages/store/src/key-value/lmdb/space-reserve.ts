/**
 * Sees to it that LMDB never meets a full disk: before a transaction writes, the blocks it may need are already part of the file.
 * Necessary, because a failed write inside the binding damages its heap (see `docs/engines.md`), and helpful, because a sync is
 * cheaper when the file does not grow. Nothing of it is visible to LMDB, which counts pages by its own meta page.
 */
import { accessSync, closeSync, constants, fstatSync, openSync, statfsSync, writeSync } from 'node:fs';

/** What a transaction is about to change. */
export interface PlannedChange {
  readonly keyCount: number;
  /** Bytes of keys and values together. */
  readonly lengthBytes: number;
  /** Whether it may use what is kept back: deleting must be possible on a full disk, or it could never be emptied. */
  readonly mayUseReserve: boolean;
}

/** The shape of the tree, as LMDB counts it. */
export interface TreeShape {
  readonly lastPageNumber: number;
  readonly depth: number;
  readonly branchPageCount: number;
  readonly freeListPageCount: number;
  readonly pageLengthBytes: number;
}

/** Kept back for commits that delete. */
const RESERVE_LENGTH_BYTES = 4 * 1024 * 1024;

/** The file grows by this at least, so that it seldom grows. */
const GROWTH_LENGTH_BYTES = 4 * 1024 * 1024;

/** For the growth of the list of free pages; what there is of it may be rewritten by any transaction. */
const FREE_LIST_PAGE_COUNT = 64;

/** Where writing over old bytes takes new blocks (btrfs, ZFS, bcachefs), so that owning the old ones is not enough. */
const COPY_ON_WRITE_TYPES: ReadonlySet<number> = new Set([0x9123683e, 0x2fc12fc1, 0xca451a4e]);

/** Keeps blocks of one data file allocated ahead of the transactions that will write them. */
export class SpaceReserve {
  readonly #path: string;
  readonly #file: number;
  readonly #isCopyOnWrite: boolean;
  #allocatedLength: number;
  readonly #zeros = new Uint8Array(256 * 1024);

  /** @param path The data file, which must exist. */
  constructor(path: string) {
    this.#path = path;
    // Zeros only ever go behind what is there, wherever that is by then: other threads make transactions and room at the same time.
    this.#file = openSync(path, constants.O_WRONLY | constants.O_APPEND);
    this.#allocatedLength = fstatSync(this.#file).size;
    this.#isCopyOnWrite = COPY_ON_WRITE_TYPES.has(statfsSync(path).type);
  }

  /**
   * Blocks of the file are LMDB's for ever; what a transaction takes of them, the next call sees by the shape of the tree.
   * @throws {Error} With the `code` of the file system: there is no room, or it is read-only. Nothing has changed.
   */
  ensure(change: PlannedChange, tree: TreeShape): void {
    const usedLength = (tree.lastPageNumber + 1) * tree.pageLengthBytes;
    const neededLength = pagesOf(change, tree) * tree.pageLengthBytes;
    const keptLength = change.mayUseReserve ? 0 : RESERVE_LENGTH_BYTES;
    this.#grow(usedLength + neededLength + keptLength);
    if (this.#isCopyOnWrite) this.#assertFree(neededLength + keptLength);
  }

  /** @throws {Error} With the `code` of the file system, when the file cannot be written any more. */
  assertWritable(): void {
    accessSync(this.#path, constants.W_OK);
  }

  close(): void {
    closeSync(this.#file);
  }

  #grow(lengthBytes: number): void {
    if (lengthBytes <= this.#allocatedLength) return;
    // Another thread may have grown it.
    this.#allocatedLength = Math.max(this.#allocatedLength, fstatSync(this.#file).size);
    if (lengthBytes <= this.#allocatedLength) return;
    // What does not fit is not begun: the blocks it would take on the way are wanted by others.
    const freeBytes = this.#freeBytes();
    if (lengthBytes - this.#allocatedLength > freeBytes) throw noSpace();
    const untilBytes = lengthBytes + GROWTH_LENGTH_BYTES;
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
      writeSync(this.#file, this.#zeros, 0, length);
      this.#allocatedLength = fstatSync(this.#file).size;
    }
  }

  #assertFree(lengthBytes: number): void {
    if (this.#freeBytes() < lengthBytes) throw noSpace();
  }

  #freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.#path);
    return bavail * bsize;
  }
}

function noSpace(): Error {
  return Object.assign(new Error('ENOSPC: no space left for a transaction'), { code: 'ENOSPC' });
}

/**
 * Pages the transaction takes from the end of the file at most. Per key: its leaf and a split of it, or the pages of a large value;
 * per branch page it passes: a copy and a split; then the pages it frees, as entries of the list of free pages.
 */
function pagesOf(change: PlannedChange, tree: TreeShape): number {
  const leafPageCount = 3 * change.keyCount + Math.ceil(change.lengthBytes / tree.pageLengthBytes);
  const branchPageCount =
    2 * Math.min(change.keyCount * tree.depth, tree.branchPageCount + change.keyCount) + 2 * tree.depth;
  return leafPageCount + branchPageCount + FREE_LIST_PAGE_COUNT + 2 * tree.freeListPageCount;
}
