/**
 * A file system in memory that behaves as badly as a real one may, for tests: `crash()` loses every byte and every name
 * that was not synced, writes may be short, the disk may fill, syncs may fail. Paths are absolute, with `/`.
 */
import { asDurableFile } from './durable-file.js';
import type { FileStatus, FileSystem, OpenFile } from './file-system.js';

interface SimulatedFile {
  bytes: Uint8Array;
  /** What a crash leaves for certain. */
  syncedBytes: Uint8Array;
  modifiedAtMs: number;
}

interface SimulatedDirectory {
  readonly entries: Map<string, SimulatedFile | SimulatedDirectory>;
  readonly syncedEntries: Map<string, SimulatedFile | SimulatedDirectory>;
}

/** Chance and time, injected so that a crash repeats by its seed. */
export interface SimulatedFileSystemOptions {
  /** Between 0 and 1, as `Math.random`: decides how much of what was not synced survives a crash. */
  readonly random?: () => number;
  readonly now?: () => number;
}

/** Faults, to be set at any time; each holds until it is taken back. */
export interface SimulatedFaults {
  /** Bytes that still fit; then `ENOSPC`. */
  spaceLeftBytes: number;
  /** Bytes one write takes at most; the rest is a short write. */
  writeLengthBytesMax: number;
  /** Error code of every sync of a file. */
  syncDataError: string | undefined;
  /** Error code of every sync of a directory. */
  syncDirectoryError: string | undefined;
  /** Error code of every write. */
  writeError: string | undefined;
  /** Error code of every read of a file. */
  readError: string | undefined;
  isReadOnly: boolean;
}

/** The simulated disk of one machine: set `faults` at any time, `crash()` to cut its power. */
export class SimulatedFileSystem implements FileSystem {
  readonly faults: SimulatedFaults = {
    spaceLeftBytes: Number.POSITIVE_INFINITY,
    writeLengthBytesMax: Number.POSITIVE_INFINITY,
    syncDataError: undefined,
    syncDirectoryError: undefined,
    writeError: undefined,
    readError: undefined,
    isReadOnly: false,
  };
  readonly #random: () => number;
  readonly #now: () => number;
  readonly #root: SimulatedDirectory = { entries: new Map(), syncedEntries: new Map() };
  /** Handles of an earlier life are dead. */
  #bootCount = 0;
  #openCount = 0;
  #syncDirectoryCount = 0;

  constructor(options: SimulatedFileSystemOptions = {}) {
    this.#random = options.random ?? Math.random;
    this.#now = options.now ?? Date.now;
  }

  /** Files open now: 0 when nothing leaks. */
  get openCount(): number {
    return this.#openCount;
  }

  get syncDirectoryCount(): number {
    return this.#syncDirectoryCount;
  }

  /** Loss of power. Of what was not synced, each file keeps a random part. Open files become unusable. */
  crash(): void {
    this.#bootCount += 1;
    this.#openCount = 0;
    this.#restore(this.#root);
  }

  /** Flips bits of a stored byte. @param positionBytes Negative: from the end. */
  corrupt(path: string, positionBytes: number): void {
    const file = this.#file(path);
    const index = positionBytes < 0 ? file.bytes.length + positionBytes : positionBytes;
    file.bytes[index] = (file.bytes[index] as number) ^ 0x55;
  }

  async createFile(path: string): Promise<OpenFile> {
    const { directory, name } = this.#locate(path);
    if (this.faults.isReadOnly) throw systemError('EROFS', path);
    if (this.faults.spaceLeftBytes <= 0) throw systemError('ENOSPC', path);
    if (directory.entries.has(name)) throw systemError('EEXIST', path);
    const file: SimulatedFile = {
      bytes: new Uint8Array(),
      syncedBytes: new Uint8Array(),
      modifiedAtMs: this.#now(),
    };
    directory.entries.set(name, file);
    return this.#handle(file, path);
  }

  async createDurableFile(path: string): Promise<OpenFile> {
    return asDurableFile(await this.createFile(path));
  }

  async openFile(path: string): Promise<OpenFile> {
    return this.#handle(this.#file(path), path);
  }

  async openFileForUpdate(path: string): Promise<OpenFile> {
    if (this.faults.isReadOnly) throw systemError('EROFS', path);
    return this.openFile(path);
  }

  async status(path: string): Promise<FileStatus | undefined> {
    const { directory, name } = this.#locate(path);
    const file = directory.entries.get(name);
    return file === undefined || isDirectory(file) ? undefined : statusOf(file);
  }

  async removeFile(path: string): Promise<void> {
    if (this.faults.isReadOnly) throw systemError('EROFS', path);
    this.#file(path);
    const { directory, name } = this.#locate(path);
    directory.entries.delete(name);
  }

