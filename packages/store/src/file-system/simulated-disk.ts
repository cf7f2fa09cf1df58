/**
 * A disk in memory that behaves as badly as a real one may: writes go to a cache, and what was not synced is lost, kept
 * or torn by sectors in any combination when the power goes; names are lost until their directory is synced; the disk
 * may fill, and reads, writes and syncs may fail. Both forms of the file system contract work on it. A snapshot of it
 * costs little, however much it holds, so that one moment can be looked at after a thousand different losses of power.
 * What a file and a directory are on it is in `simulated-file.ts` and `simulated-directory.ts`, what is on it at one
 * moment in `simulated-nodes.ts`, and the form of the contract that resolves in `resolving-file-system.ts`. Paths are
 * absolute, with `/`.
 */
import type { BlockingFile, BlockingFileSystem, FileStatus, FreeSpace, GrowingFile } from './file-system.js';
import { changeNames, emptyDirectory, type PendingNames, syncDirectory } from './simulated-directory.js';
import { digestOfFile, emptyFile, type FileNode, putBytes, readPages, setLength, syncFile } from './simulated-file.js';
import { type DiskNode, DiskNodes, type DiskSnapshot, nodesAfterPowerLoss, systemError } from './simulated-nodes.js';
import { locate, partsOf } from './simulated-path.js';

/** Faults, to be set at any time; each holds until it is taken back. */
export interface DiskFaults {
  /** Bytes by which files may still grow; then `ENOSPC`. Cutting or removing a file gives its bytes back. */
  spaceLeftBytes: number;
  /** Bytes one write of the form that resolves takes at most; the rest is a short write. */
  writeLengthBytesMax: number;
  /** Error code of every write. */
  writeError: string | undefined;
  /** Error code of every sync of a file or directory whose path begins with `syncErrorBelow`. */
  syncError: string | undefined;
  syncErrorBelow: string;
  /** Error code of every read. */
  readError: string | undefined;
  isReadOnly: boolean;
}

/** A call that changes the disk or makes a change durable, as an observer sees it just before it takes place. */
export interface DiskCall {
  readonly kind: 'write' | 'truncate' | 'sync' | 'names' | 'sync names';
  readonly path: string;
  /** Number and bytes, for the trace. */
  readonly positionBytes?: number;
  readonly lengthBytes?: number;
}

/** What a simulated disk is given. */
export interface SimulatedDiskOptions {
  readonly now?: () => number;
  /** Called before each call that changes something; not of a disk made from a snapshot, unless given there. */
  readonly observe?: (call: DiskCall) => void;
  /** Decides, of a sync that fails, which changes reached the disk all the same. Default: none. */
  readonly random?: () => number;
  /** What the disk says of itself. Default: no. */
  readonly isCopyOnWrite?: boolean;
}

/** An open file of the disk. */
export interface SimulatedFile extends BlockingFile {
  /** Puts on the disk what was changed up to this number. */
  syncUpTo(upTo: number): void;
  /** Writes as many of the bytes as one write takes. @returns How many. */
  writeSome(bytes: Uint8Array, positionBytes: number): number;
}

/** The disk of one machine, switched on. */
export class SimulatedDisk implements BlockingFileSystem {
  readonly faults: DiskFaults = {
    spaceLeftBytes: Number.POSITIVE_INFINITY,
    writeLengthBytesMax: Number.POSITIVE_INFINITY,
    writeError: undefined,
    syncError: undefined,
    syncErrorBelow: '/',
    readError: undefined,
    isReadOnly: false,
  };
  readonly #now: () => number;
  readonly #observe: ((call: DiskCall) => void) | undefined;
  readonly #random: () => number;
  readonly #isCopyOnWrite: boolean;
  readonly #nodes: DiskNodes;
  #changeCount = 0;

  constructor(options: SimulatedDiskOptions = {}, nodes?: readonly DiskNode[]) {
    this.#now = options.now ?? Date.now;
    this.#observe = options.observe;
    this.#random = options.random ?? (() => 1);
    this.#isCopyOnWrite = options.isCopyOnWrite ?? false;
    this.#nodes = new DiskNodes(nodes);
  }

  /** @returns This moment. Later changes do not touch it. */
  snapshot(): DiskSnapshot {
    return this.#nodes.snapshot();
  }

  exists(path: string): boolean {
    return this.#nodes.find(path) !== undefined;
  }

  allocatedBytes(path: string): number {
    return this.#nodes.file(this.#nodes.fileId(path)).lengthBytes;
  }

