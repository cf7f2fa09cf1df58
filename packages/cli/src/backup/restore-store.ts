/**
 * Makes a data folder out of a backup: the whole store, or what a bucket and prefix need. Until everything is there no
 * server takes the folder for a store; broken off, the same command goes on where it was. Leaves out keys, which are in
 * no backup.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AUDIT_FOLDER_NAME, KMS_FOLDER_NAME, MASTER_KEY_FILE_NAME } from '@annals/server';
import {
  checkBlobs,
  isFormatKey,
  lockDataFolder,
  openFileSystemBlobStore,
  openJournaledLmdbKeyValueStore,
  RowSelection,
  STORE_FORMAT_VERSION,
  StoreImport,
} from '@annals/store';
import { CommandFailure } from '../command-failure.js';
import { recordOffline } from '../serve/record-offline.js';
import { BackupDamaged, type BackupRow, type BlobEntry, type Manifest } from './backup-format.js';
import type { BackupReader } from './backup-reader.js';
import { nameObjects } from './name-objects.js';
import { Pace } from './pace.js';
import type { Progress } from './progress.js';
import {
  describeMark,
  RESTORE_MARKER,
  type RestoreMark,
  readRestoreMark,
  removeRestoreMark,
  UNFINISHED_RESTORE_MARKER,
  writeRestoreMark,
} from './restore-marker.js';

/** What to restore, and where. */
export interface RestoreStoreInput {
  readonly reader: BackupReader;
  readonly manifest: Manifest;
  readonly folder: string;
  /** Default: everything. */
  readonly only?: { readonly bucket: string; readonly prefix: string };
  readonly bytesPerSecond?: number;
  readonly progress: Progress;
}

/** What was restored. */
export interface RestoredStore {
  readonly rowCount: number;
  readonly blobCount: number;
  readonly blobLength: number;
}

/** What a broken-off restoration leaves. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  RESTORE_MARKER,
  UNFINISHED_RESTORE_MARKER,
  'metadata',
  'blobs',
  'lock',
  AUDIT_FOLDER_NAME,
]);
/** What is in no backup, and may be put into the folder before. */
const KEY_NAMES: ReadonlySet<string> = new Set([MASTER_KEY_FILE_NAME, KMS_FOLDER_NAME, 'root-access-key.json']);
const BATCH_ROW_COUNT = 4096;
const BATCH_LENGTH_BYTES = 8 * 1024 * 1024;
const GROUP_BLOB_COUNT = 8192;

/**
 * @returns `undefined`: everything was there already, but for the word that it is.
 * @throws {CommandFailure} The folder holds something else, or another program is needed.
 * @throws {BackupDamaged} Something the restoration needs is missing or damaged; names the objects.
 */
export async function restoreStore(input: RestoreStoreInput): Promise<RestoredStore | undefined> {
  const { folder, manifest, only } = input;
  if (manifest.storeFormat > STORE_FORMAT_VERSION) {
    throw new CommandFailure(
      `Cannot restore ${manifest.id}: its store has format ${manifest.storeFormat}, this program knows up to ${STORE_FORMAT_VERSION}; use a newer one`,
    );
  }
  await prepareFolder(folder, { backup: manifest.id, ...only });
  const lock = await lockDataFolder(folder);
  try {
    const keyValues = await openJournaledLmdbKeyValueStore({ directory: join(folder, 'metadata') });
    const blobs = checkBlobs(await openFileSystemBlobStore({ directory: join(folder, 'blobs') }));
    try {
      const store = new StoreImport(keyValues, blobs);
      const detail = { backup: manifest.id, ...only };
      const restored = (await store.isFinished())
        ? undefined
        : await recordOffline(
            folder,
            { action: 'restore.Store', detail },
            () => new Restoration(input, store).run(),
            (outcome) => ({ ...detail, ...outcome }),
          );
      await removeRestoreMark(folder);
      return restored;
    } finally {
      await blobs.close();
      await keyValues.close();
    }
  } finally {
    await lock.release();
  }
}

/** @throws {CommandFailure} There is something else in it. */
async function prepareFolder(folder: string, mark: RestoreMark): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const begun = await readRestoreMark(folder);
  if (begun !== undefined && describeMark(begun) !== describeMark(mark)) {
    throw new CommandFailure(
      `Cannot restore ${describeMark(mark)} into ${folder}: a restoration of ${describeMark(begun)} was begun there; go on with that one, or empty the folder`,
    );
  }
  const names = (await readdir(folder)).filter((name) => !KEY_NAMES.has(name));
  const isOwn = (name: string): boolean =>
    begun === undefined ? name === UNFINISHED_RESTORE_MARKER : OWN_NAMES.has(name);
  const other = names.find((name) => !isOwn(name));
  if (other !== undefined) {
    throw new CommandFailure(
      `Cannot restore into ${folder}: it is not empty, "${other}" is in it; choose an empty folder, or one with nothing but keys`,
    );
  }
  if (begun === undefined) await writeRestoreMark(folder, mark);
}

