/**
 * A disk in memory that behaves as badly as a real one may: writes go to a cache, and what was not synced is lost, kept
 * or torn by sectors in any combination when the power goes; names are lost until their directory is synced; the disk
 * may fill, and reads, writes and syncs may fail. Both forms of the file system contract work on it. A snapshot of it
 * costs little, however much it holds, so that one moment can be looked at after a thousand different losses of power.
 * Paths are absolute, with `/`.
 */

import { crc32 } from '@annals/checksum/node';
import { LRUCache } from 'lru-cache';
import type {
  BlockingFile,
  BlockingFileSystem,
  FileStatus,
  FileSystem,
  FreeSpace,
  GrowingFile,
  OpenFile,
} from './file-system.js';

/** What a disk writes whole or not at all. */
const SECTOR_LENGTH_BYTES = 512;

/** Unit of sharing between snapshots; has nothing to do with what survives. */
const PAGE_LENGTH_BYTES = 4096;

const ZERO_PAGE = new Uint8Array(PAGE_LENGTH_BYTES);
const ROOT = 0;

let epochCount = 0;

/** Of no other disk either: disks made from one snapshot share its nodes. */
function nextEpoch(): number {
  epochCount += 1;
  return epochCount;
}

/** A change that is in the cache and not on the disk yet. Numbers grow in the order in which changes were made. */
interface PendingSector {
  readonly number: number;
  readonly sector: number;
  readonly bytes: Uint8Array;
}

interface PendingLength {
  readonly number: number;
  readonly lengthBytes: number;
}

interface PendingNames {
  readonly number: number;
  /** `undefined`: the name is gone. Two names when a file was renamed: both change or none. */
  readonly names: readonly (readonly [name: string, node: number | undefined])[];
}

interface FileNode {
  readonly kind: 'file';
  readonly epoch: number;
  /** Each is never changed once made; `undefined`: zeros. */
  pages: (Uint8Array | undefined)[];
  lengthBytes: number;
  modifiedAtMs: number;
  syncedPages: (Uint8Array | undefined)[];
  syncedLengthBytes: number;
  pendingSectors: PendingSector[];
  pendingLengths: PendingLength[];
}

interface DirectoryNode {
  readonly kind: 'directory';
  readonly epoch: number;
  readonly names: Map<string, number>;
  readonly syncedNames: Map<string, number>;
  pendingNames: PendingNames[];
}

type Node = FileNode | DirectoryNode;

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

/** One moment of a disk, cache and all. */
export interface DiskSnapshot {
  readonly nodes: readonly Node[];
  /** Nodes with changes that are not on the disk. */
  readonly dirty: readonly number[];
  /** Numbers of these changes, in order. */
  readonly pending: readonly number[];
}

/** What a simulated disk is given. */
export interface SimulatedDiskOptions {
  readonly now?: () => number;
  /** Told before each call that changes something; not of a disk made from a snapshot, unless given there. */
  readonly observe?: (call: DiskCall) => void;
  /** Decides, of a sync that fails, which changes reached the disk all the same. Default: none. */
  readonly random?: () => number;
  /** What the disk says of itself. Default: no. */
  readonly isCopyOnWrite?: boolean;
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
  #nodes: Node[];
  readonly #dirty: Set<number>;
  /** Nodes of a sync that failed: the cache shows what the disk may never have, and nothing is pending any more. */
  readonly #diverged = new Set<number>();
  /** Nodes of an earlier epoch belong to snapshots too, and are copied before they change. */
  #epoch = nextEpoch();
  #changeCount = 0;

  constructor(options: SimulatedDiskOptions = {}, nodes: readonly Node[] = [emptyDirectory(0)]) {
    this.#now = options.now ?? Date.now;
    this.#observe = options.observe;
    this.#random = options.random ?? (() => 1);
    this.#isCopyOnWrite = options.isCopyOnWrite ?? false;
    this.#nodes = [...nodes];
    this.#dirty = new Set();
  }

