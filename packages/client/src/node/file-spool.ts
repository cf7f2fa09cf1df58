/**
 * A backlog on disk: what it has accepted survives the process and, with `sync`, the machine. A folder holds segments,
 * whose names are the offsets of their first bytes, and a state. A segment is a row of groups (`spool-group.ts`), each
 * of chunks that were accepted together. Leaves out the files as they are found (`spool-segments.ts`), reading chunks
 * back (`spool-reader.ts`), the state (`spool-state.ts`) and who may use the folder (`process-lock.ts`).
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backlog, BacklogContent, WriterState } from '../append-writer/backlog.js';
import { AnnalsError } from '../error.js';
import { isFull, untilRoom } from './disk-room.js';
import { writeAt } from './file-source.js';
import { lockFile } from './process-lock.js';
import { CHUNK_BYTES_MAX, encodeGroup } from './spool-group.js';
import { SpoolReader } from './spool-reader.js';
import { damagedSpool, listSegments, type Segment, segmentName } from './spool-segments.js';
import { readState, syncFolder, writeState } from './spool-state.js';

/** Where accepted bytes are kept, and how many. */
export interface FileSpoolOptions {
  /** Made if missing. One writer at a time uses it. */
  readonly folder: string;
  /** Accepted bytes that may wait; `write` waits beyond. Default 1 GiB. */
  readonly sizeBytesMax?: number;
  /** Whether bytes are on the disk when they are accepted, and so survive a loss of power. Default true. */
  readonly sync?: boolean;
  /** Length at which a segment is ended, so that its file can go once it is durable elsewhere. Default 16 MiB. */
  readonly segmentBytes?: number;
}

const SIZE_BYTES_MAX_DEFAULT = 1024 ** 3;
const SEGMENT_BYTES_DEFAULT = 16 * 1024 ** 2;

/** Room for a state, which the next one takes while the disk is full. */
const RESERVE_NAME = 'reserve';
const RESERVE_BYTES = 16 * 1024;

/** Bytes of one group at most, unless one chunk alone is longer: reading a group back takes as much memory. */
const GROUP_BYTES_MAX = 1024 ** 2;

interface Waiting {
  readonly chunk: Uint8Array;
  resolve(): void;
  reject(reason: unknown): void;
}

/**
 * Makes a spool for `appendWriter`. Its memory is what is being written and the batch under way, whatever waits on the
 * disk.
 */
export function fileSpool(options: FileSpoolOptions): Backlog {
  return new FileSpool(options);
}

class FileSpool implements Backlog {
  readonly #folder: string;
  readonly #sizeBytesMax: number;
  readonly #segmentBytes: number;
  readonly #isSynced: boolean;
  /** Written whole, the last one still grows. */
  #segments: Segment[] = [];
  #reader: SpoolReader | undefined;
  #file: FileHandle | undefined;
  #unlock: (() => Promise<void>) | undefined;
  #acceptedBytes = 0;
  #durableBytes = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #failure: { readonly reason: unknown } | undefined;
  #hasReserve = false;
  readonly #over = new AbortController();
  #onWaiting: ((error: AnnalsError) => void) | undefined;

  constructor(options: FileSpoolOptions) {
    this.#folder = options.folder;
    this.#sizeBytesMax = options.sizeBytesMax ?? SIZE_BYTES_MAX_DEFAULT;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES_DEFAULT;
    this.#isSynced = options.sync ?? true;
  }

