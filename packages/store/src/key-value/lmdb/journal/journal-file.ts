/**
 * The door to a journal's files: synchronous, since its threads have nothing else to do while the disk works. Two implementations:
 * the real one here, and in tests one that loses what was not synced.
 */
import { closeSync, constants, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/** One file of a fixed name; offsets and lengths in bytes. Errors carry the `code` of the file system. */
export interface JournalFile {
  readonly lengthBytes: number;
  /** Fills `target` as far as the file goes. @returns Bytes read. */
  read(target: Uint8Array, positionBytes: number): number;
  /** Writes all of it, or throws; what a failed write has changed is unknown. */
  write(bytes: Uint8Array, positionBytes: number): void;
  /** Returns when everything written before is on the disk. */
  sync(): void;
  close(): void;
}

/** @throws {Error} `ENOENT`, and what else opening may say. */
export function openJournalFile(path: string): JournalFile {
  return new NodeJournalFile(openSync(path, constants.O_RDWR));
}

/** Makes the file, or empties the one that is there. */
export function createJournalFile(path: string): JournalFile {
  return new NodeJournalFile(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o640));
}

class NodeJournalFile implements JournalFile {
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

  sync(): void {
    fdatasyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}
