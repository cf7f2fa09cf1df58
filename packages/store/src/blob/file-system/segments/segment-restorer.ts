/**
 * Puts blobs back at the places that their ids name, in segments of the ids they had: what a restored store needs, in
 * which nothing else writes. One segment is open at a time, and is synced before the next one is.
 */
import { join } from 'node:path';
import type { BlobFill, BlobId } from '../../../contract/blob-store.js';
import { EngineFailure } from '../../../contract/engine-failure.js';
import type { FileSystem, OpenFile } from '../../../file-system/file-system.js';
import { isMissing, toEngineFailure } from '../../../file-system/file-system-failure.js';
import { writeChunks } from '../write-chunks.js';
import { encodeRecordHeader, encodeSegmentHeader, isSharedPlace, placeOf, type SegmentId } from './segment-format.js';
import type { DurableSyncs } from './segment-writer.js';

/** What the restorer needs. */
export interface SegmentRestorerParts {
  readonly directory: string;
  readonly fileSystem: FileSystem;
  readonly syncs: DurableSyncs;
  /** Called for each segment that a blob was put into. */
  readonly onRestored: (segmentId: SegmentId) => void;
}

/** Writes records of another store into segments of the same ids. One call at a time. */
export class SegmentRestorer {
  readonly #parts: SegmentRestorerParts;
  #open: { readonly segmentId: SegmentId; readonly file: OpenFile } | undefined;

  constructor(parts: SegmentRestorerParts) {
    this.#parts = parts;
  }

  /** @see BlobStore.restore */
  async restore(blobId: BlobId, lengthBytes: number, fill: BlobFill): Promise<boolean> {
    const place = placeOf(blobId);
    if (!isSharedPlace(place)) return false;
    try {
      const chunks = fill(blobId);
      const foundLengthBytes = chunks.reduce((sum, { length }) => sum + length, 0);
      // Longer ones would end in the next record.
      if (foundLengthBytes !== lengthBytes) {
        const detail = `shared blob ${blobId}: ${foundLengthBytes} bytes to restore, ${lengthBytes} were announced`;
        throw new EngineFailure({ kind: 'corrupt', detail });
      }
      const file = await this.#fileOf(place.segmentId);
      await writeChunks(file, [encodeRecordHeader(blobId, lengthBytes), ...chunks], place.offset);
      return true;
    } catch (error) {
      throw toEngineFailure(error);
    }
  }

  /**
   * Also those that this process wrote nothing into: an earlier one may have been killed between writing and syncing.
   * @see BlobStore.syncRestored
   */
  async sync(segmentIds: Iterable<SegmentId>): Promise<void> {
    const { directory, fileSystem, syncs } = this.#parts;
    try {
      await this.#closeFile();
      for (const segmentId of segmentIds) {
        const file = await fileSystem.openFileForUpdate(join(directory, segmentId));
        this.#open = { segmentId, file };
        await this.#closeFile();
      }
      await syncs.syncDirectory(directory);
    } catch (error) {
      throw toEngineFailure(error);
    }
  }

  /** Lets go of the file without a sync. */
  async close(): Promise<void> {
    await this.#open?.file.close().catch(() => undefined);
    this.#open = undefined;
  }

  async #fileOf(segmentId: SegmentId): Promise<OpenFile> {
    if (this.#open?.segmentId === segmentId) return this.#open.file;
    await this.#closeFile();
    const file = await this.#openFile(segmentId);
    this.#open = { segmentId, file };
    this.#parts.onRestored(segmentId);
    return file;
  }

  async #openFile(segmentId: SegmentId): Promise<OpenFile> {
    const { directory, fileSystem } = this.#parts;
    const path = join(directory, segmentId);
    try {
      return await fileSystem.openFileForUpdate(path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    const file = await fileSystem.createFile(path);
    await writeChunks(file, [encodeSegmentHeader(segmentId)], 0);
    return file;
  }

  async #closeFile(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    try {
      await this.#parts.syncs.syncData(open.file);
    } finally {
      await open.file.close().catch(() => undefined);
    }
  }
}
