/**
 * Downloads an object to a file: ranges side by side, each at its place, checked by CRC-64 as a whole, and resumed by
 * the next process. The file appears under its name when it is whole.
 */
import { constants, type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc64 } from '@annals/checksum';
import type { Client } from '../client.js';
import { pickCallOptions } from '../client-options.js';
import { AnnalsError, OssServiceError } from '../error.js';
import type { HeadObjectResult } from '../operations/object/head-object.js';
import { nameTarget, type VersionTarget } from '../operations/object/object-target.js';
import { inParallel } from '../transfer/in-parallel.js';
import { checkPartOptions, type PartOptions, type PlannedPart, planParts } from '../transfer/part-plan.js';
import type { ResumeStore } from '../transfer/resume-store.js';
import { wholeCrc64 } from '../transfer/stored-part.js';
import { type DownloadRecord, formatDownloadRecord, parseDownloadRecord } from './download-record.js';
import { downloadPaths } from './download-remains.js';
import { fetchRange } from './fetch-range.js';
import { readAt } from './file-source.js';
import { lockFile } from './process-lock.js';
import { resumeFile } from './resume-file.js';
import { syncFolder } from './spool-state.js';

/** What to download, and where to. */
export interface DownloadFileInput extends VersionTarget, PartOptions {
  /** Of the file; one that is there is replaced when the download is whole. */
  readonly path: string;
  /** Whether a failed download stays beside the file, for the next call to go on with. Default true. */
  readonly resume?: boolean;
  /** Called after each part. */
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes that are in the file; those of an earlier process included. */
  readonly storedBytes: number;
  /** Bytes of the object. */
  readonly totalBytes: number;
}

/** What was downloaded. */
export interface DownloadResult extends HeadObjectResult {
  /** Bytes that an earlier process had fetched, and that were checked and not fetched again. */
  readonly resumedBytes: number;
}

type Reader = Pick<Client, 'headObject' | 'getObject'>;

const PART_BYTES_DEFAULT = 8 * 1024 * 1024;

/**
 * Writes an object to a file, as it is when the call begins. Until it is whole it lies beside the file as
 * `PATH.annals-part`, with a record in `PATH.annals-part.json`, and `PATH.annals-part.lock` names the process that
 * downloads. Bytes that are appended meanwhile are left out.
 * @throws {OssServiceError} `NoSuchKey`, `NoSuchBucket`, `NoSuchVersion`. @throws {AnnalsError} `ObjectReplaced` when
 * the object changes meanwhile, `FileInUse`, `ChecksumMismatch`, `InvalidInput`, `Aborted`. Also what the file system
 * says.
 */
export async function downloadFile(client: Reader, input: DownloadFileInput): Promise<DownloadResult> {
  const action = `download ${nameTarget(input)}`;
  const { path, resume = true, bucket, key, versionId } = input;
  const options = checkPartOptions(input, PART_BYTES_DEFAULT, action);
  const target = { ...pickCallOptions(input), bucket, key, ...(versionId !== undefined && { versionId }) };
  await refuseOther(path, action);
  const head = await client.headObject(target);
  const { part: partPath, record, lock } = downloadPaths(path);
  const store = resumeFile(record);
  const download: Download = { ...{ client, input, head, action, store }, ...options, partPath };
  const unlock = await lockFile(lock, (processId) => inUse(action, path, processId));
  try {
    const known = resume ? parseDownloadRecord(await store.read()) : undefined;
    let { isRight, resumedBytes } = await fetchParts(download, known);
    // What lay there may be of an object that is gone; then all of it comes again.
    if (!isRight && resumedBytes > 0) ({ isRight, resumedBytes } = await fetchParts(download, undefined));
    if (!isRight) throw mismatch(download);
    await rename(partPath, path);
    // At once, because a process that is killed here leaves a record that no later download looks for.
    await store.remove();
    await syncFolder(dirname(path));
    return { ...head, resumedBytes };
  } catch (error) {
    if (!resume || (error instanceof AnnalsError && error.code === 'ChecksumMismatch')) {
      await rm(partPath, { force: true });
      await store.remove();
    }
    throw error;
  } finally {
    await unlock();
  }
}

/** Two downloads to one path would write into one file, and each would take it for its own. */
function inUse(action: string, path: string, processId: number): AnnalsError {
  const reason = `process ${processId} downloads to it`;
  return new AnnalsError('FileInUse', `Cannot ${action} to ${JSON.stringify(path)}: ${reason}`, {
    outcome: 'not-applied',
  });
}

/** A folder in the place would be noticed only when everything is here; a device or pipe would be removed. */
async function refuseOther(path: string, action: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined || facts.isFile()) return;
  const found = facts.isDirectory() ? 'folder' : 'pipe or device';
  throw new AnnalsError('InvalidInput', `Cannot ${action} to ${JSON.stringify(path)}: expected no ${found} there`, {
    outcome: 'not-applied',
  });
}

