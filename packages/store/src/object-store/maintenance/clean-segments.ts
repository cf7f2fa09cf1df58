/**
 * Gives back the space of short blobs that share files: a segment without living blobs is deleted, and of one that is
 * at least half dead the living ones are moved into the open segment first. The rows of the blob index say what is
 * alive; those of one segment are neighbours. A move is a commit that puts a new blob in the place of the old one, and
 * changes no byte of a content. Everything may be repeated, so a crash costs nothing. A blob that cannot be read stays,
 * and its segment with it.
 */
import type { BlobId, BlobSegment, BlobSegments } from '../../contract/blob-store.js';
import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueCheck, KeyValueEntry, KeyValuePut } from '../../contract/key-value-store.js';
import { sealBlob, sealedLengthOf } from '../../encryption/sealed-blob.js';
import { readContent } from '../content/read-content.js';
import { isKnownNotCommitted } from '../context/commit-loop.js';
import type { StoreContext } from '../context/store-context.js';
import {
  type BlobExtent,
  decodeBlobOwner,
  decodeExtent,
  encodeBlobExtent,
  encodeBlobOwner,
} from '../records/extent-record.js';
import { blobIdOf, blobKey, blobsOfSegmentRange, extentKey, referenceRange } from '../records/key-space.js';

/** What one step did. */
export interface SegmentProgress {
  readonly deletedCount: number;
  readonly movedCount: number;
  /** There is more to do now. */
  readonly hasMore: boolean;
}

/** A segment is worth moving what is alive in it when that is at most this part of it. */
const LIVE_SHARE_MAX = 0.5;
/** Extents whose lengths stand for those of all blobs of a segment. */
const SAMPLE_COUNT = 32;
const ROW_COUNT_MAX = 1024;
/** Of one commit: no other commit waits long behind it. */
const MOVE_COUNT_MAX = 64;
const MOVE_LENGTH_BYTES_MAX = 1024 * 1024;
/** Of one step. */
const STEP_LENGTH_BYTES_MAX = 8 * 1024 * 1024;

/**
 * One step: looks at the segments in which blobs have died, moves and deletes.
 * @param isWalk Looks at all segments: what died before this process began is unknown.
 * @throws {EngineFailure} the first one, after all that could be done has been: `unavailable`, `corrupt`.
 */
export async function cleanSegments(
  context: StoreContext,
  { isWalk, isStopped }: { readonly isWalk: boolean; readonly isStopped: () => boolean },
): Promise<SegmentProgress> {
  const { segments } = context.blobs;
  if (segments === undefined) return { deletedCount: 0, movedCount: 0, hasMore: false };
  const cleaning = new Cleaning(context, segments);
  for (const segmentId of isWalk ? segments.ids() : context.segmentLedger.due()) {
    if (isStopped()) break;
    await cleaning.look(segmentId);
  }
  await cleaning.deleteUnread();
  cleaning.throwFailure();
  return cleaning.progress();
}

/** A living blob of a segment, with the rows that say so. */
interface LivingBlob {
  readonly row: KeyValueEntry;
  /** A reference to its content. */
  readonly reference: KeyValueEntry;
  readonly extentRow: KeyValueEntry;
  readonly extent: BlobExtent;
  readonly contentId: string;
  readonly offset: number;
}

class Cleaning {
  readonly #context: StoreContext;
  readonly #segments: BlobSegments;
  readonly #failures: unknown[] = [];
  #deletedCount = 0;
  #movedCount = 0;
  #movedLength = 0;
  #hasMore = false;

  constructor(context: StoreContext, segments: BlobSegments) {
    this.#context = context;
    this.#segments = segments;
  }

