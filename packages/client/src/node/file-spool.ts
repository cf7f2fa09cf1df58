/**
 * A backlog on disk: what it has accepted survives the process and, with `sync`, the machine. A folder holds segments,
 * whose names are the offsets of their first bytes, and a state. A segment is a row of records, one for each chunk:
 * length (4 bytes) and CRC-64 (8 bytes) of the chunk, little-endian, then its bytes. Leaves out reading them back
 * (`spool-reader.ts`), the state (`spool-state.ts`) and who may use the folder (`spool-lock.ts`).
 */
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { crc64 } from '@annals/checksum';
import type { Backlog, BacklogContent, WriterState } from '../append-writer/backlog.js';
import { AnnalsError } from '../error.js';
import { lockSpool } from './spool-lock.js';
import { listSegments, RECORD_HEADER_LENGTH, type Segment, SpoolReader, segmentName } from './spool-reader.js';
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

  constructor(options: FileSpoolOptions) {
    this.#folder = options.folder;
    this.#sizeBytesMax = options.sizeBytesMax ?? SIZE_BYTES_MAX_DEFAULT;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES_DEFAULT;
    this.#isSynced = options.sync ?? true;
  }

  async open(): Promise<BacklogContent> {
    await mkdir(this.#folder, { recursive: true });
    this.#unlock = await lockSpool(this.#folder);
    const state = await readState(this.#folder);
    this.#durableBytes = state?.durableBytes ?? 0;
    this.#segments = await listSegments(this.#folder);
    const last = this.#segments.at(-1);
    this.#acceptedBytes = last === undefined ? this.#durableBytes : last.startOffset + last.length;
    const [first] = this.#segments;
    if ((first?.startOffset ?? this.#durableBytes) > this.#durableBytes || this.#acceptedBytes < this.#durableBytes) {
      throw new AnnalsError(
        'SpoolDamaged',
        `Cannot use the spool "${this.#folder}": it lacks bytes from offset ${this.#durableBytes}`,
        { outcome: 'not-applied' },
      );
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
    const accepted = new Promise<void>((resolve, reject) => this.#waiting.push({ chunk, resolve, reject }));
    this.#startWriting();
    return accepted;
  }

  async take(lengthBytesMax: number): Promise<Uint8Array | undefined> {
    if (this.waitingBytes === 0) return undefined;
    return this.#reader?.take(lengthBytesMax, this.#acceptedBytes);
  }

  async remember(state: WriterState): Promise<void> {
    await writeState(this.#folder, state, this.#isSynced);
    this.#durableBytes = state.durableBytes;
    this.#startWriting();
    // The last segment grows on; the others go once nothing of them is needed.
    for (;;) {
      const [first, second] = this.#segments;
      if (first === undefined || second === undefined || second.startOffset > this.#durableBytes) return;
      this.#segments.shift();
      await unlink(join(this.#folder, segmentName(first.startOffset)));
    }
  }

  fail(reason: unknown): void {
    this.#failure = { reason };
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }

  async close(): Promise<void> {
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
    const group = this.#waiting.splice(0);
    this.#writing = this.#writeGroup(group).then(
      () => {
        for (const { resolve } of group) resolve();
        this.#writing = undefined;
        this.#startWriting();
      },
      (cause: unknown) => {
        const reason = new AnnalsError('SpoolFailed', `Cannot write to the spool "${this.#folder}": ${String(cause)}`, {
          outcome: 'not-applied',
          cause,
        });
        for (const { reject } of group) reject(reason);
        this.#writing = undefined;
        this.fail(reason);
      },
    );
  }

  /** Writes chunks that came together with one write and one sync. */
  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const { file, segment } = await this.#growingSegment();
    const parts = group.flatMap(({ chunk }) => [recordHeader(chunk), chunk]);
    const fileLength = parts.reduce((length, part) => length + part.length, 0);
    let position = segment.fileLength;
    for (let rest: readonly Uint8Array[] = parts; rest.length > 0; ) {
      const some = rest.slice(0, WRITE_PART_COUNT_MAX);
      await writeWhole(file, some, position);
      position += some.reduce((length, part) => length + part.length, 0);
      rest = rest.slice(some.length);
    }
    if (this.#isSynced) await file.datasync();
    const length = group.reduce((sum, { chunk }) => sum + chunk.length, 0);
    segment.fileLength += fileLength;
    segment.length += length;
    this.#acceptedBytes += length;
  }

  async #growingSegment(): Promise<{ file: FileHandle; segment: Segment }> {
    const last = this.#segments.at(-1);
    if (this.#file !== undefined && last !== undefined && last.fileLength < this.#segmentBytes) {
      return { file: this.#file, segment: last };
    }
    await this.#file?.close();
    const segment = { startOffset: this.#acceptedBytes, length: 0, fileLength: 0 };
    // After a restart a segment may have its name already: one without a whole record.
    this.#file = await open(join(this.#folder, segmentName(segment.startOffset)), 'w');
    if (this.#isSynced) await syncFolder(this.#folder);
    if (last?.startOffset === segment.startOffset) this.#segments.pop();
    this.#segments.push(segment);
    return { file: this.#file, segment };
  }
}

/** Buffers of one write at most: what the operating system takes (IOV_MAX). */
const WRITE_PART_COUNT_MAX = 1024;

async function writeWhole(file: FileHandle, parts: readonly Uint8Array[], position: number): Promise<void> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const { bytesWritten } = await file.writev(parts, position);
  if (bytesWritten === length) return;
  const bytes = Buffer.concat(parts);
  for (let written = bytesWritten; written < length; ) {
    written += (await file.write(bytes, written, length - written, position + written)).bytesWritten;
  }
}

function recordHeader(chunk: Uint8Array): Uint8Array {
  const header = new Uint8Array(RECORD_HEADER_LENGTH);
  const view = new DataView(header.buffer);
  view.setUint32(0, chunk.length, true);
  view.setBigUint64(4, crc64(chunk), true);
  return header;
}
