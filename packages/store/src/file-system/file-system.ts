/**
 * What the engines ask of a file system; they have no other access to files. It has two forms with one meaning: calls
 * that resolve, for the thread that also serves requests, and calls that block, for threads that have nothing else to
 * do while the disk works. Each form has a real implementation, and one over a simulated disk that loses, keeps and
 * tears what was not synced. Errors carry the usual `code` (`ENOSPC`, `EROFS`, `EIO`, ...).
 */

export interface FileStatus {
  readonly lengthBytes: number;
  readonly modifiedAtMs: number;
}

/** An open file; offsets and lengths in bytes. Calls may overlap unless their caller needs an order. */
export interface OpenFile {
  /** Writes the chunks one after the other at `positionBytes`. @returns Bytes written: maybe fewer than given. */
  writeVector(chunks: readonly Uint8Array[], positionBytes: number): Promise<number>;
  /** @returns Bytes read into the front of `target`: maybe fewer than fit, 0 at the end of the file. */
  read(target: Uint8Array, positionBytes: number): Promise<number>;
  status(): Promise<FileStatus>;
  /** Resolves when the bytes and the length are on the disk; the name needs `syncDirectory`. */
  syncData(): Promise<void>;
  close(): Promise<void>;
}

/** Names and directories. What changes a name is durable only after `syncDirectory` of the directory it stands in. */
export interface FileSystem {
  /** Makes a new, empty file. @throws `EEXIST` */
  createFile(path: string): Promise<OpenFile>;
  /**
   * As `createFile`; a write resolves when its bytes and the length are on the disk. That is one call to the system
   * instead of two, and a failed write may be a failed sync. @throws `EEXIST`
   */
  createDurableFile(path: string): Promise<OpenFile>;
  /** Opens for reading. The file goes on being readable when its name is removed. @throws `ENOENT` */
  openFile(path: string): Promise<OpenFile>;
  /** Opens for writing over what is there. @throws `ENOENT` */
  openFileForUpdate(path: string): Promise<OpenFile>;
  /** @returns `undefined` when there is no such file. */
  status(path: string): Promise<FileStatus | undefined>;
  /** Removes a file's name. @throws `ENOENT` */
  removeFile(path: string): Promise<void>;
  /** Makes a directory and its parents; one that exists is no error. */
  makeDirectory(path: string): Promise<void>;
  /** @returns Names of files and directories, in no order. */
  readDirectory(path: string): Promise<readonly string[]>;
  /** Resolves when the names in the directory are on the disk. */
  syncDirectory(path: string): Promise<void>;
}

/** An open file of the blocking form; offsets and lengths in bytes. */
export interface BlockingFile {
  readonly lengthBytes: number;
  /** Fills `target` as far as the file goes. @returns Bytes read. */
  read(target: Uint8Array, positionBytes: number): number;
  /** Writes all of it, or throws; what a failed write has changed is unknown. */
  write(bytes: Uint8Array, positionBytes: number): void;
  /** Cuts the file, or lengthens it with zeros that own no blocks. */
  truncate(lengthBytes: number): void;
  /** Returns when everything written before is on the disk, the length too. */
  sync(): void;
  close(): void;
}

/** A file that is open to be made longer or shorter, beside other writers of the file. Lengths in bytes. */
export interface GrowingFile {
  readonly lengthBytes: number;
  /**
   * Writes behind the end, wherever that is by then. @returns Bytes written: maybe fewer than given. @throws `ENOSPC`
   */
  append(bytes: Uint8Array): number;
  truncate(lengthBytes: number): void;
  close(): void;
}

/** What there is room for where a file lies. */
export interface FreeSpace {
  readonly freeBytes: number;
  /** Writing over old bytes takes new blocks (btrfs, ZFS, bcachefs), so that owning the old ones is not enough. */
  readonly isCopyOnWrite: boolean;
}

/** Names and directories of the blocking form. */
export interface BlockingFileSystem {
  exists(path: string): boolean;
  /** @returns What the file takes of the disk, which may be less than its length. @throws `ENOENT` */
  allocatedBytes(path: string): number;
  /** @param path A file or directory that is there. */
  freeSpace(path: string): FreeSpace;
  /** Opens for reading and writing. @throws `ENOENT` */
  openFile(path: string): BlockingFile;
  /** Makes the file, or empties the one that is there. */
  createFile(path: string): BlockingFile;
  /** Makes a file that was not there. @throws `EEXIST` */
  createNewFile(path: string): BlockingFile;
  /** @throws `ENOENT` */
  openFileToGrow(path: string): GrowingFile;
  /** Makes a directory and its parents; one that exists is no error. */
  makeDirectory(path: string): void;
  /** Gives a file a second name. @throws `EEXIST` */
  link(from: string, to: string): void;
  /** Puts a file in the place of another of the same directory, or of none: a reader finds the one or the other. */
  rename(from: string, to: string): void;
  /** Removes a file's name; one that is not there is no error. */
  remove(path: string): void;
  /** Returns when the names in the directory are on the disk. */
  syncDirectory(path: string): void;
}
