/**
 * Makes one backup: rows and the list of blobs of one moment, then the blobs that no earlier backup in the target has,
 * then the manifest. When it is interrupted at any place, it leaves no backup, and the next run reuses most of its
 * work. Leaves out where the rows come from and where the files go.
 */

import {
  BACKUP_FORMAT_VERSION,
  BackupDamaged,
  type BlobEntry,
  type BlobPiece,
  CHUNK_LENGTH_BYTES_MAX,
  decodeBlobEntries,
  encodeBlobEntry,
  encodeManifest,
  encodeRow,
  type Manifest,
  manifestName,
  PARTIAL_PREFIX,
  partialName,
  type Segment,
} from './backup-format.js';
import { BackupReader, listBackups } from './backup-reader.js';
import { type BackupSource, type SourceBlob, SourceBlobDamaged } from './backup-source.js';
import type { BackupTarget } from './backup-target.js';
import { BlobList, BlobMap } from './blob-list.js';
import { ChunkKeeper } from './chunk-keeper.js';
import { Pace } from './pace.js';
import type { Progress } from './progress.js';
import { formatVersionOf, sealingKeyIdOf } from './row-facts.js';
import { beginRun } from './running.js';
import { SegmentWriter } from './segment-writer.js';

/** What a backup is made of. */
export interface BackupInput {
  readonly openSource: () => Promise<BackupSource>;
  readonly target: BackupTarget;
  readonly bytesPerSecond?: number;
  /** Whether each file of data is read again once it was written. */
  readonly isReadBack: boolean;
  readonly progress: Progress;
}

/** A blob up to this length shares its chunk with others. */
const PACKED_LENGTH_BYTES_MAX = CHUNK_LENGTH_BYTES_MAX / 2;
/** So much is copied again at most, when a run is broken off. */
const NOTE_LENGTH_BYTES = 256 * 1024 * 1024;
const NOTE_BLOB_COUNT = 65_536;

/** @returns The manifest that was written. */
export async function runBackup(input: BackupInput): Promise<Manifest> {
  const { target } = input;
  const run = await beginRun(target, 'backup');
  try {
    return await new BackupRun(input, run.id).make();
  } finally {
    await run.end().catch(() => undefined);
  }
}

class BackupRun {
  readonly #input: BackupInput;
  readonly #id: string;
  readonly #reader: BackupReader;
  #keeper!: ChunkKeeper;
  #previous: Manifest | undefined;
  /** Blobs that this run, or one that was broken off, has copied. */
  readonly #copied = new BlobMap();
  readonly #damaged: { blobId: string; message: string }[] = [];
  readonly #notes: string[] = [];
  #noteNumber = 0;

  constructor(input: BackupInput, id: string) {
    this.#input = input;
    this.#id = id;
    this.#reader = new BackupReader(input.target);
  }

