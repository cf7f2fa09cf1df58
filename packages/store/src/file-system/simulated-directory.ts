/**
 * A directory of the simulated disk: names in the cache, names on the disk, and the changes in between. Leaves out
 * paths (`simulated-disk.ts`).
 */

/** A change of names that is in the cache and not on the disk yet. Numbers grow in the order of changes. */
export interface PendingNames {
  readonly number: number;
  /** `undefined`: the name is gone. Two names when a file was renamed: both change or none. */
  readonly names: readonly (readonly [name: string, node: number | undefined])[];
}

/** A directory, in the cache and on the disk. */
export interface DirectoryNode {
  readonly kind: 'directory';
  readonly epoch: number;
  readonly names: Map<string, number>;
  readonly syncedNames: Map<string, number>;
  pendingNames: PendingNames[];
}

/** Makes a directory without names. */
export function emptyDirectory(epoch: number): DirectoryNode {
  return { kind: 'directory', epoch, names: new Map(), syncedNames: new Map(), pendingNames: [] };
}

/** A directory to be changed; a snapshot that has the other still sees it as it was. */
export function copyOfDirectory(directory: DirectoryNode, epoch: number): DirectoryNode {
  return {
    kind: 'directory',
    epoch,
    names: new Map(directory.names),
    syncedNames: new Map(directory.syncedNames),
    pendingNames: [...directory.pendingNames],
  };
}

/** Changes names in the cache. */
export function changeNames(directory: DirectoryNode, change: PendingNames): void {
  setNames(directory.names, change);
  directory.pendingNames.push(change);
}

/**
 * Brings changes to the disk; those up to a number are not pending any more.
 * @param reaches Whether a change gets there.
 */
export function syncDirectory(directory: DirectoryNode, upTo: number, reaches: () => boolean): void {
  const left: PendingNames[] = [];
  for (const change of directory.pendingNames) {
    if (change.number > upTo) left.push(change);
    else if (reaches()) setNames(directory.syncedNames, change);
  }
  directory.pendingNames = left;
}

/**
 * The directory that a loss of power leaves.
 * @param survives Of a change that was not synced, by its number: whether it is on the disk.
 */
export function directoryAfter(node: DirectoryNode, survives: (number: number) => boolean): DirectoryNode {
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
