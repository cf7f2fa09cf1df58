/**
 * Removes the bytes of contents nobody refers to any more, in steps of bounded size, from the notes that deletions leave. Every
 * step may be repeated, so a crash between any two of them costs nothing: the note goes last. A content that cannot be removed
 * (a blob that cannot be deleted, a damaged row) keeps its note and holds up no other.
 */
import type { KeyValueCommit, KeyValueEntry } from '../contract/key-value-store.js';
import type { UploadId } from './multipart-types.js';
import { decodeExtent } from './records/extent-record.js';
import {
  blobKey,
  compactionJobRange,
  contentKeyKey,
  extentRange,
  garbageKey,
  garbageOf,
  garbageRange,
  referenceKey,
  referenceRange,
} from './records/key-space.js';
import { partNumberOf, partRange } from './records/upload-keys.js';
import { decodePartRecord } from './records/upload-record.js';
import type { StoreContext } from './store-context.js';
import type { ContentId } from './types.js';

/** What one step of the sweep did. */
export interface SweepProgress {
  /** Contents wholly removed. */
  readonly contentCount: number;
  /** Extents removed. */
  readonly extentCount: number;
  /** The step ended at its limit, not because nothing was left. */
  readonly hasMore: boolean;
}

/** Notes read at once. */
const NOTE_COUNT = 64;
/** Extents of one commit: with the longest inline extents some megabytes, and no other commit waits long behind it. */
const EXTENT_COUNT = 64;
const JOB_COUNT = 256;
const PART_COUNT = 256;

/** @see ObjectStore.sweepGarbage, which says what it promises and throws. */
export async function sweepGarbage(
  context: StoreContext,
  { rowCountMax }: { readonly rowCountMax: number },
): Promise<SweepProgress> {
  const untilMs = Math.max(0, context.clock.nowMs() - context.settings.garbageGraceMs + 1);
  const sweep = new Sweep(context, rowCountMax);
  let after: Uint8Array | undefined;
  const failures: unknown[] = [];
  while (!sweep.isSpent) {
    const notes = await context.keyValues.list({ ...garbageRange(untilMs, after), limit: NOTE_COUNT });
    for (const note of notes) {
      if (!sweep.isSpent) {
        await sweep.follow(note).catch((error: unknown) => failures.push(error));
        after = note.key;
      }
    }
    if (notes.length < NOTE_COUNT) {
      break;
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
  return sweep.progress();
}

class Sweep {
  readonly #context: StoreContext;
  readonly #rowCountMax: number;
  #noteCount = 0;
  #contentCount = 0;
  #extentCount = 0;
  #partCount = 0;

  constructor(context: StoreContext, rowCountMax: number) {
    this.#context = context;
    this.#rowCountMax = rowCountMax;
  }

  get isSpent(): boolean {
    return this.#noteCount + this.#extentCount + this.#partCount >= this.#rowCountMax;
  }

  progress(): SweepProgress {
    return { contentCount: this.#contentCount, extentCount: this.#extentCount, hasMore: this.isSpent };
  }

  /** Works on what one note says; leaves the note while a reader has the content open or the limit is reached. */
  async follow(note: KeyValueEntry): Promise<void> {
    const { keyValues, pins } = this.#context;
    const { contentId } = garbageOf(note.key);
    this.#noteCount++;
    const references = await keyValues.list({ ...referenceRange(contentId), limit: 1 });
    if (references.length > 0) {
      // Others still need it; whoever lets go of it later leaves a note of its own, perhaps with the very same key: hence the check.
      await keyValues.commit({ checks: [{ key: note.key, version: note.version }], deletes: [note.key] });
      return;
    }
    // In this order: open-object.ts relies on it.
    if (pins.isPinned(contentId)) {
      return;
    }
    if (
      (await this.#removeJobs(contentId)) &&
      (await this.#removeExtents(contentId)) &&
      (await this.#removeParts(contentId))
    ) {
      // Its data key too, if it has one: with it goes whatever a disk may still hold of the bytes.
      await keyValues.commit({ deletes: [note.key, contentKeyKey(contentId)] });
      this.#contentCount++;
    }
  }

  /** First the jobs: without its job row no compaction of this content can be committed any more. */
  async #removeJobs(contentId: ContentId): Promise<boolean> {
    const { keyValues } = this.#context;
    for (;;) {
      const jobs = await keyValues.list({ ...compactionJobRange(contentId), limit: JOB_COUNT });
      if (jobs.length === 0) {
        return true;
      }
      await keyValues.commit({ deletes: jobs.map((job) => job.key) });
    }
  }

  /** @returns True when none is left. */
  async #removeExtents(contentId: ContentId): Promise<boolean> {
    const { keyValues } = this.#context;
    while (!this.isSpent) {
      const extents = await keyValues.list({ ...extentRange(contentId), limit: EXTENT_COUNT });
      if (extents.length === 0) {
        return true;
      }
      await keyValues.commit(await this.#removalOf(contentId, extents));
      this.#extentCount += extents.length;
    }
    return false;
  }

  /** Of an upload that was aborted: its id is that of the content it would have become. @returns True when none is left. */
  async #removeParts(uploadId: UploadId): Promise<boolean> {
    const { keyValues, clock } = this.#context;
    while (!this.isSpent) {
      const rows = await keyValues.list({ ...partRange(uploadId), limit: PART_COUNT });
      if (rows.length === 0) {
        return true;
      }
      const atMs = clock.nowMs();
      const contentIds = rows.map(({ key, value }) => decodePartRecord(partNumberOf(key), value).contentId);
      await keyValues.commit({
        puts: contentIds.map((contentId) => ({ key: garbageKey(atMs, contentId), value: new Uint8Array() })),
        deletes: [...rows.map((row) => row.key), ...contentIds.map((contentId) => referenceKey(contentId, uploadId))],
      });
      this.#partCount += rows.length;
    }
    return false;
  }

  /** Blobs go before the rows that name them: after a crash the rows are still there to say what is left to do. */
  async #removalOf(contentId: ContentId, extents: readonly KeyValueEntry[]): Promise<KeyValueCommit> {
    const { blobs, clock } = this.#context;
    const deletes: Uint8Array[] = [];
    const children = new Set<ContentId>();
    for (const entry of extents) {
      const extent = decodeExtent(entry.value);
      deletes.push(entry.key);
      if (extent.kind === 'blob') {
        await blobs.delete(extent.blobId);
        deletes.push(blobKey(extent.blobId));
      } else if (extent.kind === 'slice') {
        children.add(extent.contentId);
      }
    }
    const atMs = clock.nowMs();
    const released = [...children];
    return {
      puts: released.map((child) => ({ key: garbageKey(atMs, child), value: new Uint8Array() })),
      deletes: [...deletes, ...released.map((child) => referenceKey(child, contentId))],
    };
  }
}
