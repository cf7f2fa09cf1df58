/**
 * A file that is appended once, however often the command has to be started for it. Before the first byte it is
 * remembered where in the object the file begins. A later run compares: when the object holds exactly the beginning of
 * the file behind that place, by its CRC-64, the run goes on behind it. Leaves out appending (`run-append.ts`).
 */
import type { Stats } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Crc64 } from '@annals/checksum';
import { CommandFailure, describeError } from '../command-failure.js';
import { describeFileError } from '../describe-file-error.js';
import { isCount, readJsonObject, readOrNothing, writeDurably } from './source-journal.js';

const FILE_NAME = 'file.json';
const VERSION = 1;
const READ_BYTES = 256 * 1024;

/** Where an object ends. */
export interface ObjectEnd {
  /** Its length in bytes. */
  readonly position: number;
  /** Of the whole object. */
  readonly crc64: bigint;
}

/** The file that is appended, opened, with what an interrupted run left. */
export class InterruptedFile {
  readonly #folder: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #facts: Stats;
  #begun: ObjectEnd | undefined;

  private constructor(folder: string, path: string, handle: FileHandle, facts: Stats) {
    this.#folder = folder;
    this.#path = path;
    this.#handle = handle;
    this.#facts = facts;
  }

  /**
   * Opens the file.
   * @param folder Where it is remembered.
   * @throws {CommandFailure} It cannot be read.
   */
  static async open(folder: string, path: string): Promise<InterruptedFile> {
    let handle: FileHandle;
    try {
      handle = await open(path, 'r');
    } catch (cause) {
      throw new CommandFailure(`Cannot read ${path}: ${describeFileError(cause)}`, { cause });
    }
    const facts = await handle.stat();
    if (facts.isDirectory()) {
      await handle.close();
      throw new CommandFailure(`Cannot read ${path}: it is a folder`);
    }
    const file = new InterruptedFile(folder, path, handle, facts);
    file.#begun = await file.#recall();
    return file;
  }

  /** Bytes; pipes and devices have none. */
  get length(): number {
    return this.#facts.size;
  }

  /** Where a run before began to append this very file without ending; `undefined` when there was none. */
  get begunAt(): number | undefined {
    return this.#begun?.position;
  }

  /** Forgets that run: the file is appended from its first byte. */
  restart(): void {
    this.#begun = undefined;
  }

  async #recall(): Promise<ObjectEnd | undefined> {
    const text = await readOrNothing(join(this.#folder, FILE_NAME));
    if (text === undefined) return undefined;
    const { version, device, inode, position, crc64 } = readJsonObject(text);
    const isOfThisFile = version === VERSION && device === this.#facts.dev && inode === this.#facts.ino;
    if (!isOfThisFile || !isCount(position) || typeof crc64 !== 'string' || !/^[0-9]{1,20}$/.test(crc64)) {
      return undefined;
    }
    return { position, crc64: BigInt(crc64) };
  }

  /**
   * Says from where the file is to be read, and remembers where it began.
   * @param end Of the object now.
   * @param warn Is told when that cannot be remembered.
   * @returns Offset in the file; its length when everything is durable already.
   * @throws {CommandFailure} The object holds something else behind the place where the file began.
   */
  async offsetFor(end: ObjectEnd, warn: (message: string) => void): Promise<number> {
    const begun = this.#begun;
    if (begun !== undefined && end.position >= begun.position) {
      const durableLength = end.position - begun.position;
      if (durableLength <= this.length && (await this.#isBeginning(durableLength, begun.crc64, end.crc64))) {
        return durableLength;
      }
      throw new CommandFailure(
        `Cannot go on with ${this.#path}: behind position ${begun.position} the object holds other bytes than the file; it was changed, or others append too. --restart appends the whole file at the end`,
      );
    }
    // A shorter object is another one.
    this.#begun = end;
    const { dev: device, ino: inode } = this.#facts;
    const { position, crc64 } = end;
    const content = { version: VERSION, path: this.#path, device, inode, position, crc64: crc64.toString() };
    await writeDurably(this.#folder, FILE_NAME, `${JSON.stringify(content)}\n`).catch((error: unknown) =>
      warn(`${describeError(error)}; an interruption will not be continued`),
    );
    return 0;
  }

  async #isBeginning(length: number, crc64Before: bigint, crc64After: bigint): Promise<boolean> {
    const checksum = new Crc64(crc64Before);
    for await (const bytes of this.read(0, length)) checksum.update(bytes);
    return checksum.digest() === crc64After;
  }

  /** Reads the file. @param end Offset of the first byte that is left out. */
  async *read(start: number, end = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array, void, void> {
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (let offset = start; offset < end; ) {
      const { bytesRead } = await this.#handle.read(buffer, 0, Math.min(READ_BYTES, end - offset), offset);
      if (bytesRead === 0) return;
      offset += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** Forgets the run: everything is durable. What cannot be removed does no harm, since it says where the file ends. */
  async forget(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true }).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
