/**
 * Everything that is on the simulated disk, by number: files and directories, which of them a loss of power would
 * change, and snapshots, which share what does not change after them. Leaves out what a call does to a file
 * (`simulated-disk.ts`).
 */
import { copyOfDirectory, type DirectoryNode, directoryAfter, emptyDirectory } from './simulated-directory.js';
import { copyOfFile, type FileNode, fileAfter, pendingOfFile } from './simulated-file.js';
import { partsOf } from './simulated-path.js';

const ROOT = 0;

let epochCount = 0;

/** Of no other disk either: disks made from one snapshot share its nodes. */
function nextEpoch(): number {
  epochCount += 1;
  return epochCount;
}

/** What can have a name. */
export type DiskNode = FileNode | DirectoryNode;

/** One moment of a disk, cache and all. */
export interface DiskSnapshot {
  readonly nodes: readonly DiskNode[];
  /** Nodes with changes that are not on the disk. */
  readonly dirty: readonly number[];
  /** Numbers of these changes, in order. */
  readonly pending: readonly number[];
}

/** What is on one disk. */
export class DiskNodes {
  readonly #nodes: DiskNode[];
  readonly #dirty = new Set<number>();
  /** Nodes of a sync that failed: the cache shows what the disk may never have, and nothing is pending any more. */
  readonly #diverged = new Set<number>();
  #epoch = nextEpoch();

  constructor(nodes: readonly DiskNode[] = [emptyDirectory(0)]) {
    this.#nodes = [...nodes];
  }

  /** Nodes of an earlier epoch belong to snapshots too, and are copied before they change. */
  get epoch(): number {
    return this.#epoch;
  }

  /** @returns This moment. Later changes do not touch it. */
  snapshot(): DiskSnapshot {
    this.#epoch = nextEpoch();
    const dirty = [...this.#dirty];
    const pending = dirty.flatMap((id) => pendingOf(this.at(id)));
    return { nodes: [...this.#nodes], dirty, pending: pending.sort((one, other) => one - other) };
  }

  /** @param id Of a node that there is. */
  at(id: number): DiskNode {
    return this.#nodes[id] as DiskNode;
  }

  /** @param id Of a file. */
  file(id: number): FileNode {
    return this.#nodes[id] as FileNode;
  }

  /** The node has a change that is not on the disk. */
  markDirty(id: number): void {
    this.#dirty.add(id);
  }

  /** A sync of the node has ended. */
  settle(id: number, hasFailed: boolean): void {
    if (hasFailed) this.#diverged.add(id);
    if (pendingOf(this.at(id)).length === 0 && !this.#diverged.has(id)) this.#dirty.delete(id);
  }

  /** Whether a file has a name left. */
  isNamed(id: number): boolean {
    return this.#nodes.some((node) => node.kind === 'directory' && [...node.names.values()].includes(id));
  }

  /** @returns Its number. */
  add(node: DiskNode): number {
    return this.#nodes.push(node) - 1;
  }

  /** A file that snapshots do not see: theirs is copied first. */
  fileForChange(id: number): FileNode {
    const node = this.#nodes[id] as FileNode;
    if (node.epoch === this.#epoch) return node;
    const copy = copyOfFile(node, this.#epoch);
    this.#nodes[id] = copy;
    return copy;
  }

  /** A directory that snapshots do not see: theirs is copied first. */
  directoryForChange(id: number): DirectoryNode {
    const node = this.#nodes[id] as DirectoryNode;
    if (node.epoch === this.#epoch) return node;
    const copy = copyOfDirectory(node, this.#epoch);
    this.#nodes[id] = copy;
    return copy;
  }

  /** @returns The number of what has this path; `undefined` when nothing has. */
  find(path: string): number | undefined {
    let id = ROOT;
    for (const name of partsOf(path)) {
      const node = this.#nodes[id] as DiskNode;
      const next = node.kind === 'directory' ? node.names.get(name) : undefined;
      if (next === undefined) return undefined;
      id = next;
    }
    return id;
  }

  /** @throws `ENOENT`, `EISDIR` */
  fileId(path: string): number {
    const id = this.find(path);
    if (id === undefined) throw systemError('ENOENT', path);
    if (this.#nodes[id]?.kind !== 'file') throw systemError('EISDIR', path);
    return id;
  }

  /** @throws `ENOENT`, `ENOTDIR` */
  directoryId(path: string): number {
    const id = this.find(path);
    if (id === undefined) throw systemError('ENOENT', path);
    if (this.#nodes[id]?.kind !== 'directory') throw systemError('ENOTDIR', path);
    return id;
  }

  /** @throws `ENOENT`, `ENOTDIR` */
  directory(path: string): DirectoryNode {
    return this.#nodes[this.directoryId(path)] as DirectoryNode;
  }
}

function pendingOf(node: DiskNode): readonly number[] {
  return node.kind === 'directory' ? node.pendingNames.map(({ number }) => number) : pendingOfFile(node);
}

/**
 * Power goes and comes back.
 * @param survives Of a change that was not synced, by its number: whether it is on the disk.
 * @returns What is on the disk then.
 */
export function nodesAfterPowerLoss(
  { nodes, dirty }: DiskSnapshot,
  survives: (number: number) => boolean,
): readonly DiskNode[] {
  const left = [...nodes];
  for (const id of dirty) {
    const node = nodes[id] as DiskNode;
    left[id] = node.kind === 'file' ? fileAfter(node, survives) : directoryAfter(node, survives);
  }
  return left;
}

/** Makes the error that the system would throw. @param code Such as `ENOSPC`. */
export function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, "${path}"`), { code });
}
