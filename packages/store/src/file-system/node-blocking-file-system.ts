/** The blocking form of the file system of the machine, through Node. */
import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import type { BlockingFile, BlockingFileSystem, FreeSpace, GrowingFile } from './file-system.js';

/** Types of file systems, as Linux numbers them, that write nothing in place. */
const COPY_ON_WRITE_TYPES: ReadonlySet<number> = new Set([0x9123683e, 0x2fc12fc1, 0xca451a4e]);

class NodeBlockingFile implements BlockingFile {
  readonly #file: number;

  constructor(file: number) {
    this.#file = file;
  }

  get lengthBytes(): number {
    return fstatSync(this.#file).size;
  }

  read(target: Uint8Array, positionBytes: number): number {
    let length = 0;
    while (length < target.length) {
      const count = readSync(this.#file, target, length, target.length - length, positionBytes + length);
      if (count === 0) break;
      length += count;
    }
    return length;
  }

  write(bytes: Uint8Array, positionBytes: number): void {
    let length = 0;
    while (length < bytes.length) {
      length += writeSync(this.#file, bytes, length, bytes.length - length, positionBytes + length);
    }
  }

  truncate(lengthBytes: number): void {
    ftruncateSync(this.#file, lengthBytes);
  }

  sync(): void {
    fdatasyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}

class NodeGrowingFile implements GrowingFile {
  /** Opened to append: it overwrites nothing when another writer made the file longer meanwhile. */
  readonly #file: number;

  constructor(file: number) {
    this.#file = file;
  }

  get lengthBytes(): number {
    return fstatSync(this.#file).size;
  }

  append(bytes: Uint8Array): number {
    return writeSync(this.#file, bytes, 0, bytes.length);
  }

  truncate(lengthBytes: number): void {
    ftruncateSync(this.#file, lengthBytes);
  }

  close(): void {
    closeSync(this.#file);
  }
}

class NodeBlockingFileSystem implements BlockingFileSystem {
  exists(path: string): boolean {
    return existsSync(path);
  }

  allocatedBytes(path: string): number {
    return statSync(path).blocks * 512;
  }

  freeSpace(path: string): FreeSpace {
    const { bavail, bsize, type } = statfsSync(path);
    return { freeBytes: bavail * bsize, isCopyOnWrite: COPY_ON_WRITE_TYPES.has(type) };
  }

  openFile(path: string): BlockingFile {
    return new NodeBlockingFile(openSync(path, constants.O_RDWR));
  }

  createFile(path: string): BlockingFile {
    return new NodeBlockingFile(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o640));
  }

  createNewFile(path: string): BlockingFile {
    return new NodeBlockingFile(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o640));
  }

  openFileToGrow(path: string): GrowingFile {
    return new NodeGrowingFile(openSync(path, constants.O_WRONLY | constants.O_APPEND));
  }

  makeDirectory(path: string): void {
    try {
      mkdirSync(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return;
      // Only now with its parents: the recursive form reports a full disk as `ENOENT`.
      if (code !== 'ENOENT') throw error;
      mkdirSync(path, { recursive: true });
    }
  }

  link(from: string, to: string): void {
    linkSync(from, to);
  }

  rename(from: string, to: string): void {
    renameSync(from, to);
  }

  remove(path: string): void {
    rmSync(path, { force: true });
  }

  syncDirectory(path: string): void {
    const directory = openSync(path, constants.O_RDONLY);
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }
}

/** The file system of this machine, without promises, for threads that may block. */
export const nodeBlockingFileSystem: BlockingFileSystem = new NodeBlockingFileSystem();
