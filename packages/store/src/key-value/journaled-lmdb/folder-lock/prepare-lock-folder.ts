/**
 * Looks at the folder of the lock before LMDB does: the binding ends the process when it opens a damaged file. The
 * environment in it never holds a row, so its file always has the same bytes, and what has others is mended, also under
 * the eyes of a process that has it open.
 */
import { join } from 'node:path';
import type { BlockingFile, BlockingFileSystem } from '../../../file-system/file-system.js';
import { nodeBlockingFileSystem } from '../../../file-system/node-blocking-file-system.js';

const PAGE_LENGTH_BYTES = 4096;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META_FLAG = 0x08;
const MAP_LENGTH_BYTES = 128 * 1024;

/** More than LMDB's table of readers takes: it is written through memory, where a full disk would be a SIGBUS. */
const LOCK_LENGTH_BYTES = 16 * 1024;

/**
 * Makes sure that LMDB can open, or make, its files in the folder. Safe beside other processes doing the same. Its lock
 * file needs no care except for its length: the first process fills it again and ignores what is in it.
 * @throws {Error} With the `code` of the file system.
 */
export function prepareLockFolder(directory: string, fileSystem: BlockingFileSystem = nodeBlockingFileSystem): void {
  const file = openOrCreate(join(directory, 'data.mdb'), fileSystem);
  try {
    const expected = emptyEnvironment();
    const found = Buffer.alloc(expected.length);
    const length = file.read(found, 0);
    if (length < expected.length || !found.equals(expected)) file.write(expected, 0);
  } finally {
    file.close();
  }
  makeLockFile(join(directory, 'lock.mdb'), fileSystem);
}

function openOrCreate(path: string, fileSystem: BlockingFileSystem): BlockingFile {
  if (fileSystem.exists(path)) return fileSystem.openFile(path);
  try {
    return fileSystem.createNewFile(path);
  } catch (error) {
    // Another process was quicker.
    if (codeOf(error) !== 'EEXIST') throw error;
    return fileSystem.openFile(path);
  }
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

/**
 * Complete at its first appearance, so that a starter beside this one never sees half of it, and on the disk before it
 * has its name.
 */
function makeLockFile(path: string, fileSystem: BlockingFileSystem): void {
  if (fileSystem.exists(path)) {
    lengthen(path, fileSystem);
    return;
  }
  const draft = `${path}-${process.pid}`;
  try {
    const file = fileSystem.createFile(draft);
    try {
      file.write(new Uint8Array(LOCK_LENGTH_BYTES), 0);
      file.sync();
    } finally {
      file.close();
    }
    fileSystem.link(draft, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    fileSystem.remove(draft);
  }
}

/**
 * One that a loss of power cut, as a program may leave it that gave it its name too early. What others have of it in
 * their memory stays.
 */
function lengthen(path: string, fileSystem: BlockingFileSystem): void {
  const file = fileSystem.openFileToGrow(path);
  try {
    for (let missing = LOCK_LENGTH_BYTES - file.lengthBytes; missing > 0; ) {
      missing -= file.append(new Uint8Array(missing));
    }
  } finally {
    file.close();
  }
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}
