/**
 * The file with the rows: makes it in a new folder, brings that of an older program to its present form, and opens it.
 * Leaves out the journal, which may hold newer rows (`open-journal.ts`).
 */
import { join } from 'node:path';
import type { BlockingFile, BlockingFileSystem } from '../../file-system/file-system.js';
import { nodeBlockingFileSystem } from '../../file-system/node-blocking-file-system.js';
import { KEY_LENGTH_BYTES_MAX } from '../commit-rules.js';
import { isLmdbFile, LmdbFileDamage, lmdbRowCount, lmdbRows } from './lmdb-file.js';
import { hasNoJournal, isNeverCheckpointed } from './open-journal.js';
import { readVersion, VERSION_LENGTH_BYTES } from './stored-value.js';
import { readHead } from './tree/tree-reader.js';
import { type TreeChange, type TreePoint, TreeWriter } from './tree/tree-writer.js';

/**
 * The name LMDB gave it, and kept on purpose: a program that knows LMDB's form alone refuses the file. Were there none,
 * it would begin an empty store.
 */
export const DATABASE_FILE_NAME = 'data.mdb';

/** Where LMDB kept how far the database had come. */
const FORMER_POINT_KEY = Buffer.alloc(KEY_LENGTH_BYTES_MAX + 1, 0xff);

/** Bytes and rows that are copied in one transaction. */
const SLICE_LENGTH_BYTES = 8 * 1024 * 1024;
const SLICE_ROW_COUNT = 8192;

/** Called from time to time with the number of rows copied and of all rows; and at the end. */
export type RowMigrationObserver = (progress: { readonly rowCount: number; readonly totalRowCount: number }) => void;

/**
 * Makes sure that the folder has a whole database of the present form.
 * @throws {Error} The file is damaged, cut, missing, or something else; the folder is left as it is. Or the file system
 * says no.
 */
export function prepareDatabaseFile(
  directory: string,
  observeMigration?: RowMigrationObserver,
  fileSystem: BlockingFileSystem = nodeBlockingFileSystem,
): void {
  const path = join(directory, DATABASE_FILE_NAME);
  const draftPath = `${path}.new`;
  // Of a start that was cut off: nothing in it counts.
  fileSystem.remove(draftPath);
  if (!fileSystem.exists(path)) {
    if (!hasNoJournal(directory, fileSystem)) throw refusal(path, 'it is missing, and the journal beside it is not');
    createEmpty(draftPath, fileSystem);
    putInPlace(directory, draftPath, path, fileSystem);
    return;
  }
  const file = fileSystem.openFile(path);
  try {
    if (isLmdbFile(file)) migrate(file, draftPath, fileSystem, observeMigration);
    // What LMDB leaves of a start that lost its power before the first row was there.
    else if (isZeros(file) && isNeverCheckpointed(directory, fileSystem)) createEmpty(draftPath, fileSystem);
    else {
      readHead(file);
      return;
    }
  } catch (error) {
    throw error instanceof Error && 'code' in error ? error : refusal(path, (error as Error).message, error);
  } finally {
    file.close();
  }
  putInPlace(directory, draftPath, path, fileSystem);
  fileSystem.remove(join(directory, 'lock.mdb'));
}

/** @throws {Error} As `prepareDatabaseFile`. */
export function openDatabaseFile(
  directory: string,
  fileSystem: BlockingFileSystem = nodeBlockingFileSystem,
): BlockingFile {
  return fileSystem.openFile(join(directory, DATABASE_FILE_NAME));
}

function createEmpty(path: string, fileSystem: BlockingFileSystem): void {
  const file = fileSystem.createFile(path);
  try {
    TreeWriter.create(file);
  } finally {
    file.close();
  }
}

/** All of it is on the disk before the name is its: cut off anywhere, the next start begins again with the old file. */
function migrate(
  from: BlockingFile,
  draftPath: string,
  fileSystem: BlockingFileSystem,
  observe: RowMigrationObserver | undefined,
): void {
  const totalRowCount = lmdbRowCount(from);
  const file = fileSystem.createFile(draftPath);
  try {
    const writer = TreeWriter.create(file);
    let point: TreePoint = { generation: 0, sequence: 0 };
    let slice: TreeChange[] = [];
    let lengthBytes = 0;
    let rowCount = 0;
    const flush = (): void => {
      writer.apply(slice, point);
      rowCount += slice.length;
      slice = [];
      lengthBytes = 0;
      observe?.({ rowCount, totalRowCount });
    };
    for (const { key, storedValue } of lmdbRows(from)) {
      if (storedValue.length < VERSION_LENGTH_BYTES) throw new LmdbFileDamage('a row has no version');
      const value = storedValue.subarray(VERSION_LENGTH_BYTES);
      if (Buffer.compare(key, FORMER_POINT_KEY) === 0) point = formerPoint(value);
      else slice.push({ key, row: { version: readVersion(storedValue), value } });
      lengthBytes += key.length + storedValue.length;
      if (lengthBytes >= SLICE_LENGTH_BYTES || slice.length >= SLICE_ROW_COUNT) flush();
    }
    flush();
    // LMDB also counted the row that said how far it had come.
    observe?.({ rowCount, totalRowCount: rowCount });
  } catch (error) {
    fileSystem.remove(draftPath);
    throw error;
  } finally {
    file.close();
  }
}

function formerPoint(value: Uint8Array): TreePoint {
  if (value.length !== 16) throw new LmdbFileDamage('the row that says how far it has come is damaged');
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return { generation: view.getFloat64(0, true), sequence: view.getFloat64(8, true) };
}

function isZeros(file: BlockingFile): boolean {
  if (file.lengthBytes > 8192) return false;
  const bytes = new Uint8Array(file.lengthBytes);
  file.read(bytes, 0);
  return Buffer.compare(bytes, new Uint8Array(bytes.length)) === 0;
}

function putInPlace(directory: string, draftPath: string, path: string, fileSystem: BlockingFileSystem): void {
  fileSystem.rename(draftPath, path);
  fileSystem.syncDirectory(directory);
}

function refusal(path: string, what: string, cause?: unknown): Error {
  return new Error(
    `Cannot open database "${path}": ${what}. Nothing was changed; "annals fsck" says what is wrong, "annals fsck --repair" saves what can be proven`,
    cause === undefined ? undefined : { cause },
  );
}