  async make(): Promise<Manifest> {
    const { target, progress, bytesPerSecond, isReadBack, openSource } = this.#input;
    progress.begin('looking at earlier backups');
    this.#keeper = await ChunkKeeper.open(target, new Pace(bytesPerSecond), isReadBack);
    await this.#findPrevious();
    await this.#readNotes();
    const source = await openSource();
    try {
      progress.begin('reading rows');
      const needed = await this.#listNeeded(source);
      const rows = await this.#keepRows(source);
      await source.releaseRows();
      progress.begin('copying blobs');
      await this.#copyMissing(source, needed);
      await this.#keeper.drain();
      progress.begin('writing the list of blobs');
      const blobs = await this.#keepBlobList(needed);
      await this.#keeper.drain();
      const manifest: Manifest = {
        name: 'annals-backup',
        version: BACKUP_FORMAT_VERSION,
        id: this.#id,
        storeFormat: rows.storeFormat,
        momentAtMs: source.momentAtMs,
        finishedAtMs: Date.now(),
        ...(this.#previous !== undefined && { previous: this.#previous.id }),
        rows: rows.segments,
        rowCount: rows.count,
        blobs: blobs.segments,
        blobCount: blobs.count,
        blobLength: blobs.length,
        wrappingKeyIds: rows.wrappingKeyIds,
        damaged: this.#damaged,
      };
      await this.#finish(manifest);
      return manifest;
    } finally {
      await source.close();
    }
  }

  /** The newest backup whose list of blobs can be read; a damaged one does not keep a new one from being made. */
  async #findPrevious(): Promise<void> {
    for (const id of (await listBackups(this.#input.target)).reverse()) {
      try {
        const manifest = await this.#reader.manifest(id);
        for (const { chunk } of manifest.blobs) await this.#reader.chunk(chunk);
        for (const { chunk, length } of [...manifest.rows, ...manifest.blobs]) this.#keeper.trust(chunk, length);
        this.#previous = manifest;
        return;
      } catch (error) {
        if (!(error instanceof BackupDamaged)) throw error;
        this.#input.progress.warn(error.message);
      }
    }
  }

  async #readNotes(): Promise<void> {
    const { target } = this.#input;
    for await (const { name } of target.list(PARTIAL_PREFIX)) this.#notes.push(name);
    for (const name of this.#notes) {
      const bytes = await target.get(name);
      try {
        for (const entry of decodeBlobEntries(bytes ?? new Uint8Array()))
          if (this.#isThere(entry)) this.#copied.set(entry);
      } catch (error) {
        if (!(error instanceof BackupDamaged)) throw error;
        this.#input.progress.warn(`${error.message}: "${name}" is left out`);
      }
    }
  }

  /** As far as a listing tells: what lies in a file that was changed in its place is found by a deep verification. */
  #isThere({ pieces }: BlobEntry): boolean {
    return pieces.every(({ chunk, offset, length }) => this.#keeper.has(chunk, offset + length));
  }

  async #listNeeded(source: BackupSource): Promise<BlobList> {
    const needed = new BlobList();
    for await (const blob of source.blobs()) needed.add(blob);
    return needed;
  }

  async #keepRows(source: BackupSource): Promise<{
    readonly segments: Segment[];
    readonly count: number;
    readonly storeFormat: number;
    readonly wrappingKeyIds: string[];
  }> {
    const { progress } = this.#input;
    const writer = new SegmentWriter((bytes) => this.#keeper.keep(bytes));
    const keyIds = new Set<string>();
    let count = 0;
    let storeFormat: number | undefined;
    for await (const row of source.rows()) {
      const entry = encodeRow(row);
      await writer.add(row.key, entry);
      count += 1;
      storeFormat ??= formatVersionOf(row);
      const keyId = sealingKeyIdOf(row);
      if (keyId !== undefined) keyIds.add(keyId);
      progress.add(1, entry.length);
    }
    if (storeFormat === undefined)
      throw new BackupDamaged('Cannot back up: the source holds no row that says its format');
    return { segments: await writer.finish(), count, storeFormat, wrappingKeyIds: [...keyIds].sort() };
  }

  /** Walks the earlier list beside the needed one. Both are in the order of ids. */
  async *#withPrevious(
    needed: BlobList,
  ): AsyncGenerator<{ readonly blob: SourceBlob; readonly earlier: BlobEntry | undefined }> {
    const earlier = this.#previous === undefined ? undefined : this.#reader.blobs(this.#previous);
    let entry = await nextOf(earlier);
    for (const blob of needed) {
      while (entry !== undefined && entry.blobId < blob.blobId) entry = await nextOf(earlier);
      const isSame = entry?.blobId === blob.blobId && entry.length === blob.length && this.#isThere(entry);
      yield { blob, earlier: isSame ? entry : undefined };
    }
  }

  async #copyMissing(source: BackupSource, needed: BlobList): Promise<void> {
    const { progress } = this.#input;
    progress.expect(needed.count, needed.length);
    const packer = new Packer(this.#keeper, (entry) => this.#copied.set(entry));
    let notedCount = this.#copied.count;
    let notedLength = 0;
    for await (const { blob, earlier } of this.#withPrevious(needed)) {
      if (earlier === undefined && !this.#copied.has(blob)) {
        await this.#copy(source, packer, blob);
        notedLength += blob.length;
        if (notedLength >= NOTE_LENGTH_BYTES || this.#copied.count - notedCount >= NOTE_BLOB_COUNT) {
          await packer.flush();
          await this.#note();
          notedCount = this.#copied.count;
          notedLength = 0;
        }
      } else progress.add(1, blob.length);
    }
    await packer.flush();
  }

