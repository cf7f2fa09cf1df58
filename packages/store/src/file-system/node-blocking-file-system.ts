/** The blocking form of the file system of the machine, through Node. */
import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import type { BlockingFile, BlockingFileSystem } from './file-system.js';

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

class NodeBlockingFileSystem implements BlockingFileSystem {
  exists(path: string): boolean {
    return existsSync(path);
  }

  openFile(path: string): BlockingFile {
    return new NodeBlockingFile(openSync(path, constants.O_RDWR));
  }

  createFile(path: string): BlockingFile {
    return new NodeBlockingFile(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o640));
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
