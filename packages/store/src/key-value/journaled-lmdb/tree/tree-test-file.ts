/**
 * A tree file in memory, for tests: a loss of power keeps or loses each sector that was not synced, as chance has it,
 * and may come in the middle of any write, cut or sync.
 */
import type { BlockingFile } from '../../../file-system/file-system.js';

const SECTOR_LENGTH_BYTES = 512;

/** Lives on through crashes. */
export class TreeTestFile implements BlockingFile {
  readonly #random: () => number;
  #bytes: Uint8Array = new Uint8Array(0);
  #synced: Uint8Array = new Uint8Array(0);
  #lengthBytes = 0;
  readonly #dirty = new Set<number>();
  /** Writes, cuts and syncs until the power goes. */
  operationsLeft = Number.POSITIVE_INFINITY;
  /** Thrown by every write. */
  writeErrorCode: string | undefined;

  /** @param random Between 0 and 1, as `Math.random`. */
  constructor(random: () => number) {
    this.#random = random;
  }

  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  /** All there is, to be looked at and damaged. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#lengthBytes);
  }

  read(target: Uint8Array, positionBytes: number): number {
    const part = this.bytes.subarray(positionBytes, positionBytes + target.length);
    target.set(part);
    return part.length;
  }

  write(bytes: Uint8Array, positionBytes: number): void {
    if (this.writeErrorCode !== undefined) throw failure(this.writeErrorCode);
    const isCut = this.#countOperation();
    const taken = isCut ? bytes.subarray(0, Math.floor(this.#random() * bytes.length)) : bytes;
    this.#growTo(positionBytes + taken.length);
    this.#bytes.set(taken, positionBytes);
    for (let offset = positionBytes; offset < positionBytes + taken.length; offset += SECTOR_LENGTH_BYTES) {
      this.#dirty.add(Math.floor(offset / SECTOR_LENGTH_BYTES));
    }
    if (isCut) throw failure('EIO');
  }

  truncate(lengthBytes: number): void {
    if (this.#countOperation()) throw failure('EIO');
    this.#growTo(lengthBytes);
    this.#bytes.fill(0, lengthBytes);
    this.#synced.fill(0, lengthBytes);
    this.#lengthBytes = lengthBytes;
  }

  sync(): void {
    if (this.#countOperation()) throw failure('EIO');
    for (const sector of this.#dirty) this.#copySector(this.#bytes, this.#synced, sector);
    this.#dirty.clear();
  }

  close(): void {
    // A second open returns the same object.
  }

  /** Power goes and comes back. */
  crash(): void {
    this.operationsLeft = Number.POSITIVE_INFINITY;
    for (const sector of this.#dirty) {
      if (this.#random() < 0.5) this.#copySector(this.#bytes, this.#synced, sector);
    }
    this.#dirty.clear();
    this.#bytes = this.#synced.slice();
  }

  #copySector(from: Uint8Array, to: Uint8Array, sector: number): void {
    const start = sector * SECTOR_LENGTH_BYTES;
    to.set(from.subarray(start, start + SECTOR_LENGTH_BYTES), start);
  }

  #growTo(lengthBytes: number): void {
    this.#lengthBytes = Math.max(this.#lengthBytes, lengthBytes);
    if (lengthBytes <= this.#bytes.length) return;
    const capacity = Math.ceil((lengthBytes * 3) / 2 / SECTOR_LENGTH_BYTES) * SECTOR_LENGTH_BYTES;
    for (const name of ['bytes', 'synced'] as const) {
      const longer = new Uint8Array(capacity);
      longer.set(name === 'bytes' ? this.#bytes : this.#synced);
      if (name === 'bytes') this.#bytes = longer;
      else this.#synced = longer;
    }
  }

  /** @returns Whether the power goes now. */
  #countOperation(): boolean {
    this.operationsLeft -= 1;
    return this.operationsLeft < 0;
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`failure ${code}`), { code });
}
