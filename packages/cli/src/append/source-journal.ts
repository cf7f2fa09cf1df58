/**
 * Remembers how far a file was read into a spool, so that the next process goes on there: which file it was, and at
 * which of the spool's bytes it began. The spool itself knows how many bytes it has accepted, so the file is written
 * only when another file begins, and while the first bytes of one come. Leaves out reading (`followed-file.ts`).
 */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { crc64 } from '@annals/checksum';
import { CommandFailure, describeError, systemErrorCode } from '../command-failure.js';
import type { FileGeneration } from './source-chunk.js';

const FILE_NAME = 'source.json';
const VERSION = 1;
const HEAD_BYTES_MAX = 256;
const TRY_EVERY_MS = 1000;

/** How a journal waits for room on the disk. */
export interface Patience {
  /** Ends the waiting. */
  readonly stop: AbortSignal;
  /** Is told once that it waits. */
  readonly warn: (message: string) => void;
}

/** The journal of one spool. */
export class SourceJournal {
  readonly #folder: string;
  readonly #sourcePath: string;
  #generation: FileGeneration | undefined;
  /** Bytes that the spool had accepted when the generation began. */
  #beganAtBytes = 0;
  #head: Buffer | undefined;
  #patience: Patience | undefined;

  /** @param folder Of the spool. @param sourcePath The file that is followed, absolute. */
  constructor(folder: string, sourcePath: string) {
    this.#folder = folder;
    this.#sourcePath = sourcePath;
  }

  /**
   * Says where to go on.
   * @param acceptedBytes What the spool has accepted.
   * @returns `undefined` at the first start.
   * @throws {CommandFailure} The spool is of another file, or lacks bytes.
   */
  async resume(acceptedBytes: number): Promise<FileGeneration | undefined> {
    const text = await readOrNothing(join(this.#folder, FILE_NAME));
    if (text === undefined) return undefined;
    const kept = decode(text);
    if (kept === undefined) throw this.#unusable('its source.json is damaged; remove the folder to begin again');
    if (kept.path !== this.#sourcePath) throw this.#unusable(`it belongs to ${kept.path}; choose another --spool`);
    if (acceptedBytes < kept.beganAtBytes) throw this.#unusable('it lacks bytes that it has accepted');
    const { generation } = kept;
    return { ...generation, offset: generation.offset + acceptedBytes - kept.beganAtBytes };
  }

  /** From here on a full disk is waited for; before, and after the stop, it is a failure. */
  waitForRoom(patience: Patience): void {
    this.#patience = patience;
  }

  /** Remembers, durably, that the bytes from here on are of this file. */
  async begin(generation: FileGeneration, acceptedBytes: number): Promise<void> {
    this.#generation = generation;
    this.#beganAtBytes = acceptedBytes;
    this.#head = generation.offset === 0 ? Buffer.alloc(0) : undefined;
    await this.#write();
  }

  /** Is told of bytes that the spool has accepted. */
  async accepted(bytes: Uint8Array): Promise<void> {
    const generation = this.#generation;
    if (generation === undefined || this.#head === undefined || this.#head.length >= HEAD_BYTES_MAX) return;
    this.#head = Buffer.concat([this.#head, bytes.subarray(0, HEAD_BYTES_MAX - this.#head.length)]);
    this.#generation = { ...generation, head: { length: this.#head.length, crc64: crc64(this.#head) } };
    await this.#write();
  }

  /** Forgets the source: everything of it is durable, and the next run begins again. */
  async forget(): Promise<void> {
    await rm(join(this.#folder, FILE_NAME), { force: true });
  }

  async #write(): Promise<void> {
    if (this.#generation === undefined) return;
    const { device, inode, offset, head } = this.#generation;
    const content = {
      version: VERSION,
      path: this.#sourcePath,
      beganAtBytes: this.#beganAtBytes,
      device,
      inode,
      offset,
      headLength: head.length,
      headCrc64: head.crc64.toString(),
    };
    for (let isTold = false; ; isTold = true) {
      try {
        return await writeDurably(this.#folder, FILE_NAME, `${JSON.stringify(content)}\n`);
      } catch (error) {
        const isFull = /^(?:ENOSPC|EDQUOT)$/.test(systemErrorCode(error instanceof Error ? error.cause : error) ?? '');
        if (!isFull || this.#patience === undefined || this.#patience.stop.aborted) throw error;
        if (!isTold) this.#patience.warn(`${describeError(error)}; trying again until it works`);
        await wait(TRY_EVERY_MS, undefined, { signal: this.#patience.stop }).catch(() => undefined);
      }
    }
  }

  #unusable(reason: string): CommandFailure {
    return new CommandFailure(`Cannot go on with the spool "${this.#folder}": ${reason}`);
  }
}

/**
 * Replaces a file whole and durably; makes its folder.
 * @throws {CommandFailure} It cannot be written.
 */
export async function writeDurably(folder: string, name: string, content: string): Promise<void> {
  const path = join(folder, name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.writeFile(content);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  } catch (error) {
    throw new CommandFailure(`Cannot remember in ${path} how far was read: ${describeError(error)}`, { cause: error });
  }
}

const NOTHING_THERE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);

/** The text of a file; `undefined` when there is none. @throws {CommandFailure} It cannot be read. */
export async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (NOTHING_THERE.has(systemErrorCode(error))) return undefined;
    throw new CommandFailure(`Cannot read ${path}: ${describeError(error)}`, { cause: error });
  }
}

interface Kept {
  readonly path: string;
  readonly beganAtBytes: number;
  readonly generation: FileGeneration;
}

function decode(text: string): Kept | undefined {
  const { version, path, beganAtBytes, device, inode, offset, headLength, headCrc64 } = readJsonObject(text);
  if (version !== VERSION || typeof path !== 'string' || typeof headCrc64 !== 'string') return undefined;
  if (!isCount(beganAtBytes) || !isCount(device) || !isCount(inode) || !isCount(offset) || !isCount(headLength)) {
    return undefined;
  }
  if (!/^[0-9]{1,20}$/.test(headCrc64) || headLength > HEAD_BYTES_MAX) return undefined;
  const head = { length: headLength, crc64: BigInt(headCrc64) };
  return { path, beganAtBytes, generation: { device, inode, offset, head } };
}

/** The members of a JSON object; none for a text that is none. */
export function readJsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
}

/** Whether a value is a whole number >= 0. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