interface Download extends Required<PartOptions> {
  readonly client: Reader;
  readonly input: DownloadFileInput;
  readonly head: HeadObjectResult;
  /** What is tried, to complete "Cannot ...". */
  readonly action: string;
  readonly partPath: string;
  readonly store: ResumeStore;
}

/** @returns Whether the file is the object, as far as the server tells; it is on the disk then. */
async function fetchParts(
  download: Download,
  known: DownloadRecord | undefined,
): Promise<{ readonly isRight: boolean; readonly resumedBytes: number }> {
  const { head, partPath, input, partBytes, parallelCount } = download;
  const { bucket, key } = input;
  const record = { bucket, key, identity: identityOf(head), partBytes, parts: new Map<number, bigint>() };
  const isKnown = known !== undefined && isSameObject(known, record);
  const planned = planParts(head.length, partBytes);
  let storedBytes = 0;
  let resumedBytes = 0;
  const file = await open(partPath, constants.O_RDWR | constants.O_CREAT);
  try {
    await file.truncate(head.length);
    const notes = new Notes(download.store, record);
    await inParallel(planned, parallelCount, input.signal, async (part, signal) => {
      const before = isKnown ? await readKnown(file, part, known.parts.get(part.partNumber)) : undefined;
      record.parts.set(part.partNumber, before ?? (await fetchPart(download, file, part, signal)));
      const length = part.end - part.start;
      storedBytes += length;
      if (before !== undefined) resumedBytes += length;
      // A single part is either here or not.
      else if (input.resume !== false && planned.length > 1) notes.change();
      input.onProgress?.({ storedBytes, totalBytes: head.length });
    }).finally(() => notes.settle());
    await file.sync();
  } finally {
    await file.close();
  }
  const parts = planned.map(({ partNumber, start, end }) => ({
    crc64: record.parts.get(partNumber) ?? 0n,
    lengthBytes: end - start,
  }));
  return { isRight: head.crc64 === undefined || wholeCrc64(parts) === head.crc64, resumedBytes };
}

/** The bytes of an appendable object stay as they are while it grows; any other object is another one with its etag. */
function identityOf({ type, versionId, etag, length }: HeadObjectResult): string {
  return JSON.stringify(
    type === 'Appendable' ? [type, versionId ?? ''] : [type ?? '', versionId ?? '', etag ?? '', length],
  );
}

function isSameObject(one: DownloadRecord, other: DownloadRecord): boolean {
  return (
    one.bucket === other.bucket &&
    one.key === other.key &&
    one.identity === other.identity &&
    one.partBytes === other.partBytes
  );
}

/** The CRC-64 of a part that is in the file already and is what was noted. */
async function readKnown(
  file: FileHandle,
  { start, end }: PlannedPart,
  noted: bigint | undefined,
): Promise<bigint | undefined> {
  if (noted === undefined) return undefined;
  return crc64(await readAt(file, start, end)) === noted ? noted : undefined;
}

async function fetchPart(
  { client, input, head, action }: Download,
  file: FileHandle,
  part: PlannedPart,
  signal: AbortSignal,
): Promise<bigint> {
  const { bucket, key, versionId } = input;
  const request = {
    ...{ ...pickCallOptions(input), signal, bucket, key },
    ...(versionId !== undefined && { versionId }),
    ...(head.type !== 'Appendable' && head.etag !== undefined && { ifMatch: head.etag }),
  };
  try {
    return await fetchRange(client, request, file, part);
  } catch (error) {
    const isReplaced = error instanceof OssServiceError && REPLACED_CODES.has(error.code);
    if (!isReplaced) throw error;
    throw new AnnalsError('ObjectReplaced', `Cannot ${action}: the object was changed meanwhile`, {
      outcome: 'not-applied',
      cause: error,
    });
  }
}

/** What a server says of an object that is another, or shorter, than it was. */
const REPLACED_CODES: ReadonlySet<string> = new Set(['PreconditionFailed', 'InvalidRange']);

/** Writes the record, one write at a time; changes that come meanwhile are written together. */
class Notes {
  readonly #store: ResumeStore;
  readonly #record: DownloadRecord;
  #isChanged = false;
  #writing: Promise<void> | undefined;

  constructor(store: ResumeStore, record: DownloadRecord) {
    this.#store = store;
    this.#record = record;
  }

  change(): void {
    this.#isChanged = true;
    this.#writing ??= this.#write();
  }

  /** A record that cannot be written only costs what is fetched again. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#isChanged) {
      this.#isChanged = false;
      await this.#store.write(formatDownloadRecord(this.#record)).catch(() => undefined);
    }
    this.#writing = undefined;
  }
}

function mismatch({ action, head }: Download): AnnalsError {
  return new AnnalsError('ChecksumMismatch', `Cannot ${action}: the bytes do not have the CRC-64 ${head.crc64}`, {
    outcome: 'not-applied',
  });
}
