/**
 * Looks at a folder before LMDB does: the binding crashes the process when it fails to open, so nothing may reach it that could fail.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  openSync,
  readSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** The two meta pages a new file begins with. */
const META_LENGTH_BYTES = 8192;
const MAGIC_OFFSET = 24;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;

/** More than LMDB's table of readers takes: it is written through memory, where a full disk would be a SIGBUS. */
const LOCK_LENGTH_BYTES = 16 * 1024;

/**
 * Makes sure that LMDB can open, or make, its files in the folder. Safe beside other processes doing the same.
 * @throws {Error} With the `code` of the file system, or without one when `data.mdb` is not what LMDB writes.
 */
export function prepareFolder(directory: string): void {
  const path = join(directory, 'data.mdb');
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o640);
  try {
    const { size } = fstatSync(file);
    const meta = Buffer.alloc(META_LENGTH_BYTES);
    const readLength = readSync(file, meta, 0, META_LENGTH_BYTES, 0);
    // Cut off by a loss of power before the first transaction was synced: LMDB begins anew. In another file, since a starter beside this
    // one may have begun already, and must not have its file cut off below its memory.
    if (size > 0 && size <= META_LENGTH_BYTES && meta.every((byte) => byte === 0)) unlinkIfThere(path);
    else if (size > 0) assertMeta(meta.subarray(0, readLength), directory);
  } finally {
    closeSync(file);
  }
  makeLockFile(directory);
}

function assertMeta(meta: Buffer, directory: string): void {
  const isLmdb =
    meta.length === META_LENGTH_BYTES &&
    meta.readUInt32LE(MAGIC_OFFSET) === MAGIC &&
    meta.readUInt32LE(MAGIC_OFFSET + 4) === DATA_VERSION;
  if (!isLmdb)
    throw new Error(`Cannot open "${join(directory, 'data.mdb')}": it is no LMDB file of version ${DATA_VERSION}`);
}

/** Complete at its first appearance, so that a starter beside this one never sees half of it. */
function makeLockFile(directory: string): void {
  const path = join(directory, 'lock.mdb');
  try {
    closeSync(openSync(path, 'r+'));
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const draft = `${path}-${process.pid}`;
  try {
    writeFileSync(draft, new Uint8Array(LOCK_LENGTH_BYTES + META_LENGTH_BYTES));
    // The draft also proves that there is room for the two meta pages.
    const file = openSync(draft, 'r+');
    ftruncateSync(file, LOCK_LENGTH_BYTES);
    closeSync(file);
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkIfThere(draft);
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