  progress(): SegmentProgress {
    return { deletedCount: this.#deletedCount, movedCount: this.#movedCount, hasMore: this.#hasMore };
  }

  throwFailure(): void {
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  async look(segmentId: string): Promise<void> {
    try {
      const segment = await this.#segments.describe(segmentId);
      // Its file could not be made.
      if (segment === undefined) await this.#delete(segmentId);
      else if (!segment.isOpen) await this.#lookAt(segment);
    } catch (error) {
      this.#failures.push(error);
    }
  }

  async #lookAt({ segmentId, length }: BlobSegment): Promise<void> {
    const { segmentLedger, blobsInUse, pins } = this.#context;
    // In this order: a blob leaves the set only after the commit of its row is durable.
    const isInUse = blobsInUse.hasBeginning(segmentId);
    let rows = await this.#rowsOf(segmentId);
    let liveLength = await this.#liveLength(rows);
    if (rows.length > 0 && liveLength <= length * LIVE_SHARE_MAX) {
      if (!(await this.#move(rows))) {
        this.#hasMore = true;
        segmentLedger.noteDue(segmentId);
        return;
      }
      rows = await this.#rowsOf(segmentId);
      liveLength = await this.#liveLength(rows);
    }
    segmentLedger.noteLook(segmentId, { liveCount: rows.length, deadLength: Math.max(0, length - liveLength) });
    if (rows.length > 0) return;
    // Who began to read before may know these blobs from rows that are gone.
    if (isInUse) segmentLedger.noteDue(segmentId);
    else segmentLedger.noteEmptied(segmentId, pins.quiescence());
  }

  async deleteUnread(): Promise<void> {
    for (const segmentId of this.#context.segmentLedger.removable()) {
      try {
        await this.#delete(segmentId);
        this.#deletedCount += 1;
      } catch (error) {
        this.#failures.push(error);
      }
    }
  }

  async #delete(segmentId: string): Promise<void> {
    await this.#segments.delete(segmentId);
    this.#context.segmentLedger.forget(segmentId);
  }

  async #rowsOf(segmentId: string): Promise<readonly KeyValueEntry[]> {
    const rows: KeyValueEntry[] = [];
    for (let after: BlobId | undefined; ; ) {
      const page = await this.#context.keyValues.list({
        ...blobsOfSegmentRange(segmentId, after),
        limit: ROW_COUNT_MAX,
      });
      rows.push(...page);
      const last = page.at(-1);
      if (last === undefined || page.length < ROW_COUNT_MAX) return rows;
      after = blobIdOf(last.key);
    }
  }

  /** @returns About how many bytes are alive. */
  async #liveLength(rows: readonly KeyValueEntry[]): Promise<number> {
    if (rows.length === 0) return 0;
    const step = Math.max(1, Math.floor(rows.length / SAMPLE_COUNT));
    let count = 0;
    let length = 0;
    for (let index = 0; index < rows.length; index += step) {
      const living = await this.#living(rows[index] as KeyValueEntry);
      count += 1;
      length += living?.extent.length ?? 0;
    }
    return (length / count) * rows.length;
  }

  /**
   * The sweep reads the rows of a content when it has no reference any more, and deletes them later. Therefore a move
   * checks that there is one: it comes before that, or not at all.
   * @returns Undefined: something else is there by now, or the sweep will remove the rows.
   */
  async #living(row: KeyValueEntry): Promise<LivingBlob | undefined> {
    const blobId = blobIdOf(row.key);
    const { contentId, offset } = decodeBlobOwner(row.value);
    const extentRow = await this.#context.keyValues.get(extentKey(contentId, offset));
    const extent = extentRow === undefined ? undefined : decodeExtent(extentRow.value);
    if (extentRow === undefined || extent?.kind !== 'blob' || extent.blobId !== blobId) return undefined;
    const [reference] = await this.#context.keyValues.list({ ...referenceRange(contentId), limit: 1 });
    return reference === undefined ? undefined : { row, extentRow, extent, reference, contentId, offset };
  }

  /** @returns Whether that was all. */
  async #move(rows: readonly KeyValueEntry[]): Promise<boolean> {
    let isAll = true;
    let group: LivingBlob[] = [];
    let groupLength = 0;
    const flush = async (): Promise<void> => {
      const moving = group;
      group = [];
      groupLength = 0;
      if (moving.length === 0) return;
      isAll = (await this.#context.bulkGate.run(() => this.#moveGroup(moving))) && isAll;
    };
    for (const row of rows) {
      if (this.#movedLength >= STEP_LENGTH_BYTES_MAX) {
        isAll = false;
        break;
      }
      const living = await this.#living(row);
      if (living === undefined) continue;
      if (groupLength + living.extent.length > MOVE_LENGTH_BYTES_MAX || group.length === MOVE_COUNT_MAX) await flush();
      group.push(living);
      groupLength += living.extent.length;
      this.#movedLength += living.extent.length;
    }
    await flush();
    return isAll;
  }

  /** @returns Whether nothing came in between; else what is still there is for the next step. */
  async #moveGroup(group: readonly LivingBlob[]): Promise<boolean> {
    const copies = await Promise.allSettled(group.map((living) => this.#copy(living)));
    const checks: KeyValueCheck[] = [];
    const puts: KeyValuePut[] = [];
    const deletes: Uint8Array[] = [];
    const blobIds: BlobId[] = [];
    for (const [index, copy] of copies.entries()) {
      const { row, extentRow, extent, reference, contentId, offset } = group[index] as LivingBlob;
      if (copy.status === 'rejected') {
        // What the sweep has removed meanwhile is no loss.
        if (await this.#isUnchanged(extentRow)) this.#failures.push(copy.reason);
        continue;
      }
      blobIds.push(copy.value);
      for (const { key, version } of [extentRow, row, reference]) checks.push({ key, version });
      puts.push(
        { key: extentRow.key, value: encodeBlobExtent(copy.value, extent.length, extent.crc64, extent.isSealed) },
        { key: blobKey(copy.value), value: encodeBlobOwner(contentId, offset) },
      );
      deletes.push(row.key);
    }
    if (blobIds.length === 0) return true;
    try {
      const { committed } = await this.#context.keyValues.commit({ checks, puts, deletes });
      if (committed) this.#movedCount += blobIds.length;
      this.#letGo(blobIds, committed);
      return committed;
    } catch (error) {
      // With the outcome unknown the blobs stay in use: the walk after the next start will know.
      if (isKnownNotCommitted(error)) this.#letGo(blobIds, false);
      throw error;
    }
  }

  /** @returns The new blob, durable, with the bytes of the old one; each was checked. */
  async #copy({ extent, contentId, offset, extentRow }: LivingBlob): Promise<BlobId> {
    const { blobs, blobsInUse, contentKeys, keyValues } = this.#context;
    const chunks: Uint8Array[] = [];
    const range = { start: offset, end: offset + extent.length };
    for await (const chunk of readContent({ blobs, contentKeys, keyValues }, contentId, range)) chunks.push(chunk);
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    if (length !== extent.length) {
      throw new EngineFailure({ kind: 'corrupt', detail: `extent ${Buffer.from(extentRow.key).toString('hex')}` });
    }
    const cipher = extent.isSealed ? await contentKeys.open(contentId) : undefined;
    let copyId: BlobId | undefined;
    try {
      return await blobs.put(cipher === undefined ? length : sealedLengthOf(length), (blobId) => {
        copyId = blobId;
        blobsInUse.add(blobId);
        return cipher === undefined ? chunks : sealBlob(blobId, cipher, offset, chunks);
      });
    } catch (error) {
      // Its segment, of which other blobs may be alive, must not wait for it for ever.
      if (copyId !== undefined) blobsInUse.delete(copyId);
      throw error;
    }
  }

  async #isUnchanged({ key, version }: KeyValueEntry): Promise<boolean> {
    return (await this.#context.keyValues.get(key))?.version === version;
  }

  #letGo(blobIds: readonly BlobId[], isAlive: boolean): void {
    const { blobsInUse, segmentLedger } = this.#context;
    for (const blobId of blobIds) {
      blobsInUse.delete(blobId);
      if (!isAlive) segmentLedger.noteDeath(blobId);
    }
  }
}
