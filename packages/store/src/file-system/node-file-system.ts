/**
 * The file system of the machine, through Node. Callback functions on plain descriptors: measurably cheaper than
 * `FileHandle`.
 */
import {
  close,
  constants,
  fdatasync,
  fstat,
  fsync,
  mkdir,
  open,
  read,
  readdir,
  type Stats,
  stat,
  unlink,
  writev,
} from 'node:fs';
import { asDurableFile } from './durable-file.js';
import type { FileStatus, FileSystem, OpenFile } from './file-system.js';

type Callback<Result> = (error: NodeJS.ErrnoException | null, result: Result) => void;

/** Turns one callback into a promise. */
function call<Result>(start: (callback: Callback<Result>) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error) reject(error);
      else resolve(result);
    });
  });
}

class NodeOpenFile implements OpenFile {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  writeVector(chunks: readonly Uint8Array[], positionBytes: number): Promise<number> {
    return call<number>((callback) => writev(this.#descriptor, chunks as Uint8Array[], positionBytes, callback));
  }

  read(target: Uint8Array, positionBytes: number): Promise<number> {
    return call<number>((callback) => read(this.#descriptor, target, 0, target.length, positionBytes, callback));
  }

  async status(): Promise<FileStatus> {
    return toStatus(await call<Stats>((callback) => fstat(this.#descriptor, callback)));
  }

  syncData(): Promise<void> {
    return call<void>((callback) => fdatasync(this.#descriptor, (error) => callback(error)));
  }

  close(): Promise<void> {
    return call<void>((callback) => close(this.#descriptor, (error) => callback(error ?? null)));
  }
}

class NodeFileSystem implements FileSystem {
  async createFile(path: string): Promise<OpenFile> {
    return this.#open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY);
  }

  async createDurableFile(path: string): Promise<OpenFile> {
    // Elsewhere the flag is unknown, or promises less than a sync.
    if (process.platform !== 'linux') return asDurableFile(await this.createFile(path));
    return this.#open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | constants.O_DSYNC);
  }

  async openFile(path: string): Promise<OpenFile> {
    return this.#open(path, constants.O_RDONLY);
  }

  async openFileForUpdate(path: string): Promise<OpenFile> {
    return this.#open(path, constants.O_RDWR);
  }

  async status(path: string): Promise<FileStatus | undefined> {
    try {
      return toStatus(await call<Stats>((callback) => stat(path, callback)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  removeFile(path: string): Promise<void> {
    return call<void>((callback) => unlink(path, (error) => callback(error)));
  }

  async makeDirectory(path: string): Promise<void> {
    try {
      await call<void>((callback) => mkdir(path, (error) => callback(error)));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return;
      // Only now with its parents: the recursive form reports a full disk as `ENOENT`.
      if (code !== 'ENOENT') throw error;
      await call<string | undefined>((callback) => mkdir(path, { recursive: true }, callback));
    }
  }

  readDirectory(path: string): Promise<readonly string[]> {
    return call<readonly string[]>((callback) => readdir(path, callback));
  }

  async syncDirectory(path: string): Promise<void> {
    const descriptor = await call<number>((callback) => open(path, constants.O_RDONLY, callback));
    try {
      await call<void>((callback) => fsync(descriptor, (error) => callback(error)));
    } finally {
      await call<void>((callback) => close(descriptor, (error) => callback(error ?? null)));
    }
  }

  async #open(path: string, flags: number): Promise<OpenFile> {
    return new NodeOpenFile(await call<number>((callback) => open(path, flags, 0o640, callback)));
  }
}

function toStatus(stats: Stats): FileStatus {
  return { lengthBytes: stats.size, modifiedAtMs: stats.mtimeMs };
}

/** The file system of this machine. */
export const nodeFileSystem: FileSystem = new NodeFileSystem();