  async open(onWaiting?: (error: AnnalsError) => void): Promise<BacklogContent> {
    this.#onWaiting = onWaiting;
    this.#unlock = await this.#untilRoom(async () => {
      await mkdir(this.#folder, { recursive: true });
      return lockFile(join(this.#folder, 'lock'), (processId) => spoolInUse(this.#folder, processId));
    });
    const state = await readState(this.#folder);
    this.#durableBytes = state?.durableBytes ?? 0;
    this.#segments = await listSegments(this.#folder);
    const last = this.#segments.at(-1);
    this.#acceptedBytes = last === undefined ? this.#durableBytes : last.startOffset + last.length;
    const [first] = this.#segments;
    if ((first?.startOffset ?? this.#durableBytes) > this.#durableBytes || this.#acceptedBytes < this.#durableBytes) {
      throw damagedSpool(this.#folder, this.#durableBytes);
    }
    this.#reader = new SpoolReader(this.#folder, () => this.#segments);
    await this.#reader.seek(this.#durableBytes);
    return { state, acceptedBytes: this.#acceptedBytes };
  }

  get waitingBytes(): number {
    return this.#acceptedBytes - (this.#reader?.offset ?? this.#acceptedBytes);
  }

  get isAtChunkStart(): boolean {
    return this.#reader?.isAtChunkStart ?? true;
  }

  async nextChunkBytes(): Promise<number> {
    return (await this.#reader?.look(this.#acceptedBytes)) ?? 0;
  }

  push(chunk: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.reason);
    if (chunk.length > CHUNK_BYTES_MAX) return Promise.reject(tooLong(chunk.length));
    const accepted = new Promise<void>((resolve, reject) => this.#waiting.push({ chunk, resolve, reject }));
    this.#startWriting();
    return accepted;
  }

  async take(lengthBytesMax: number): Promise<Uint8Array | undefined> {
    if (this.waitingBytes === 0) return undefined;
    return this.#reader?.take(lengthBytesMax, this.#acceptedBytes);
  }

  async remember(state: WriterState): Promise<void> {
    await this.#untilRoom(async () => {
      const write = (): Promise<void> => writeState(this.#folder, state, this.#isSynced);
      await write().catch(async (error: unknown) => {
        if (!isFull(error) || !(await this.#releaseReserve())) throw error;
        await write();
      });
    });
    this.#durableBytes = state.durableBytes;
    this.#startWriting();
    await this.#removeDurable();
  }

  fail(reason: unknown): void {
    this.#failure = { reason };
    this.#over.abort();
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
    await this.#reader?.close();
    await this.#unlock?.();
    this.#unlock = undefined;
  }

  #startWriting(): void {
    if (this.#writing !== undefined || this.#waiting.length === 0 || this.#failure !== undefined) return;
    if (this.#acceptedBytes - this.#durableBytes >= this.#sizeBytesMax) return;
    const group = this.#waiting.splice(0, groupCount(this.#waiting));
    const write = async (): Promise<void> => {
      await this.#writeGroup(group).catch((error: unknown) => {
        // There may be room for some of them.
        if (isFull(error)) this.#waiting.unshift(...group.splice(Math.ceil(group.length / 2)));
        throw error;
      });
    };
    this.#writing = this.#untilRoom(write).then(
      () => {
        for (const { resolve } of group) resolve();
        this.#writing = undefined;
        this.#startWriting();
      },
      (cause: unknown) => {
        const reason = this.#failed(cause);
        for (const { reject } of group) reject(reason);
        this.#writing = undefined;
        this.fail(reason);
      },
    );
  }

  /** Writes chunks that came together with one write and one sync. */
  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    await this.#keepReserve();
    const { file, segment } = await this.#growingSegment();
    const parts = encodeGroup(
      this.#acceptedBytes,
      group.map(({ chunk }) => chunk),
    );
    const fileLength = parts.reduce((length, part) => length + part.length, 0);
    try {
      await writeWhole(file, parts, segment.fileLength);
      if (this.#isSynced) await file.datasync();
    } catch (error) {
      await this.#giveBack(file, segment);
      throw error;
    }
    const length = group.reduce((sum, { chunk }) => sum + chunk.length, 0);
    segment.fileLength += fileLength;
    segment.length += length;
    this.#acceptedBytes += length;
  }

  /**
   * Gives back what a group took that has no room, and ends the segment: the file of one that grows on stays when all
   * of it is durable elsewhere.
   */
  async #giveBack(file: FileHandle, segment: Segment): Promise<void> {
    await file.truncate(segment.fileLength).catch(() => undefined);
    await file.close().catch(() => undefined);
    this.#file = undefined;
  }

  /** Without room for the state nothing can leave the spool, so chunks do not get the last of it. */
  async #keepReserve(): Promise<void> {
    if (this.#hasReserve) return;
    // Zeros take no room on file systems that compress.
    await writeFile(join(this.#folder, RESERVE_NAME), randomBytes(RESERVE_BYTES));
    this.#hasReserve = true;
  }

  /** @returns Whether there was one. */
  async #releaseReserve(): Promise<boolean> {
    const hadReserve = this.#hasReserve;
    this.#hasReserve = false;
    if (hadReserve) await unlink(join(this.#folder, RESERVE_NAME)).catch(() => undefined);
    return hadReserve;
  }

  /** A full disk is a full spool: there is room again when appends have emptied it, or when others make some. */
  #untilRoom<Result>(work: () => Promise<Result>): Promise<Result> {
    return untilRoom(work, {
      onFull: (error) => this.#onWaiting?.(this.#failed(error)),
      stop: this.#over.signal,
    });
  }

  #failed(cause: unknown): AnnalsError {
    const message = isFull(cause) ? 'there is no space left' : String(cause);
    return new AnnalsError('SpoolFailed', `Cannot write to the spool "${this.#folder}": ${message}`, {
      outcome: 'not-applied',
      cause,
    });
  }

  /** The last segment grows on; the others go once nothing of them is needed. */
  async #removeDurable(): Promise<void> {
    for (;;) {
      const [first, second] = this.#segments;
      if (first === undefined || second === undefined || second.startOffset > this.#durableBytes) return;
      this.#segments.shift();
      await this.#reader?.release(first);
      await unlink(join(this.#folder, segmentName(first.startOffset)));
    }
  }

  async #growingSegment(): Promise<{ file: FileHandle; segment: Segment }> {
    const last = this.#segments.at(-1);
    if (this.#file !== undefined && last !== undefined && last.fileLength < this.#segmentBytes) {
      return { file: this.#file, segment: last };
    }
    await this.#file?.close();
    this.#file = undefined;
    const segment = { startOffset: this.#acceptedBytes, length: 0, fileLength: 0 };
    // After a restart a segment may have its name already: one without a whole group.
    this.#file = await open(join(this.#folder, segmentName(segment.startOffset)), 'w');
    if (this.#isSynced) await syncFolder(this.#folder);
    if (last?.startOffset === segment.startOffset) this.#segments.pop();
    this.#segments.push(segment);
    // One that has ended for lack of room may be durable elsewhere already.
    await this.#removeDurable();
    return { file: this.#file, segment };
  }
}

async function writeWhole(file: FileHandle, parts: readonly Uint8Array[], position: number): Promise<void> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const { bytesWritten } = await file.writev(parts, position);
  if (bytesWritten === length) return;
  await writeAt(file, Buffer.concat(parts).subarray(bytesWritten), position + bytesWritten);
}

/** How many of those that wait go into one group. */
function groupCount(waiting: readonly Waiting[]): number {
  let length = 0;
  const count = waiting.findIndex(({ chunk }) => {
    length += chunk.length;
    return length > GROUP_BYTES_MAX;
  });
  return count < 0 ? waiting.length : Math.max(1, count);
}

function tooLong(length: number): AnnalsError {
  return new AnnalsError(
    'InvalidInput',
    `Cannot spool a chunk of ${length} bytes: expected at most ${CHUNK_BYTES_MAX}`,
    { outcome: 'not-applied' },
  );
}

function spoolInUse(folder: string, processId: number): AnnalsError {
  return new AnnalsError('SpoolInUse', `Cannot use the spool "${folder}": process ${processId} uses it`, {
    outcome: 'not-applied',
  });
}
