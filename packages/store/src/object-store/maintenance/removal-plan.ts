/**
 * Decides what the sweep may remove of one content, from the rows as they are: its compaction jobs first, then its
 * extents with their blobs, then the parts of an upload that bears the same id, then its data key and
 * the ids of its appends. Reads a bounded number of rows and changes nothing.
 */
import type { BlobId } from '../../contract/blob-store.js';
import type { KeyValueEntry, KeyValuePut } from '../../contract/key-value-store.js';
import type { ContentId } from '../../vocabulary/encryption.js';
import type { StoreContext } from '../context/store-context.js';
import type { UploadId } from '../multipart-types.js';
import { decodeExtent } from '../records/extent-record.js';
import { decodeGarbageNote, encodeGarbageNote } from '../records/garbage-note.js';
import {
  appendIdRange,
  blobKey,
  compactionJobRange,
  contentKeyKey,
  extentRange,
  garbageKey,
  garbageOf,
  referenceKey,
  referenceRange,
  successorOf,
} from '../records/key-space.js';
import { partNumberOf, partRange } from '../records/upload-keys.js';
import { decodePartRecord } from '../records/upload-record.js';

/** Extents read at once: with the longest inline extents some megabytes. */
const EXTENT_COUNT = 64;
/** Bytes of rows after which no more extents are read for one commit. */
const READ_LENGTH_BYTES_MAX = 4 * 1024 * 1024;
const JOB_COUNT = 256;
/** Rows of append ids that go with the last extents; the rest goes with the next commit. */
const ID_ROW_COUNT = 256;

/** A reference from the content that goes to one that may stay. */
export interface ReleasedChild {
  readonly referenceKey: Uint8Array;
  readonly lengthBytes: number;
  /** The note that says so. */
  noteAt(atMs: number): KeyValuePut;
}

/** Rows of one content that can go in one commit. */
export interface ContentRemoval {
  /** Nothing is left of it afterwards. */
  readonly isLast: boolean;
  /** There was no content, only what a completed upload left. */
  readonly isOfUpload: boolean;
  readonly deletes: readonly Uint8Array[];
  /** To be deleted first. */
  readonly blobIds: readonly BlobId[];
  readonly released: readonly ReleasedChild[];
  readonly extentCount: number;
  /** The note's value as long as it is not the last: it speaks of what is left. */
  readonly noteValueAfter: Uint8Array;
}

/**
 * @param note A garbage note.
 * @returns What can go, as far as about `rowCountMax` rows and one read more; `needed` when there is a reference and
 *   nothing to do, `pinned` while a reader has the content open.
 * @throws {EngineFailure} `corrupt`.
 */
export async function planRemoval(
  context: StoreContext,
  note: KeyValueEntry,
  rowCountMax: number,
): Promise<ContentRemoval | 'needed' | 'pinned'> {
  const { keyValues, pins, gateway } = context;
  const { contentId, refererId } = garbageOf(note.key);
  if (gateway?.isAwaited(contentId) === true) return 'pinned';
  const plan = new Plan(context, note);
  const references = await keyValues.list({ ...referenceRange(contentId), limit: 1 });
  if (references.length > 0) {
    // Others still need it; the commit that releases it last leaves a note of its own. But a completed upload leaves
    // the rows of its parts.
    if (refererId !== contentId) return 'needed';
    await plan.takePartRows(contentId, rowCountMax);
    return plan.removal(true);
  }
  // In this order: open-object.ts relies on it.
  if (pins.isPinned(contentId) || gateway?.mayBeRead(contentId) === true) return 'pinned';
  if ((await plan.takeExtents(contentId, rowCountMax)) && mayBeOfUpload(note)) {
    if (plan.extentCount === 0) await plan.takeParts(contentId, rowCountMax);
    else plan.stop();
  }
  return plan.removal(false);
}

/** An upload's note names it twice; one of an earlier program does not tell. */
export function mayBeOfUpload(note: KeyValueEntry): boolean {
  const { contentId, refererId } = garbageOf(note.key);
  return refererId === undefined || refererId === contentId;
}

class Plan {
  readonly #context: StoreContext;
  readonly #note: KeyValueEntry;
  readonly #deletes: Uint8Array[] = [];
  readonly #blobIds: BlobId[] = [];
  readonly #released = new Map<ContentId, ReleasedChild>();
  #extentCount = 0;
  #removedLengthBytes = 0;
  #isLast = true;

  constructor(context: StoreContext, note: KeyValueEntry) {
    this.#context = context;
    this.#note = note;
  }

  get extentCount(): number {
    return this.#extentCount;
  }

  /** Leaves the rest to the next commit. */
  stop(): void {
    this.#isLast = false;
  }

