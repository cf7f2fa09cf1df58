/**
 * Shares the syncs of directories: all callers that ask while one is running share the next. The running one may have
 * begun before their name was there, so no caller joins it.
 */
import type { FileSystem } from './file-system.js';

interface DirectorySync {
  running: Promise<void>;
  next: Promise<void> | undefined;
}

/** Syncs directories of one file system; however many ask, a directory has one sync running and one waiting. */
export class DirectorySyncs {
  readonly #fileSystem: FileSystem;
  readonly #syncOf = new Map<string, DirectorySync>();

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem;
  }

  /** Resolves when every name that stood in the directory at the time of the call is on the disk. */
  sync(directory: string): Promise<void> {
    const current = this.#syncOf.get(directory);
    if (current === undefined) return this.#start(directory);
    current.next ??= current.running.then(
      () => this.#start(directory),
      () => this.#start(directory),
    );
    return current.next;
  }

  #start(directory: string): Promise<void> {
    const running = this.#fileSystem.syncDirectory(directory);
    const current: DirectorySync = { running, next: undefined };
    this.#syncOf.set(directory, current);
    const forget = () => {
      if (this.#syncOf.get(directory) === current && current.next === undefined) this.#syncOf.delete(directory);
    };
    running.then(forget, forget);
    return running;
  }
}
