/**
 * A journal's file in memory that behaves as badly as a disk may, for tests: a loss of power keeps or loses each sector
 * that was not synced, as chance has it, and may come in the middle of any write or sync.
 */
import type { BlockingFile } from '../../../file-system/file-system.js';

const SECTOR_LENGTH_BYTES = 512;

/** Faults of all files of one disk; each holds until it is taken back. */
export interface SimulatedJournalFaults {
  /** Writes and syncs until the power goes. */
  operationsLeft: number;
  /** Error code of every write; a part of it reaches the file before. */
  writeError: string | undefined;
  syncError: string | undefined;
  /** Bytes by which all files together may still grow. */
  spaceLeftBytes: number;
}

/** One disk: `createFile`, then `crash` to cut its power. */
export class SimulatedJournalDisk {
  readonly faults: SimulatedJournalFaults = {
    operationsLeft: Number.POSITIVE_INFINITY,
    writeError: undefined,
    syncError: undefined,
    spaceLeftBytes: Number.POSITIVE_INFINITY,
  };
  readonly #random: () => number;
  readonly #files: SimulatedJournalFile[] = [];

  /** @param random Between 0 and 1, as `Math.random`. */
  constructor(random: () => number) {
    this.#random = random;
  }

  createFile(): SimulatedJournalFile {
    const file = new SimulatedJournalFile(this.faults, this.#random);
    this.#files.push(file);
    return file;
  }

  /** Power goes and comes back: of what was not synced each sector is there or not. */
  crash(): void {
    this.faults.operationsLeft = Number.POSITIVE_INFINITY;
    for (const file of this.#files) file.crash();
  }
}

/** A file of a simulated disk, which lives on through crashes. */
export class SimulatedJournalFile implements BlockingFile {
  readonly #faults: SimulatedJournalFaults;
  readonly #random: () => number;
  #bytes: Uint8Array = new Uint8Array(0);
  #synced: Uint8Array = new Uint8Array(0);
  readonly #dirtySectors = new Set<number>();

  constructor(faults: SimulatedJournalFaults, random: () => number) {
    this.#faults = faults;
    this.#random = random;
  }

  get lengthBytes(): number {
    return this.#bytes.length;
  }

  read(target: Uint8Array, positionBytes: number): number {
    const bytes = this.#bytes.subarray(positionBytes, positionBytes + target.length);
    target.set(bytes);
    return bytes.length;
  }

  write(bytes: Uint8Array, positionBytes: number): void {
    const isCut = this.#countOperation() || this.#faults.writeError !== undefined;
    // Often only the first few bytes, since that is where headers are.
    const taken = isCut ? bytes.subarray(0, Math.floor(this.#random() ** 8 * bytes.length)) : bytes;
    const growth = Math.max(0, positionBytes + taken.length - this.#bytes.length);
    if (growth > this.#faults.spaceLeftBytes) throw failure('ENOSPC');
    this.#faults.spaceLeftBytes -= growth;
    this.#put(taken, positionBytes);
    if (isCut) throw failure(this.#faults.writeError ?? 'EIO');
  }

  sync(): void {
    if (this.#countOperation()) throw failure('EIO');
    if (this.#faults.syncError !== undefined) throw failure(this.#faults.syncError);
    if (this.#synced.length < this.#bytes.length) {
      const longer = new Uint8Array(this.#bytes.length);
      longer.set(this.#synced);
      this.#synced = longer;
    }
    for (const sector of this.#dirtySectors) this.#synced.set(this.#sector(sector), sector * SECTOR_LENGTH_BYTES);
    this.#dirtySectors.clear();
  }

  truncate(): void {
    throw new Error('Cannot cut a segment: the journal never does');
  }

  close(): void {
    // A second open returns the same object.
  }

  /** Changes one byte, as a failing disk would. */
  damage(positionBytes: number): void {
    const byte = (this.#bytes[positionBytes] ?? 0) ^ 0xff;
    this.#bytes[positionBytes] = byte;
    this.#synced[positionBytes] = byte;
  }

  crash(): void {
    // The length is data too, but a file that was lengthened and not synced holds nothing acknowledged: keep it, with
    // holes.
    const left = new Uint8Array(this.#bytes.length);
    left.set(this.#synced);
    for (const sector of this.#dirtySectors) {
      if (this.#random() < 0.5) left.set(this.#sector(sector), sector * SECTOR_LENGTH_BYTES);
    }
    this.#bytes = left;
    this.#synced = left.slice();
    this.#dirtySectors.clear();
  }

  #put(bytes: Uint8Array, positionBytes: number): void {
    const end = positionBytes + bytes.length;
    if (end > this.#bytes.length) {
      const longer = new Uint8Array(end);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#bytes.set(bytes, positionBytes);
    for (let offset = positionBytes; offset < end; offset += SECTOR_LENGTH_BYTES) {
      this.#dirtySectors.add(Math.floor(offset / SECTOR_LENGTH_BYTES));
    }
  }

  #sector(sector: number): Uint8Array {
    return this.#bytes.subarray(sector * SECTOR_LENGTH_BYTES, (sector + 1) * SECTOR_LENGTH_BYTES);
  }

  /** @returns Whether the power goes now. */
  #countOperation(): boolean {
    this.#faults.operationsLeft -= 1;
    return this.#faults.operationsLeft < 0;
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`failure ${code}`), { code });
}
