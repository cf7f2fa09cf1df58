/**
 * From format 3 to 4: gives every blob of a content checks that cover which blob it is. Only the trailers are written,
 * each in its old place and as long as before. They are overwritten in place, which a loss of power may leave half
 * done; so the trailers of a batch are first committed in the format row, and written again from there at the next
 * start. Leaves out blobs that nothing refers to: the sweep of orphans has them.
 *
 * What proves that an old blob is what its name says: its length, as its extent's row has it; of bytes in the clear
 * also their CRC-64, for as many as can be read without keeping the start waiting long, the rest being the scrub's.
 * Encrypted bytes prove it when they are opened. A blob that does not agree is left as it is, and refused whenever it
 * is read.
 */
import { Crc64 } from '@annals/checksum';
import type { BlobId, OlderBlob } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueEntry } from '../../contract/key-value-store.js';
import { sealedLengthOf } from '../../encryption/sealed-blob.js';
import type { StoreContext } from '../context/store-context.js';
import { type BlobExtent, decodeBlobOwner, decodeExtent } from '../records/extent-record.js';
import { blobIdOf, blobRange, extentKey } from '../records/key-space.js';

/** How far a change of the format has come. */
export interface MigrationProgress {
  readonly fromVersion: number;
  readonly toVersion: number;
  /** Blobs looked at, by this process. */
  readonly blobCount: number;
  /** Of these, left as they were, because they are missing, damaged, or not what their rows say. */
  readonly refusedCount: number;
  /** Of these, taken for what they are called by their length alone. The scrub reads them. */
  readonly unreadCount: number;
  readonly isDone: boolean;
}

/** What the format row says while trailers are being written. */
export interface BlobIdentification {
  readonly from: 3;
  /** All blobs up to this one are done; absent at the beginning. */
  readonly after?: BlobId;
  /** Being written: the last bytes of each blob, in hex. */
  readonly ends: readonly { readonly blobId: BlobId; readonly end: string }[];
}

const ROW_COUNT = 256;
const ENDS_LENGTH_BYTES_MAX = 1024 * 1024;
/** Blobs read or written at once. */
const CONCURRENCY = 8;
/** Bytes read in full: some ten seconds on a disk. */
const READ_LENGTH_BYTES_MAX = 4 * 1024 ** 3;

/** Gives blobs their identity, batch by batch. */
export class BlobIdentifier {
  readonly #context: StoreContext;
  #blobCount = 0;
  #refusedCount = 0;
  #unreadCount = 0;
  #readLength = 0;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** As it is now. */
  progress(isDone: boolean): MigrationProgress {
    return {
      fromVersion: 3,
      toVersion: 4,
      blobCount: this.#blobCount,
      refusedCount: this.#refusedCount,
      unreadCount: this.#unreadCount,
      isDone,
    };
  }

  /** Writes the ends of a batch that is committed, as often as it is called. */
  async write({ ends }: BlobIdentification): Promise<void> {
    await inGroups(ends, async ({ blobId, end }) => {
      try {
        await this.#context.blobs.overwriteEnd(blobId, Buffer.from(end, 'hex'));
      } catch (error) {
        if (!isDamage(error)) throw error;
        this.#refusedCount += 1;
      }
    });
  }

  /** @returns The batch after this one, to be committed; `undefined` when there is none. */
  async next({ after }: Pick<BlobIdentification, 'after'>): Promise<BlobIdentification | undefined> {
    const rows = await this.#context.keyValues.list({ ...blobRange(after), limit: ROW_COUNT });
    const ends: { blobId: BlobId; end: string }[] = [];
    let last = after;
    let endsLength = 0;
    for (let index = 0; index < rows.length && endsLength < ENDS_LENGTH_BYTES_MAX; index += CONCURRENCY) {
      const group = rows.slice(index, index + CONCURRENCY);
      const found = await Promise.all(group.map((row) => this.#endOf(row)));
      for (const [position, end] of found.entries()) {
        const blobId = blobIdOf((group[position] as KeyValueEntry).key);
        last = blobId;
        this.#blobCount += 1;
        if (end === undefined) continue;
        ends.push({ blobId, end: Buffer.from(end).toString('hex') });
        endsLength += end.length;
      }
    }
    return last === undefined || last === after ? undefined : { from: 3, after: last, ends };
  }

  /** @returns The new end of a blob, unless it needs none or may have none. */
  async #endOf(row: KeyValueEntry): Promise<Uint8Array | undefined> {
    const blobId = blobIdOf(row.key);
    try {
      const older = await this.#context.blobs.findOlder?.(blobId);
      if (older === undefined) return undefined;
      const extent = await this.#extentOf(row, blobId);
      if (extent !== undefined && (await this.#isWhatItSays(extent, older))) return older.end;
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    this.#refusedCount += 1;
    return undefined;
  }

  async #extentOf(row: KeyValueEntry, blobId: BlobId): Promise<BlobExtent | undefined> {
    const { contentId, offset } = decodeBlobOwner(row.value);
    const entry = await this.#context.keyValues.get(extentKey(contentId, offset));
    const extent = entry === undefined ? undefined : decodeExtent(entry.value);
    return extent?.kind === 'blob' && extent.blobId === blobId ? extent : undefined;
  }

  async #isWhatItSays(extent: BlobExtent, older: OlderBlob): Promise<boolean> {
    if (older.dataLength !== (extent.isSealed ? sealedLengthOf(extent.length) : extent.length)) return false;
    if (extent.isSealed) return true;
    if (this.#readLength + extent.length > READ_LENGTH_BYTES_MAX) {
      this.#unreadCount += 1;
      return true;
    }
    this.#readLength += extent.length;
    const checksum = new Crc64();
    for await (const chunk of older.read()) checksum.update(chunk);
    return checksum.digest() === extent.crc64;
  }
}

/** Rows and blobs that are not as they should be must not keep the others from being read. */
function isDamage(error: unknown): boolean {
  return error instanceof EngineFailure && (error.reason.kind === 'corrupt' || error.reason.kind === 'missing-blob');
}

async function inGroups<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void> {
  for (let index = 0; index < items.length; index += CONCURRENCY) {
    await Promise.all(items.slice(index, index + CONCURRENCY).map(run));
  }
}
