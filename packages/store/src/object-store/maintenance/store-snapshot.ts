/**
 * Everything of one moment, for a backup: all rows as they are, and the blobs that something refers to. What is deleted
 * meanwhile is not swept before the snapshot is closed. Reading has two parts: first rows and the list of blobs, then,
 * with the engine's own snapshot given back, the blobs. Leaves out what a backup looks like.
 */
import type { BlobId, BlobRange } from '../../contract/blob-store.js';
import type { KeyValueEntry, KeyValueSnapshot } from '../../contract/key-value-store.js';
import { SnapshotHold } from '../context/snapshot-hold.js';
import type { StoreContext } from '../context/store-context.js';
import { successorOf } from '../records/key-space.js';
import { listReachableBlobs } from './list-reachable-blobs.js';

/** A blob as it lies in the blob engine. */
export interface SnapshotBlob {
  readonly blobId: BlobId;
  /** Bytes in the blob; of an encrypted content those of the ciphertext. */
  readonly length: number;
}

/** A page of the list of blobs. */
export interface SnapshotBlobPage {
  readonly blobs: readonly SnapshotBlob[];
  /** To be given for the next page; `undefined`: this was the last. */
  readonly next: BlobId | undefined;
}

/** Rows of one turn of the event loop; with the longest inline extents some megabytes. */
const ROW_COUNT_MAX = 256;
const ALL_END = Uint8Array.of(0xff);

/**
 * @throws {EngineFailure} `unavailable`, `closed`: rows and list after {@link releaseRows}, everything after `close`.
 */
export class StoreSnapshot {
  readonly atMs: number;
  readonly #context: StoreContext;
  readonly #rows: KeyValueSnapshot;
  readonly #hold: SnapshotHold;
  readonly #endHold: () => void;

  /** Use `StoreMaintenance.snapshot`. */
  constructor(context: StoreContext, rows: KeyValueSnapshot, hold: SnapshotHold, endHold: () => void) {
    this.#context = context;
    this.#rows = rows;
    this.#hold = hold;
    this.#endHold = endHold;
    this.atMs = context.clock.nowMs();
  }

  /**
   * @param after Key of the last row of the page before; `undefined`: from the beginning.
   * @returns Some rows, in the order of their keys; none when there are no more.
   */
  listRows(after: Uint8Array | undefined, countMax: number = ROW_COUNT_MAX): Promise<readonly KeyValueEntry[]> {
    const start = after === undefined ? Uint8Array.of(0) : successorOf(after);
    return this.#rows.list({ start, end: ALL_END, limit: Math.min(countMax, ROW_COUNT_MAX) });
  }

  /**
   * Lists the blobs that something refers to, in the order of their ids. Only what was listed can be read after
   * {@link releaseRows}.
   * @param after `next` of the page before. @returns Perhaps an empty page that is not the last one.
   */
  async listBlobs(after: BlobId | undefined): Promise<SnapshotBlobPage> {
    const { blobs, next } = await listReachableBlobs(this.#rows, after);
    for (const { contentId } of blobs) this.#hold.add(contentId);
    return { blobs: blobs.map(({ blobId, length }) => ({ blobId, length })), next };
  }

  /**
   * Ends the first part: the engine may use the space of old rows again, and only contents whose blobs were listed are
   * kept.
   */
  async releaseRows(): Promise<void> {
    this.#hold.narrow();
    await this.#rows.close();
  }

  /**
   * Streams a blob's bytes; each was checked.
   * @throws {EngineFailure} `missing-blob`, `corrupt`.
   */
  readBlob(blobId: BlobId, range: BlobRange): AsyncIterable<Uint8Array> {
    return this.#context.blobs.read(blobId, range);
  }

  /** Lets go of everything. Idempotent. */
  async close(): Promise<void> {
    this.#endHold();
    await this.#rows.close();
  }
}

/** @see StoreMaintenance.snapshot */
export async function openStoreSnapshot(context: StoreContext): Promise<StoreSnapshot> {
  const hold = new SnapshotHold();
  // First the hold: what the sweep had looked at before was garbage before the moment.
  const endHold = context.pins.hold(hold);
  try {
    return new StoreSnapshot(context, await context.keyValues.snapshot(), hold, endHold);
  } catch (error) {
    endHold();
    throw error;
  }
}