  freeSpace(path: string): FreeSpace {
    if (!this.exists(path)) throw systemError('ENOENT', path);
    return { freeBytes: Math.max(0, this.faults.spaceLeftBytes), isCopyOnWrite: this.#isCopyOnWrite };
  }

  openFile(path: string): SimulatedFile {
    return this.#handle(this.#nodes.fileId(path), path);
  }

  openFileToGrow(path: string): GrowingFile {
    const file = this.#handle(this.#nodes.fileId(path), path);
    return {
      get lengthBytes() {
        return file.lengthBytes;
      },
      append: (bytes) => file.writeSome(bytes, file.lengthBytes),
      truncate: (lengthBytes) => file.truncate(lengthBytes),
      close: () => file.close(),
    };
  }

  link(from: string, to: string): void {
    if (this.exists(to)) throw systemError('EEXIST', to);
    const { directory, name } = locate(to);
    this.#changeNames(directory, to, [[name, this.#nodes.fileId(from)]]);
  }

  createFile(path: string): SimulatedFile {
    const id = this.#nodes.find(path);
    if (id === undefined) return this.#handle(this.#makeFile(path), path);
    const handle = this.#handle(this.#nodes.fileId(path), path);
    handle.truncate(0);
    return handle;
  }

  rename(from: string, to: string): void {
    const [source, target] = [locate(from), locate(to)];
    if (source.directory !== target.directory) throw systemError('EXDEV', to);
    const id = this.#nodes.fileId(from);
    this.#changeNames(source.directory, from, [
      [source.name, undefined],
      [target.name, id],
    ]);
  }

  remove(path: string): void {
    if (this.exists(path)) this.removeFile(path);
  }

  syncDirectory(path: string): void {
    this.syncNames(path, this.#changeCount);
  }

  /** Removes a file's name. @throws `ENOENT` */
  removeFile(path: string): void {
    const id = this.#nodes.fileId(path);
    const { directory, name } = locate(path);
    this.#changeNames(directory, path, [[name, undefined]]);
    // Looked for only where it counts: it takes a look at every directory.
    if (this.faults.spaceLeftBytes !== Number.POSITIVE_INFINITY && !this.#nodes.isNamed(id))
      this.faults.spaceLeftBytes += this.#nodes.file(id).lengthBytes;
  }

  /** Makes a new, empty file. @throws `EEXIST` */
  createNewFile(path: string): SimulatedFile {
    if (this.exists(path)) throw systemError('EEXIST', path);
    return this.#handle(this.#makeFile(path), path);
  }

  status(path: string): FileStatus | undefined {
    const id = this.#nodes.find(path);
    const node = id === undefined ? undefined : this.#nodes.at(id);
    return node?.kind === 'file' ? { lengthBytes: node.lengthBytes, modifiedAtMs: node.modifiedAtMs } : undefined;
  }

  makeDirectory(path: string): void {
    let directory = '';
    for (const name of partsOf(path)) {
      const child = `${directory}/${name}`;
      const id = this.#nodes.find(child);
      if (id === undefined)
        this.#changeNames(directory, child, [[name, this.#nodes.add(emptyDirectory(this.#nodes.epoch))]]);
      else if (this.#nodes.at(id).kind !== 'directory') throw systemError('ENOTDIR', child);
      directory = child;
    }
  }

  readDirectory(path: string): readonly string[] {
    return [...this.#nodes.directory(path).names.keys()];
  }

  /**
   * @returns A text that is the same for the same files of the same content in the directories of this directory, and
   *   (but for a chance of one in 2^32) only for those.
   */
  contentDigest(path: string): string {
    const parts: string[] = [];
    for (const [outerName, outer] of this.#nodes.directory(path).names) {
      const directory = this.#nodes.at(outer);
      if (directory.kind !== 'directory') continue;
      for (const [name, id] of directory.names) {
        const file = this.#nodes.at(id);
        if (file.kind === 'file') parts.push(`${outerName}${name} ${digestOfFile(file)}`);
      }
    }
    return parts.sort().join('\n');
  }

  /** Number of the newest change: a sync that began now covers no later one. */
  get changeCount(): number {
    return this.#changeCount;
  }

  /** Puts on the disk what changed names in the directory up to this number. */
  syncNames(path: string, upTo: number): void {
    this.#observe?.({ kind: 'sync names', path });
    const id = this.#nodes.directoryId(path);
    const failure = this.#syncErrorOf(path);
    const node = this.#nodes.directoryForChange(id);
    syncDirectory(node, upTo, () => failure === undefined || this.#random() < 0.5);
    this.#nodes.settle(id, failure !== undefined);
    if (failure !== undefined) throw systemError(failure, path);
  }

  #syncErrorOf(path: string): string | undefined {
    return path.startsWith(this.faults.syncErrorBelow) ? this.faults.syncError : undefined;
  }

  #makeFile(path: string): number {
    const { directory, name } = locate(path);
    if (this.faults.spaceLeftBytes <= 0) throw systemError('ENOSPC', path);
    const id = this.#nodes.add(emptyFile(this.#nodes.epoch, this.#now()));
    this.#changeNames(directory, path, [[name, id]]);
    return id;
  }

  #changeNames(directory: string, path: string, names: PendingNames['names']): void {
    if (this.faults.isReadOnly) throw systemError('EROFS', path);
    this.#observe?.({ kind: 'names', path });
    const id = this.#nodes.directoryId(directory);
    const node = this.#nodes.directoryForChange(id);
    changeNames(node, { number: this.#nextNumber(), names });
    this.#nodes.markDirty(id);
  }

  #nextNumber(): number {
    this.#changeCount += 1;
    return this.#changeCount;
  }

  #handle(id: number, path: string): SimulatedFile {
    const fileNow = (): FileNode => this.#nodes.file(id);
    return {
      get lengthBytes() {
        return fileNow().lengthBytes;
      },
      read: (target, positionBytes) => {
        if (this.faults.readError !== undefined) throw systemError(this.faults.readError, path);
        return readPages(fileNow(), target, positionBytes);
      },
      write: (bytes, positionBytes) => {
        this.#write(id, path, bytes, positionBytes);
      },
      writeSome: (bytes, positionBytes) => {
        const lengthBytes = Math.min(
          bytes.length,
          this.faults.writeLengthBytesMax,
          this.#roomFor(id, bytes.length, positionBytes),
        );
        if (lengthBytes <= 0 && bytes.length > 0) throw systemError('ENOSPC', path);
        this.#write(id, path, bytes.subarray(0, lengthBytes), positionBytes);
        return lengthBytes;
      },
      truncate: (lengthBytes) => this.#truncate(id, path, lengthBytes),
      sync: () => this.#sync(id, path, this.#changeCount),
      syncUpTo: (upTo) => this.#sync(id, path, upTo),
      close: () => {},
    };
  }

  /** Of the bytes from this position on, how many there is room for. */
  #roomFor(id: number, lengthBytes: number, positionBytes: number): number {
    const own = Math.max(0, this.#nodes.file(id).lengthBytes - positionBytes);
    return Math.min(lengthBytes, own + Math.max(0, this.faults.spaceLeftBytes));
  }

  #write(id: number, path: string, bytes: Uint8Array, positionBytes: number): void {
    if (this.faults.isReadOnly) throw systemError('EROFS', path);
    this.#observe?.({ kind: 'write', path, positionBytes, lengthBytes: bytes.length });
    const room = this.#roomFor(id, bytes.length, positionBytes);
    // What a write that fails has done is unknown: a part of it.
    const isFailing = this.faults.writeError !== undefined;
    const taken = isFailing ? bytes.subarray(0, Math.floor(this.#random() * room)) : bytes.subarray(0, room);
    this.#put(id, taken, positionBytes);
    if (isFailing) throw systemError(this.faults.writeError as string, path);
    if (room < bytes.length) throw systemError('ENOSPC', path);
  }

  #put(id: number, bytes: Uint8Array, positionBytes: number): void {
    if (bytes.length === 0) return;
    const file = this.#nodes.fileForChange(id);
    this.#nodes.markDirty(id);
    file.modifiedAtMs = this.#now();
    this.faults.spaceLeftBytes -= Math.max(0, positionBytes + bytes.length - file.lengthBytes);
    putBytes(file, bytes, positionBytes, () => this.#nextNumber());
  }

  #truncate(id: number, path: string, lengthBytes: number): void {
    if (this.faults.isReadOnly) throw systemError('EROFS', path);
    this.#observe?.({ kind: 'truncate', path, lengthBytes });
    const file = this.#nodes.fileForChange(id);
    if (lengthBytes === file.lengthBytes) return;
    this.faults.spaceLeftBytes += Math.max(0, file.lengthBytes - lengthBytes);
    setLength(file, lengthBytes, this.#nextNumber());
    this.#nodes.markDirty(id);
  }

  #sync(id: number, path: string, upTo: number): void {
    this.#observe?.({ kind: 'sync', path });
    const failure = this.#syncErrorOf(path);
    const file = this.#nodes.fileForChange(id);
    // After a sync that failed the kernel calls clean what may not be on the disk: in the cache it stays.
    syncFile(file, upTo, () => failure === undefined || this.#random() < 0.5);
    this.#nodes.settle(id, failure !== undefined);
    if (failure !== undefined) throw systemError(failure, path);
  }
}

/**
 * Power goes and comes back.
 * @param survives Of a change that was not synced, by its number: whether it is on the disk.
 * @returns The disk as it is then, all of it durable.
 */
export function diskAfterPowerLoss(
  snapshot: DiskSnapshot,
  survives: (number: number) => boolean,
  options: SimulatedDiskOptions = {},
): SimulatedDisk {
  return new SimulatedDisk(options, nodesAfterPowerLoss(snapshot, survives));
}