  /** @returns This moment. Later changes do not touch it. */
  snapshot(): DiskSnapshot {
    this.#epoch = nextEpoch();
    const dirty = [...this.#dirty];
    const pending: number[] = [];
    for (const id of dirty) {
      const node = this.#nodes[id] as Node;
      if (node.kind === 'directory') for (const { number } of node.pendingNames) pending.push(number);
      else {
        for (const { number } of node.pendingSectors) pending.push(number);
        for (const { number } of node.pendingLengths) pending.push(number);
      }
    }
    return { nodes: [...this.#nodes], dirty, pending: pending.sort((one, other) => one - other) };
  }

  exists(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  allocatedBytes(path: string): number {
    return (this.#nodes[this.#fileId(path)] as FileNode).lengthBytes;
  }

  freeSpace(path: string): FreeSpace {
    if (!this.exists(path)) throw systemError('ENOENT', path);
    return { freeBytes: Math.max(0, this.faults.spaceLeftBytes), isCopyOnWrite: this.#isCopyOnWrite };
  }

  openFile(path: string): BlockingFile {
    return this.#handle(this.#fileId(path), path);
  }

  openFileToGrow(path: string): GrowingFile {
    const file = this.#handle(this.#fileId(path), path);
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
    this.#changeNames(directory, to, [[name, this.#fileId(from)]]);
  }

  createFile(path: string): BlockingFile {
    const id = this.#find(path);
    if (id === undefined) return this.#handle(this.#makeFile(path), path);
    const handle = this.#handle(this.#fileId(path), path);
    handle.truncate(0);
    return handle;
  }

  rename(from: string, to: string): void {
    const [source, target] = [locate(from), locate(to)];
    if (source.directory !== target.directory) throw systemError('EXDEV', to);
    const id = this.#fileId(from);
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
    const id = this.#fileId(path);
    const { directory, name } = locate(path);
    this.#changeNames(directory, path, [[name, undefined]]);
    // Looked for only where it counts: it takes a look at every directory.
    if (this.faults.spaceLeftBytes !== Number.POSITIVE_INFINITY && !this.#isNamed(id))
      this.faults.spaceLeftBytes += (this.#nodes[id] as FileNode).lengthBytes;
  }

  /** Makes a new, empty file. @throws `EEXIST` */
  createNewFile(path: string): BlockingFile {
    if (this.exists(path)) throw systemError('EEXIST', path);
    return this.#handle(this.#makeFile(path), path);
  }

  status(path: string): FileStatus | undefined {
    const id = this.#find(path);
    const node = id === undefined ? undefined : (this.#nodes[id] as Node);
    return node?.kind === 'file' ? { lengthBytes: node.lengthBytes, modifiedAtMs: node.modifiedAtMs } : undefined;
  }

  makeDirectory(path: string): void {
    let directory = '';
    for (const name of partsOf(path)) {
      const child = `${directory}/${name}`;
      const id = this.#find(child);
      if (id === undefined) this.#changeNames(directory, child, [[name, this.#add(emptyDirectory(this.#epoch))]]);
      else if (this.#nodes[id]?.kind !== 'directory') throw systemError('ENOTDIR', child);
      directory = child;
    }
  }

  readDirectory(path: string): readonly string[] {
    return [...this.#directoryOf(path).names.keys()];
  }

  /**
   * @returns A text that is the same for the same files of the same content in the directories of this directory, and
   *   (but for a chance of one in 2^32) only for those.
   */
  contentDigest(path: string): string {
    const parts: string[] = [];
    for (const [outerName, outer] of this.#directoryOf(path).names) {
      const directory = this.#nodes[outer] as Node;
      if (directory.kind !== 'directory') continue;
      for (const [name, id] of directory.names) {
        const file = this.#nodes[id] as Node;
        if (file.kind === 'file')
          parts.push(`${outerName}${name} ${file.lengthBytes} ${file.pages.map(pageDigest).join()}`);
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
    const id = this.#directoryId(path);
    const failure = this.#syncErrorOf(path);
    const node = this.#directoryForChange(id);
    const left: PendingNames[] = [];
    for (const change of node.pendingNames) {
      if (change.number > upTo) left.push(change);
      else if (failure === undefined || this.#random() < 0.5) setNames(node.syncedNames, change);
    }
    node.pendingNames = left;
    if (failure !== undefined) this.#diverged.add(id);
    if (left.length === 0 && !this.#diverged.has(id)) this.#dirty.delete(id);
    if (failure !== undefined) throw systemError(failure, path);
  }

  #syncErrorOf(path: string): string | undefined {
    return path.startsWith(this.faults.syncErrorBelow) ? this.faults.syncError : undefined;
  }

  #makeFile(path: string): number {
    const { directory, name } = locate(path);
    if (this.faults.spaceLeftBytes <= 0) throw systemError('ENOSPC', path);
    const id = this.#add(emptyFile(this.#epoch, this.#now()));
    this.#changeNames(directory, path, [[name, id]]);
    return id;
  }

  #changeNames(directory: string, path: string, names: PendingNames['names']): void {
    if (this.faults.isReadOnly) throw systemError('EROFS', path);
    this.#observe?.({ kind: 'names', path });
    const id = this.#directoryId(directory);
    const node = this.#directoryForChange(id);
    this.#changeCount += 1;
    const change = { number: this.#changeCount, names };
    setNames(node.names, change);
    node.pendingNames.push(change);
    this.#dirty.add(id);
  }

  #handle(
    id: number,
    path: string,
  ): BlockingFile & { syncUpTo(upTo: number): void; writeSome(bytes: Uint8Array, positionBytes: number): number } {
    const fileNow = (): FileNode => this.#nodes[id] as FileNode;
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
    const own = Math.max(0, (this.#nodes[id] as FileNode).lengthBytes - positionBytes);
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
    const file = this.#fileForChange(id);
    const endBytes = positionBytes + bytes.length;
    this.#dirty.add(id);
    file.modifiedAtMs = this.#now();
    if (endBytes > file.lengthBytes) {
      this.faults.spaceLeftBytes -= endBytes - file.lengthBytes;
      file.lengthBytes = endBytes;
      this.#changeCount += 1;
      file.pendingLengths.push({ number: this.#changeCount, lengthBytes: endBytes });
    }
    for (let page = Math.floor(positionBytes / PAGE_LENGTH_BYTES); page * PAGE_LENGTH_BYTES < endBytes; page += 1) {
      this.#putPage(file, page, bytes, positionBytes);
    }
  }

  #putPage(file: FileNode, page: number, bytes: Uint8Array, positionBytes: number): void {
    const pageStart = page * PAGE_LENGTH_BYTES;
    const start = Math.max(positionBytes, pageStart);
    const end = Math.min(positionBytes + bytes.length, pageStart + PAGE_LENGTH_BYTES);
    const part = bytes.subarray(start - positionBytes, end - positionBytes);
    const before = file.pages[page];
    if (before === undefined && part.length === PAGE_LENGTH_BYTES && Buffer.compare(part, ZERO_PAGE) === 0) return;
    const after = before === undefined ? new Uint8Array(PAGE_LENGTH_BYTES) : before.slice();
    after.set(part, start - pageStart);
    file.pages[page] = after;
    const sectorFirst = Math.floor((start - pageStart) / SECTOR_LENGTH_BYTES);
    const sectorEnd = Math.ceil((end - pageStart) / SECTOR_LENGTH_BYTES);
    for (let sector = sectorFirst; sector < sectorEnd; sector += 1) {
      this.#changeCount += 1;
      file.pendingSectors.push({
        number: this.#changeCount,
        sector: pageStart / SECTOR_LENGTH_BYTES + sector,
        bytes: after.subarray(sector * SECTOR_LENGTH_BYTES, (sector + 1) * SECTOR_LENGTH_BYTES),
      });
    }
  }

  #truncate(id: number, path: string, lengthBytes: number): void {
    if (this.faults.isReadOnly) throw systemError('EROFS', path);
    this.#observe?.({ kind: 'truncate', path, lengthBytes });
    const file = this.#fileForChange(id);
    if (lengthBytes === file.lengthBytes) return;
    if (lengthBytes < file.lengthBytes) {
      this.faults.spaceLeftBytes += file.lengthBytes - lengthBytes;
      cutPages(file.pages, lengthBytes);
      // What was written behind the cut is gone whether it reached the disk or not, once the cut has.
      file.pendingSectors = file.pendingSectors.filter(({ sector }) => sector * SECTOR_LENGTH_BYTES < lengthBytes);
    }
    file.lengthBytes = lengthBytes;
    this.#changeCount += 1;
    file.pendingLengths.push({ number: this.#changeCount, lengthBytes });
    this.#dirty.add(id);
  }

  #sync(id: number, path: string, upTo: number): void {
    this.#observe?.({ kind: 'sync', path });
    const failure = this.#syncErrorOf(path);
    const file = this.#fileForChange(id);
    // After a sync that failed the kernel calls clean what may not be on the disk: in the cache it stays.
    applyToSynced(file, (number) => number <= upTo && (failure === undefined || this.#random() < 0.5));
    file.pendingSectors = file.pendingSectors.filter(({ number }) => number > upTo);
    file.pendingLengths = file.pendingLengths.filter(({ number }) => number > upTo);
    if (failure !== undefined) this.#diverged.add(id);
    const isClean = file.pendingSectors.length === 0 && file.pendingLengths.length === 0 && !this.#diverged.has(id);
    if (isClean) this.#dirty.delete(id);
    if (failure !== undefined) throw systemError(failure, path);
  }

  /** Whether a file has a name left. */
  #isNamed(id: number): boolean {
    return this.#nodes.some((node) => node.kind === 'directory' && [...node.names.values()].includes(id));
  }

  #add(node: Node): number {
    return this.#nodes.push(node) - 1;
  }

  #fileForChange(id: number): FileNode {
    const node = this.#nodes[id] as FileNode;
    if (node.epoch === this.#epoch) return node;
    const copy: FileNode = {
      ...node,
      epoch: this.#epoch,
      pages: [...node.pages],
      syncedPages: [...node.syncedPages],
      pendingSectors: [...node.pendingSectors],
      pendingLengths: [...node.pendingLengths],
    };
    this.#nodes[id] = copy;
    return copy;
  }

  #directoryForChange(id: number): DirectoryNode {
    const node = this.#nodes[id] as DirectoryNode;
    if (node.epoch === this.#epoch) return node;
    const copy: DirectoryNode = {
      kind: 'directory',
      epoch: this.#epoch,
      names: new Map(node.names),
      syncedNames: new Map(node.syncedNames),
      pendingNames: [...node.pendingNames],
    };
    this.#nodes[id] = copy;
    return copy;
  }

  #find(path: string): number | undefined {
    let id = ROOT;
    for (const name of partsOf(path)) {
      const node = this.#nodes[id] as Node;
      const next = node.kind === 'directory' ? node.names.get(name) : undefined;
      if (next === undefined) return undefined;
      id = next;
    }
    return id;
  }

  #fileId(path: string): number {
    const id = this.#find(path);
    if (id === undefined) throw systemError('ENOENT', path);
    if (this.#nodes[id]?.kind !== 'file') throw systemError('EISDIR', path);
    return id;
  }

  #directoryId(path: string): number {
    const id = this.#find(path);
    if (id === undefined) throw systemError('ENOENT', path);
    if (this.#nodes[id]?.kind !== 'directory') throw systemError('ENOTDIR', path);
    return id;
  }

  #directoryOf(path: string): DirectoryNode {
    return this.#nodes[this.#directoryId(path)] as DirectoryNode;
  }
}

/**
 * Power goes and comes back.
 * @param survives Of a change that was not synced, by its number: whether it is on the disk.
 * @returns The disk as it is then, all of it durable.
 */
export function diskAfterPowerLoss(
  { nodes, dirty }: DiskSnapshot,
  survives: (number: number) => boolean,
  options: SimulatedDiskOptions = {},
): SimulatedDisk {
  const left = [...nodes];
  for (const id of dirty) {
    const node = nodes[id] as Node;
    left[id] = node.kind === 'file' ? fileAfter(node, survives) : directoryAfter(node, survives);
  }
  return new SimulatedDisk(options, left);
}

/** When the form that resolves does what was asked: at once, or when a scheduler says. */
export type RunDiskCall = <Result>(label: string, call: () => Result) => Promise<Result>;

/**
 * The form of the contract that resolves, over a simulated disk. A sync covers what was written when it was asked for,
 * no more.
 */
export function resolvingFileSystem(disk: SimulatedDisk, run: RunDiskCall): FileSystem {
  const handleOf = (file: BlockingFile, path: string): OpenFile => {
    const handle = file as ReturnType<SimulatedDisk['openFile']> & {
      syncUpTo(upTo: number): void;
      writeSome(bytes: Uint8Array, positionBytes: number): number;
    };
    return {
      writeVector: (chunks, positionBytes) =>
        run(`write ${path}`, () =>
          handle.writeSome(chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks), positionBytes),
        ),
      read: (target, positionBytes) => run(`read ${path}`, () => handle.read(target, positionBytes)),
      status: () =>
        run(`status ${path}`, () => ({
          lengthBytes: handle.lengthBytes,
          modifiedAtMs: disk.status(path)?.modifiedAtMs ?? 0,
        })),
      syncData: () => {
        const upTo = disk.changeCount;
        return run(`sync ${path}`, () => handle.syncUpTo(upTo));
      },
      close: () => run(`close ${path}`, () => handle.close()),
    };
  };
  return {
    createFile: (path) => run(`create ${path}`, () => handleOf(disk.createNewFile(path), path)),
    openFile: (path) => run(`open ${path}`, () => handleOf(disk.openFile(path), path)),
    openFileForUpdate: (path) => run(`open ${path}`, () => handleOf(disk.openFile(path), path)),
    status: (path) => run(`status ${path}`, () => disk.status(path)),
    removeFile: (path) => run(`remove ${path}`, () => disk.removeFile(path)),
    makeDirectory: (path) => run(`make ${path}`, () => disk.makeDirectory(path)),
    readDirectory: (path) => run(`list ${path}`, () => disk.readDirectory(path)),
    syncDirectory: (path) => {
      const upTo = disk.changeCount;
      return run(`sync ${path}`, () => disk.syncNames(path, upTo));
    },
  };
}

const digestOfPage = new WeakMap<Uint8Array, number>();

function pageDigest(page: Uint8Array | undefined): number {
  if (page === undefined) return 0;
  let digest = digestOfPage.get(page);
  if (digest === undefined) {
    digest = crc32(page);
    digestOfPage.set(page, digest);
  }
  return digest;
}

function emptyDirectory(epoch: number): DirectoryNode {
  return { kind: 'directory', epoch, names: new Map(), syncedNames: new Map(), pendingNames: [] };
}

function emptyFile(epoch: number, modifiedAtMs: number): FileNode {
  return {
    kind: 'file',
    epoch,
    pages: [],
    lengthBytes: 0,
    modifiedAtMs,
    syncedPages: [],
    syncedLengthBytes: 0,
    pendingSectors: [],
    pendingLengths: [],
  };
}

/** Changes that count reach the disk in the order in which they were made: of one sector the last of them stays. */
function applyToSynced(file: FileNode, counts: (number: number) => boolean): void {
  const owned = new Set<Uint8Array>();
  let lengthIndex = 0;
  const applyLengthsBefore = (number: number): void => {
    for (; lengthIndex < file.pendingLengths.length; lengthIndex += 1) {
      const change = file.pendingLengths[lengthIndex] as PendingLength;
      if (change.number > number) return;
      if (!counts(change.number)) continue;
      if (change.lengthBytes < file.syncedLengthBytes) cutPages(file.syncedPages, change.lengthBytes);
      file.syncedLengthBytes = change.lengthBytes;
    }
  };
  for (const { number, sector, bytes } of file.pendingSectors) {
    if (!counts(number)) continue;
    applyLengthsBefore(number);
    const offset = sector * SECTOR_LENGTH_BYTES;
    const index = Math.floor(offset / PAGE_LENGTH_BYTES);
    let page = file.syncedPages[index];
    if (page === undefined || !owned.has(page)) {
      page = page?.slice() ?? new Uint8Array(PAGE_LENGTH_BYTES);
      file.syncedPages[index] = page;
      owned.add(page);
    }
    page.set(bytes, offset % PAGE_LENGTH_BYTES);
  }
  applyLengthsBefore(Number.POSITIVE_INFINITY);
}

function fileAfter(node: FileNode, survives: (number: number) => boolean): FileNode {
  const file: FileNode = { ...node, epoch: 0, syncedPages: [...node.syncedPages] };
  applyToSynced(file, survives);
  // Sectors that came to the disk without the length that covers them are no part of the file.
  cutPages(file.syncedPages, file.syncedLengthBytes);
  file.pages = [...file.syncedPages];
  file.lengthBytes = file.syncedLengthBytes;
  file.pendingSectors = [];
  file.pendingLengths = [];
  return file;
}

function directoryAfter(node: DirectoryNode, survives: (number: number) => boolean): DirectoryNode {
  const syncedNames = new Map(node.syncedNames);
  for (const change of node.pendingNames) if (survives(change.number)) setNames(syncedNames, change);
  return { kind: 'directory', epoch: 0, names: new Map(syncedNames), syncedNames, pendingNames: [] };
}

function setNames(names: Map<string, number>, change: PendingNames): void {
  for (const [name, node] of change.names) {
    if (node === undefined) names.delete(name);
    else names.set(name, node);
  }
}

/** Removes what lies behind the length; the rest of the last page becomes zeros. */
function cutPages(pages: (Uint8Array | undefined)[], lengthBytes: number): void {
  const pageCount = Math.ceil(lengthBytes / PAGE_LENGTH_BYTES);
  if (pages.length > pageCount) pages.length = pageCount;
  const last = pages[pageCount - 1];
  const used = lengthBytes % PAGE_LENGTH_BYTES;
  if (last === undefined || used === 0 || last.subarray(used).every((byte) => byte === 0)) return;
  const cut = new Uint8Array(PAGE_LENGTH_BYTES);
  cut.set(last.subarray(0, used));
  pages[pageCount - 1] = cut;
}

function readPages(file: FileNode, target: Uint8Array, positionBytes: number): number {
  const length = Math.max(0, Math.min(target.length, file.lengthBytes - positionBytes));
  for (let read = 0; read < length; ) {
    const position = positionBytes + read;
    const inPage = position % PAGE_LENGTH_BYTES;
    const count = Math.min(length - read, PAGE_LENGTH_BYTES - inPage);
    const page = file.pages[Math.floor(position / PAGE_LENGTH_BYTES)];
    if (page === undefined) target.fill(0, read, read + count);
    else target.set(inPage === 0 && count === PAGE_LENGTH_BYTES ? page : page.subarray(inPage, inPage + count), read);
    read += count;
  }
  return length;
}

function locate(path: string): { readonly directory: string; readonly name: string } {
  const parts = partsOf(path);
  return { directory: parts.slice(0, -1).join('/'), name: parts.at(-1) ?? '' };
}

/** Paths are few and looked up often. */
const partsOfPath = new LRUCache<string, readonly string[]>({ max: 20_000 });

function partsOf(path: string): readonly string[] {
  let parts = partsOfPath.get(path);
  if (parts === undefined) {
    parts = path.split('/').filter((part) => part !== '');
    partsOfPath.set(path, parts);
  }
  return parts;
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, "${path}"`), { code });
}