  removal(isOfUpload: boolean): ContentRemoval {
    const { lengthBytes, leftOutPartNumbers = [] } = decodeGarbageNote(this.#note.value);
    const left = Math.max(0, lengthBytes - this.#removedLengthBytes);
    return {
      isLast: this.#isLast,
      isOfUpload,
      deletes: this.#deletes,
      blobIds: this.#blobIds,
      released: [...this.#released.values()],
      extentCount: this.#extentCount,
      noteValueAfter: encodeGarbageNote({ lengthBytes: left, leftOutPartNumbers }),
    };
  }

  /** @returns Whether these were all. */
  async takeExtents(contentId: ContentId, rowCountMax: number): Promise<boolean> {
    const { keyValues } = this.#context;
    const { start, end } = extentRange(contentId);
    let entries = await keyValues.list({ start, end, limit: EXTENT_COUNT });
    if (entries.length > 1) {
      // A compaction replaces several extents and removes its job with them: what was read may be gone, unless there is
      // no job (any more).
      const jobs = await keyValues.list({ ...compactionJobRange(contentId), limit: JOB_COUNT });
      if (jobs.length > 0) {
        this.#deletes.push(...jobs.map(({ key }) => key));
        this.stop();
        return false;
      }
      entries = await keyValues.list({ start, end, limit: EXTENT_COUNT });
    }
    // Of a content that is partly gone the extents left may be none: it may have a data key all the same.
    let mayHaveKey = entries.length === 0;
    for (let readLengthBytes = 0; ; ) {
      for (const entry of entries) {
        readLengthBytes += entry.value.length;
        mayHaveKey = (await this.#takeExtent(contentId, entry)) || mayHaveKey;
      }
      const last = entries.at(-1);
      if (last === undefined || entries.length < EXTENT_COUNT) break;
      if (this.#deletes.length >= rowCountMax || readLengthBytes >= READ_LENGTH_BYTES_MAX) {
        this.stop();
        return false;
      }
      entries = await keyValues.list({ start: successorOf(last.key), end, limit: EXTENT_COUNT });
    }
    // With it goes whatever a disk may still hold of the bytes.
    if (mayHaveKey) this.#deletes.push(contentKeyKey(contentId));
    const ids = await keyValues.list({ ...appendIdRange(contentId), limit: ID_ROW_COUNT });
    this.#deletes.push(...ids.map((row) => row.key));
    if (ids.length < ID_ROW_COUNT) return true;
    this.stop();
    return false;
  }

  /** @returns Whether it is encrypted. */
  async #takeExtent(contentId: ContentId, { key, value }: KeyValueEntry): Promise<boolean> {
    const extent = decodeExtent(value);
    this.#deletes.push(key);
    this.#extentCount += 1;
    this.#removedLengthBytes += extent.length;
    if (extent.kind === 'blob') {
      this.#blobIds.push(extent.blobId);
      this.#deletes.push(blobKey(extent.blobId));
      return extent.isSealed;
    }
    if (extent.kind === 'slice') await this.#release(extent.contentId, contentId, extent.length);
    return extent.kind === 'sealed-inline';
  }

  /**
   * Of an upload that was aborted: its id is that of the content it would have become. Each part's content loses its
   * only reference.
   */
  async takeParts(uploadId: UploadId, rowCountMax: number): Promise<void> {
    for (const { key, value } of await this.#nextPartRows(uploadId, Math.ceil(rowCountMax / 3))) {
      const { contentId, length } = decodePartRecord(key, value);
      this.#deletes.push(key);
      await this.#release(contentId, uploadId, length);
    }
  }

  /** Of an upload that was completed: its object holds on to the parts' contents, except those that were left out. */
  async takePartRows(uploadId: UploadId, rowCountMax: number): Promise<void> {
    const leftOut = new Set(decodeGarbageNote(this.#note.value).leftOutPartNumbers);
    for (const { key, value } of await this.#nextPartRows(uploadId, rowCountMax)) {
      const partNumber = partNumberOf(key);
      this.#deletes.push(key);
      if (!leftOut.has(partNumber)) continue;
      const { contentId, length } = decodePartRecord(key, value);
      await this.#release(contentId, uploadId, length);
    }
  }

  async #nextPartRows(uploadId: UploadId, limit: number): Promise<readonly KeyValueEntry[]> {
    const rows = await this.#context.keyValues.list({ ...partRange(uploadId), limit });
    if (rows.length === limit) this.stop();
    return rows;
  }

  /** Only what is there: a child of several extents was let go of with the first, and is noted once. */
  async #release(child: ContentId, refererId: string, lengthBytes: number): Promise<void> {
    const known = this.#released.get(child);
    const key = referenceKey(child, refererId);
    if (known === undefined && (await this.#context.keyValues.get(key)) === undefined) return;
    const length = lengthBytes + (known?.lengthBytes ?? 0);
    this.#released.set(child, {
      referenceKey: key,
      lengthBytes: length,
      noteAt: (atMs) => ({
        key: garbageKey(atMs, child, refererId),
        value: encodeGarbageNote({ lengthBytes: length }),
      }),
    });
  }
}
