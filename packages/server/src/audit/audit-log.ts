/**
 * The audit log: lines of JSON in files that are only ever appended to, each synced before its promise resolves. Lines
 * that arrive while a sync is under way share the next one. A file that is full is followed by another, and the chain
 * goes on. Nothing here deletes.
 *
 * After a write that failed the next one looks at what is really there and goes on behind it; after a failed sync it
 * writes nothing until the log is opened again, because what is on the disk is then unknown.
 */
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { auditFileName, listAuditFiles, readAuditTail } from './audit-files.js';
import {
  type AuditEvent,
  type AuditHead,
  CHAIN_START,
  describeTornBytes,
  TORN_LINE_ACTION,
  writeAuditLine,
} from './audit-record.js';

/** A file that can only grow. */
export interface AppendableFile {
  /** Appends all of it, or throws with any part of it written. */
  append(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What a log is opened with. */
export interface AuditLogOptions {
  /** Made when missing, for its owner only. */
  readonly folder: string;
  /** Length of a file after which the next is begun. */
  readonly fileLengthBytesMax: number;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly clock?: () => number;
  /** Opens a file to append to it. Default: the file system of the machine. */
  readonly openFile?: (path: string) => Promise<AppendableFile>;
}

/** The log takes nothing at the moment, or any more. */
export class AuditUnavailable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'AuditUnavailable';
  }
}

interface Waiting {
  readonly event: AuditEvent;
  readonly resolve: (head: AuditHead) => void;
  readonly reject: (error: unknown) => void;
}

/** Length of a file by default; reading the end of one at a start takes some milliseconds. */
export const AUDIT_FILE_LENGTH_BYTES_MAX = 8 * 1024 * 1024;

/** An open log. One process at a time may have it: the one that has the lock of the data folder. */
export class AuditLog {
  readonly #folder: string;
  readonly #fileLengthBytesMax: number;
  readonly #clock: () => number;
  readonly #openFile: (path: string) => Promise<AppendableFile>;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #file: AppendableFile | undefined;
  #fileNumber = 0;
  #fileLengthBytes = 0;
  #head: AuditHead = CHAIN_START;
  #torn: ReturnType<typeof describeTornBytes> | undefined;
  #poisonedBy: unknown;
  #isClosed = false;

  private constructor({ folder, fileLengthBytesMax, clock, openFile }: AuditLogOptions) {
    this.#folder = folder;
    this.#fileLengthBytesMax = fileLengthBytesMax;
    this.#clock = clock ?? Date.now;
    this.#openFile = openFile ?? openToAppend;
  }

  /**
   * Opens the log of a folder. Reads its last file; bytes of a line that was cut short are left where they are and
   * named by the next record.
   * @throws {AuditUnavailable} The folder or its files cannot be used.
   */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const log = new AuditLog(options);
    try {
      await mkdir(options.folder, { recursive: true, mode: 0o700 });
      await log.#takeUp();
    } catch (error) {
      await log.close();
      throw error instanceof AuditUnavailable ? error : new AuditUnavailable('Cannot open the audit log', error);
    }
    return log;
  }

  /** The last record that is durable. */
  get head(): AuditHead {
    return this.#head;
  }

  /**
   * Appends a record.
   * @returns Its place, when it is on the disk.
   * @throws {AuditUnavailable} It is not, or the outcome is unknown.
   */
  append(event: AuditEvent): Promise<AuditHead> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Waits for what is being written. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const heads = await this.#write(batch.map(({ event }) => event));
        for (const [index, { resolve }] of batch.entries()) resolve(heads[index] as AuditHead);
      } catch (error) {
        const failure =
          error instanceof AuditUnavailable ? error : new AuditUnavailable('Cannot write to the audit log', error);
        for (const { reject } of batch) reject(failure);
      }
    }
    // In the same turn as the last check: a caller that appends now must not wait for a writer that is done.
    this.#writing = undefined;
  }

  async #write(events: readonly AuditEvent[]): Promise<readonly AuditHead[]> {
    if (this.#poisonedBy !== undefined) {
      throw new AuditUnavailable(
        'A sync of the audit log failed, nothing is recorded before a restart',
        this.#poisonedBy,
      );
    }
    if (this.#isClosed && this.#file === undefined) throw new AuditUnavailable('The audit log is closed');
    // After a write that failed.
    if (this.#file === undefined) await this.#takeUp();
    // The record that names torn bytes stands in the file that has them.
    const isFull = this.#fileLengthBytes >= this.#fileLengthBytesMax && this.#torn === undefined;
    if (isFull) await this.#beginFile(this.#fileNumber + 1);
    let head = this.#head;
    let text = '';
    const add = (event: AuditEvent): AuditHead => {
      const written = writeAuditLine(event, head, this.#clock());
      text += written.line;
      head = written.head;
      return head;
    };
    if (this.#torn !== undefined) {
      text = '\n';
      add({ phase: 'event', action: TORN_LINE_ACTION, actor: { kind: 'server' }, result: 'done', detail: this.#torn });
    }
    const heads = events.map(add);
    const bytes = Buffer.from(text, 'utf8');
    try {
      await this.#file?.append(bytes);
    } catch (error) {
      await this.#giveUpFile();
      throw error;
    }
    try {
      await this.#file?.sync();
    } catch (error) {
      this.#poisonedBy = error;
      throw error;
    }
    this.#fileLengthBytes += bytes.length;
    this.#torn = undefined;
    this.#head = head;
    return heads;
  }

  /** Finds out where the chain is, and opens its last file. */
  async #takeUp(): Promise<void> {
    const files = await listAuditFiles(this.#folder);
    const { head, torn, lengthBytes } = await readAuditTail(files);
    this.#head = head;
    this.#torn = torn.length === 0 ? undefined : describeTornBytes(torn);
    const last = files.at(-1);
    if (last === undefined) {
      await this.#beginFile(1);
      return;
    }
    this.#file = await this.#openFile(last.path);
    this.#fileNumber = last.number;
    this.#fileLengthBytes = lengthBytes;
  }

  async #beginFile(number: number): Promise<void> {
    const file = await this.#openFile(join(this.#folder, auditFileName(number)));
    try {
      await syncFolder(this.#folder);
    } catch (error) {
      // Such as when no folder can be opened any more: the next record tries again, and nothing stays open.
      await file.close();
      throw error;
    }
    await this.#file?.close();
    this.#file = file;
    this.#fileNumber = number;
    this.#fileLengthBytes = 0;
  }

  async #giveUpFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
  }
}

async function openToAppend(path: string): Promise<AppendableFile> {
  const file = await open(path, 'a', 0o600);
  return {
    append: (bytes) => file.appendFile(bytes),
    sync: () => file.datasync(),
    close: () => file.close(),
  };
}

async function syncFolder(folder: string): Promise<void> {
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