  async makeDirectory(path: string): Promise<void> {
    let directory = this.#root;
    for (const name of partsOf(path)) {
      let next = directory.entries.get(name);
      if (next === undefined) {
        if (this.faults.isReadOnly) throw systemError('EROFS', path);
        next = { entries: new Map(), syncedEntries: new Map() };
        directory.entries.set(name, next);
      }
      if (!isDirectory(next)) throw systemError('ENOTDIR', path);
      directory = next;
    }
  }

  async readDirectory(path: string): Promise<readonly string[]> {
    return [...this.#directory(path).entries.keys()];
  }

  async syncDirectory(path: string): Promise<void> {
    this.#syncDirectoryCount += 1;
    if (this.faults.syncDirectoryError !== undefined) throw systemError(this.faults.syncDirectoryError, path);
    const directory = this.#directory(path);
    directory.syncedEntries.clear();
    for (const [name, entry] of directory.entries) directory.syncedEntries.set(name, entry);
  }

  #handle(file: SimulatedFile, path: string): OpenFile {
    const bootCount = this.#bootCount;
    let isOpen = true;
    this.#openCount += 1;
    const assertOpen = () => {
      if (!isOpen || bootCount !== this.#bootCount) throw systemError('EBADF', path);
    };
    return {
      writeVector: async (chunks, positionBytes) => {
        assertOpen();
        return this.#write(file, path, Buffer.concat(chunks), positionBytes);
      },
      read: async (target, positionBytes) => {
        assertOpen();
        if (this.faults.readError !== undefined) throw systemError(this.faults.readError, path);
        const part = file.bytes.subarray(positionBytes, positionBytes + target.length);
        target.set(part);
        return part.length;
      },
      status: async () => {
        assertOpen();
        return statusOf(file);
      },
      syncData: async () => {
        assertOpen();
        if (this.faults.syncDataError !== undefined) throw systemError(this.faults.syncDataError, path);
        file.syncedBytes = file.bytes.slice();
      },
      close: async () => {
        assertOpen();
        isOpen = false;
        this.#openCount -= 1;
      },
    };
  }

  #write(file: SimulatedFile, path: string, bytes: Uint8Array, positionBytes: number): number {
    const { faults } = this;
    if (faults.writeError !== undefined) throw systemError(faults.writeError, path);
    if (faults.isReadOnly) throw systemError('EROFS', path);
    const length = Math.min(bytes.length, faults.writeLengthBytesMax, faults.spaceLeftBytes);
    if (length <= 0 && bytes.length > 0) throw systemError('ENOSPC', path);
    faults.spaceLeftBytes -= length;
    const grown = new Uint8Array(Math.max(file.bytes.length, positionBytes + length));
    grown.set(file.bytes);
    grown.set(bytes.subarray(0, length), positionBytes);
    file.bytes = grown;
    file.modifiedAtMs = this.#now();
    return length;
  }

  #restore(directory: SimulatedDirectory): void {
    directory.entries.clear();
    for (const [name, entry] of directory.syncedEntries) {
      directory.entries.set(name, entry);
      if (isDirectory(entry)) this.#restore(entry);
      else {
        const unsyncedLength = Math.max(0, entry.bytes.length - entry.syncedBytes.length);
        const keptLength = entry.syncedBytes.length + Math.floor(unsyncedLength * this.#random());
        // The length may have reached the disk before the bytes did: the rest reads as zeros.
        const restored = new Uint8Array(keptLength);
        restored.set(entry.syncedBytes);
        entry.bytes = restored;
        entry.syncedBytes = restored.slice();
      }
    }
  }

  #file(path: string): SimulatedFile {
    const { directory, name } = this.#locate(path);
    const file = directory.entries.get(name);
    if (file === undefined || isDirectory(file)) throw systemError('ENOENT', path);
    return file;
  }

  #locate(path: string): { readonly directory: SimulatedDirectory; readonly name: string } {
    const parts = partsOf(path);
    const name = parts.at(-1) ?? '';
    return { directory: this.#directory(parts.slice(0, -1).join('/')), name };
  }

  #directory(path: string): SimulatedDirectory {
    let directory = this.#root;
    for (const name of partsOf(path)) {
      const next = directory.entries.get(name);
      if (next === undefined || !isDirectory(next)) throw systemError('ENOENT', path);
      directory = next;
    }
    return directory;
  }
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function isDirectory(entry: SimulatedFile | SimulatedDirectory): entry is SimulatedDirectory {
  return 'entries' in entry;
}

function statusOf(file: SimulatedFile): FileStatus {
  return { lengthBytes: file.bytes.length, modifiedAtMs: file.modifiedAtMs };
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, "${path}"`), { code });
}
