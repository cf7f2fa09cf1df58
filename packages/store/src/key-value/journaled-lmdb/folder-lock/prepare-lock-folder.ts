/**
 * Looks at the folder of the lock before LMDB does: the binding ends the process when it opens a damaged file. The environment in it never
 * holds a row, so its file always has the same bytes, and what has others is mended, also under the eyes of who has it open.
 */
import { closeSync, constants, linkSync, openSync, readSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const PAGE_LENGTH_BYTES = 4096;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META_FLAG = 0x08;
const MAP_LENGTH_BYTES = 128 * 1024;

/** More than LMDB's table of readers takes: it is written through memory, where a full disk would be a SIGBUS. */
const LOCK_LENGTH_BYTES = 16 * 1024;

/**
 * Makes sure that LMDB can open, or make, its files in the folder. Safe beside other processes doing the same. Its lock file needs no
 * care but for its length: who comes first fills it anew, whatever is in it.
 * @throws {Error} With the `code` of the file system.
 */
export function prepareLockFolder(directory: string): void {
  const file = openSync(join(directory, 'data.mdb'), constants.O_RDWR | constants.O_CREAT, 0o640);
  try {
    const expected = emptyEnvironment();
    const found = Buffer.alloc(expected.length);
    const length = readSync(file, found, 0, found.length, 0);
    if (length < expected.length || !found.equals(expected)) writeSync(file, expected, 0, expected.length, 0);
  } finally {
    closeSync(file);
  }
  makeLockFile(directory);
}

/** The two meta pages as LMDB makes them. */
function emptyEnvironment(): Buffer {
  const pages = Buffer.alloc(2 * PAGE_LENGTH_BYTES);
  for (const [pageNumber, start] of [0, PAGE_LENGTH_BYTES].entries()) {
    const page = pages.subarray(start, start + PAGE_LENGTH_BYTES);
    page.writeUInt32LE(pageNumber, 0);
    page.writeUInt16LE(META_FLAG, 18);
    page.writeUInt32LE(MAGIC, 24);
    page.writeUInt32LE(DATA_VERSION, 28);
    page.writeUInt32LE(MAP_LENGTH_BYTES, 40);
    page.writeUInt32LE(PAGE_LENGTH_BYTES, 48);
    page.writeUInt16LE(META_FLAG, 52);
    // Neither tree has a root.
    page.fill(0xff, 88, 96);
    page.fill(0xff, 136, 144);
    page.writeUInt32LE(1, 144);
  }
  return pages;
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
    writeFileSync(draft, new Uint8Array(LOCK_LENGTH_BYTES));
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