  async #copy(source: BackupSource, packer: Packer, { blobId, length }: SourceBlob): Promise<void> {
    const { progress } = this.#input;
    try {
      if (length <= PACKED_LENGTH_BYTES_MAX) {
        await packer.add(blobId, await readWhole(source, blobId, 0, length));
        progress.add(1, length);
        return;
      }
      const pieces: BlobPiece[] = [];
      for (let start = 0; start < length; start += CHUNK_LENGTH_BYTES_MAX) {
        const bytes = await readWhole(source, blobId, start, Math.min(length, start + CHUNK_LENGTH_BYTES_MAX));
        pieces.push({ chunk: await this.#keeper.keep(bytes), offset: 0, length: bytes.length });
        progress.add(0, bytes.length);
      }
      this.#copied.set({ blobId, length, pieces });
      progress.add(1, 0);
    } catch (error) {
      if (!(error instanceof SourceBlobDamaged)) throw error;
      this.#damaged.push({ blobId, message: error.message });
      progress.warn(`Cannot read blob ${blobId}: ${error.message}`);
    }
  }

  /** Writes down what was copied since the last time, once it is there. */
  async #note(): Promise<void> {
    await this.#keeper.drain();
    const entries = this.#copied.takeNew();
    if (entries.length === 0) return;
    const name = partialName(this.#id, this.#noteNumber);
    this.#noteNumber += 1;
    await this.#input.target.put(name, entries);
    this.#notes.push(name);
  }

  async #keepBlobList(
    needed: BlobList,
  ): Promise<{ readonly segments: Segment[]; readonly count: number; readonly length: number }> {
    const writer = new SegmentWriter((bytes) => this.#keeper.keep(bytes));
    let count = 0;
    let length = 0;
    for await (const { blob, earlier } of this.#withPrevious(needed)) {
      const entry = earlier ?? this.#copied.get(blob);
      // One that could not be read.
      if (entry === undefined) continue;
      await writer.add(Buffer.from(blob.blobId, 'hex'), encodeBlobEntry(entry));
      count += 1;
      length += blob.length;
    }
    return { segments: await writer.finish(), count, length };
  }

  async #finish(manifest: Manifest): Promise<void> {
    const { target } = this.#input;
    const bytes = encodeManifest(manifest);
    await target.put(manifestName(manifest.id), bytes);
    const read = await target.get(manifestName(manifest.id));
    if (read === undefined || Buffer.compare(read, bytes) !== 0) {
      await target.delete(manifestName(manifest.id));
      throw new BackupDamaged(
        `Cannot keep "${manifestName(manifest.id)}" in ${target.place}: what is read back is not what was written`,
      );
    }
    for (const name of this.#notes) await target.delete(name);
  }
}

/** Puts short blobs together into chunks. */
class Packer {
  readonly #keeper: ChunkKeeper;
  readonly #onKept: (entry: BlobEntry) => void;
  #blobs: { readonly blobId: string; readonly bytes: Uint8Array }[] = [];
  #lengthBytes = 0;

  constructor(keeper: ChunkKeeper, onKept: (entry: BlobEntry) => void) {
    this.#keeper = keeper;
    this.#onKept = onKept;
  }

  async add(blobId: string, bytes: Uint8Array): Promise<void> {
    if (this.#lengthBytes + bytes.length > CHUNK_LENGTH_BYTES_MAX) await this.flush();
    this.#blobs.push({ blobId, bytes });
    this.#lengthBytes += bytes.length;
  }

  async flush(): Promise<void> {
    const blobs = this.#blobs;
    if (blobs.length === 0) return;
    this.#blobs = [];
    this.#lengthBytes = 0;
    const chunk = await this.#keeper.keep(Buffer.concat(blobs.map(({ bytes }) => bytes)));
    let offset = 0;
    for (const { blobId, bytes } of blobs) {
      const { length } = bytes;
      this.#onKept({ blobId, length, pieces: length === 0 ? [] : [{ chunk, offset, length }] });
      offset += length;
    }
  }
}

async function readWhole(source: BackupSource, blobId: string, start: number, end: number): Promise<Uint8Array> {
  const bytes = await source.readBlob(blobId, start, end);
  if (bytes.length !== end - start) {
    throw new SourceBlobDamaged(`bytes ${start} to ${end} were asked for, ${bytes.length} came`);
  }
  return bytes;
}

async function nextOf(entries: AsyncGenerator<BlobEntry> | undefined): Promise<BlobEntry | undefined> {
  const next = await entries?.next();
  return next === undefined || next.done === true ? undefined : next.value;
}