class Restoration {
  readonly #input: RestoreStoreInput;
  readonly #store: StoreImport;
  readonly #pace: Pace;

  constructor(input: RestoreStoreInput, store: StoreImport) {
    this.#input = input;
    this.#store = store;
    this.#pace = new Pace(input.bytesPerSecond);
  }

  async run(): Promise<RestoredStore> {
    const { reader, manifest, only, progress } = this.#input;
    await this.#store.begin();
    const selection = only === undefined ? undefined : await select(reader, manifest, only, progress);
    const blobs = await this.#restoreBlobs(selection);
    progress.begin('restoring rows');
    progress.expect(
      manifest.rowCount,
      manifest.rows.reduce((sum, { length }) => sum + length, 0),
    );
    let formatRow: Uint8Array | undefined;
    let rowCount = 0;
    let batch: BackupRow[] = [];
    let batchLength = 0;
    const put = async (): Promise<void> => {
      await this.#store.putRows(batch);
      batch = [];
      batchLength = 0;
    };
    for await (const row of reader.rows(manifest)) {
      progress.add(1, row.key.length + row.value.length);
      if (isFormatKey(row.key)) formatRow = row.value;
      else if (selection === undefined || selection.includes(row)) {
        batch.push(row);
        batchLength += row.key.length + row.value.length;
        rowCount += 1;
        if (batch.length >= BATCH_ROW_COUNT || batchLength >= BATCH_LENGTH_BYTES) await put();
      }
    }
    for (const row of selection?.counterRows() ?? []) batch.push(row);
    await put();
    if (formatRow === undefined) throw new BackupDamaged('Cannot restore: no row says the format of the store');
    await this.#store.finish(formatRow);
    return { rowCount: rowCount + 1, ...blobs };
  }

  async #restoreBlobs(
    selection: RowSelection | undefined,
  ): Promise<{ readonly blobCount: number; readonly blobLength: number }> {
    const { reader, manifest, progress } = this.#input;
    progress.begin('restoring blobs');
    if (selection === undefined) progress.expect(manifest.blobCount, manifest.blobLength);
    const missing = manifest.damaged.filter(({ blobId }) => selection === undefined || selection.includesBlob(blobId));
    if (missing.length > 0)
      await this.#fail(new Set(missing.map(({ blobId }) => blobId)), 'could not be read when the backup was made');
    let blobCount = 0;
    let blobLength = 0;
    let group: BlobEntry[] = [];
    const restore = async (): Promise<void> => {
      // Blobs of one chunk after each other, so that it is read once.
      group.sort((one, other) => compare(one.pieces[0]?.chunk ?? '', other.pieces[0]?.chunk ?? ''));
      for (const entry of group) {
        await this.#restoreBlob(entry);
        blobCount += 1;
        blobLength += entry.length;
        progress.add(1, entry.length);
      }
      group = [];
    };
    for await (const entry of reader.blobs(manifest)) {
      if (selection !== undefined && !selection.includesBlob(entry.blobId)) continue;
      group.push(entry);
      if (group.length === GROUP_BLOB_COUNT) await restore();
    }
    await restore();
    return { blobCount, blobLength };
  }

  async #restoreBlob(entry: BlobEntry): Promise<void> {
    const { blobId, length } = entry;
    if (await this.#store.hasBlob(blobId, length)) return;
    await this.#pace.spend(length);
    try {
      await this.#store.putBlob(blobId, length, this.#input.reader.blob(entry));
    } catch (error) {
      if (!(error instanceof BackupDamaged)) throw error;
      await this.#fail(new Set([blobId]), error.message);
    }
  }

  async #fail(blobIds: ReadonlySet<string>, why: string): Promise<never> {
    const { reader, manifest } = this.#input;
    const names = await nameObjects(() => reader.rows(manifest), blobIds).catch(() => ['(rows are damaged too)']);
    throw new BackupDamaged(
      `Cannot restore ${names.slice(0, 20).join(', ')}${names.length > 20 ? ` and ${names.length - 20} more` : ''}: ${why}`,
    );
  }
}

/** Finds out which rows and blobs are needed. */
async function select(
  reader: BackupReader,
  manifest: Manifest,
  only: { readonly bucket: string; readonly prefix: string },
  progress: Progress,
): Promise<RowSelection> {
  const selection = new RowSelection(only.bucket, only.prefix);
  while (selection.isUnfinished) {
    progress.begin('looking for what is needed');
    for await (const row of reader.rows(manifest)) {
      lookAt(row, selection);
      progress.add(1, row.key.length + row.value.length);
    }
    selection.endPass();
  }
  if (!selection.hasBucket) {
    throw new CommandFailure(`Cannot restore bucket "${only.bucket}": backup ${manifest.id} has no such bucket`);
  }
  return selection;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** @throws {CommandFailure} It cannot be known whether the row is needed. */
function lookAt(row: BackupRow, selection: RowSelection): void {
  try {
    selection.look(row);
  } catch (error) {
    throw error instanceof RangeError ? new CommandFailure(error.message, { cause: error }) : error;
  }
}
