/**
 * A file whose changes can be taken one by one later, while their writer continues at once and reads what it wrote. So
 * a blocking piece of work becomes steps, with other things happening in between.
 */
import type { BlockingFile } from '../file-system/file-system.js';

const PAGE_LENGTH_BYTES = 4096;

/** One change of the file that was asked for and did not happen yet. */
export type FileStep = () => void;

/** Over a file that others make longer or shorter at most, behind all that is read or written here. */
export class DeferredFile implements BlockingFile {
  readonly #file: BlockingFile;
  /** Pages as they will be once all steps are taken. */
  readonly #pages = new Map<number, Uint8Array>();
  #lengthBytes: number | undefined;
  #steps: FileStep[] = [];

  constructor(file: BlockingFile) {
    this.#file = file;
  }

  get lengthBytes(): number {
    return this.#lengthBytes ?? this.#file.lengthBytes;
  }

  /**
   * @returns What was asked for since the last call; taken in order. Reads show it from the beginning, until `settle`.
   */
  takeSteps(): FileStep[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }

  /** The steps were taken, or given up: from now on reads show the file itself. */
  settle(): void {
    this.#steps = [];
    this.#pages.clear();
    this.#lengthBytes = undefined;
  }

  read(target: Uint8Array, positionBytes: number): number {
    const length = Math.max(0, Math.min(target.length, this.lengthBytes - positionBytes));
    const wanted = target.subarray(0, length);
    wanted.fill(0, this.#file.read(wanted, positionBytes));
    for (const [number, page] of this.#pages) {
      const start = Math.max(0, number * PAGE_LENGTH_BYTES - positionBytes);
      const end = Math.min(length, (number + 1) * PAGE_LENGTH_BYTES - positionBytes);
      const from = start + positionBytes - number * PAGE_LENGTH_BYTES;
      if (start < end) wanted.set(page.subarray(from, from + end - start), start);
    }
    return length;
  }

  write(bytes: Uint8Array, positionBytes: number): void {
    const copy = Uint8Array.from(bytes);
    this.#steps.push(() => this.#file.write(copy, positionBytes));
    for (let written = 0; written < copy.length; ) {
      const position = positionBytes + written;
      const inPage = position % PAGE_LENGTH_BYTES;
      const part = copy.subarray(written, written + PAGE_LENGTH_BYTES - inPage);
      this.#page(Math.floor(position / PAGE_LENGTH_BYTES)).set(part, inPage);
      written += part.length;
    }
    this.#lengthBytes = Math.max(this.lengthBytes, positionBytes + copy.length);
  }

  truncate(lengthBytes: number): void {
    this.#steps.push(() => this.#file.truncate(lengthBytes));
    for (const number of [...this.#pages.keys()]) {
      if (number * PAGE_LENGTH_BYTES >= lengthBytes) this.#pages.delete(number);
    }
    this.#lengthBytes = lengthBytes;
  }

  sync(): void {
    this.#steps.push(() => this.#file.sync());
  }

  close(): void {
    this.#file.close();
  }

  #page(number: number): Uint8Array {
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = new Uint8Array(PAGE_LENGTH_BYTES);
      this.read(page, number * PAGE_LENGTH_BYTES);
      this.#pages.set(number, page);
    }
    return page;
  }
}
