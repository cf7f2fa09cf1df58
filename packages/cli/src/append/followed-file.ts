/**
 * A file that grows, as `tail -F` reads it: what is appended to it, also after it was renamed and made again (logrotate
 * `create`) or cut to nothing (`copytruncate`). Looks four times a second; needs no notification of the operating
 * system, so it works on network file systems. Leaves out remembering how far it was read (`source-journal.ts`).
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { crc64 } from '@annals/checksum';
import { CommandFailure, systemErrorCode } from '../command-failure.js';
import { describeFileError } from '../describe-file-error.js';
import type { FileGeneration, FileHead, SourceChunk } from './source-chunk.js';

/** Which file, from where, until when. */
export interface FollowedFileOptions {
  readonly path: string;
  /** Where a process before stopped reading. `undefined`: at the beginning of the file that has the path now. */
  readonly start: FileGeneration | undefined;
  /** Whether to wait for more at the end. Without it the file is read once. */
  readonly isFollowed: boolean;
  /** Whether the first file is read from its end: only what comes. */
  readonly isFromEnd: boolean;
  readonly stop: AbortSignal;
  /** Tells people what they should know. */
  readonly warn: (message: string) => void;
}

const READ_BYTES = 256 * 1024;
const LOOK_EVERY_MS = 250;
/** A program may write to a renamed file until it opens the new one; the old one is left once it was still so long. */
const QUIET_MS = 1000;
/** Rotated files that cannot be read as they are. */
const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4|Z)$/;

/**
 * Reads the file. Each file under the path is announced before its bytes.
 * @throws {CommandFailure} It cannot be read.
 */
export async function* followFile(options: FollowedFileOptions): AsyncGenerator<SourceChunk, void, void> {
  let generation: OpenGeneration | undefined = await firstGeneration(options);
  while (generation !== undefined) {
    const { handle, facts, offset, head } = generation;
    try {
      yield announce(facts, offset, head);
      yield* readGeneration(generation, options);
      if (options.stop.aborted || !options.isFollowed) return;
      generation = await nextGeneration(facts, options);
    } finally {
      await handle.close();
    }
  }
}

interface OpenGeneration {
  readonly handle: FileHandle;
  readonly facts: Stats;
  readonly offset: number;
  /** As a process before knew it. */
  readonly head: FileHead;
}

const NO_HEAD: FileHead = { length: 0, crc64: 0n };

function announce({ dev, ino }: Stats, offset: number, head: FileHead): SourceChunk {
  return { kind: 'begin', generation: { device: dev, inode: ino, offset, head } };
}

/** Reads one file until another one has its path and it is quiet, or until it ends. */
async function* readGeneration(
  { handle, facts, offset: start }: OpenGeneration,
  { path, isFollowed, stop, warn }: FollowedFileOptions,
): AsyncGenerator<SourceChunk, void, void> {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let beginning = await readBeginning(handle, start);
  let offset = start;
  let quietSinceMs = performance.now();
  let changedAtMs = 0;
  while (!stop.aborted) {
    const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, offset).catch((cause: unknown) => {
      throw new CommandFailure(`Cannot read ${path}: ${describeFileError(cause)}`, { cause });
    });
    // Behind the reading: bytes that were read before the file was cut are those of the file as it was.
    const { size, mtimeMs } = await handle.stat();
    const isCut = size < offset || (mtimeMs !== changedAtMs && !(await startsWith(handle, beginning)));
    changedAtMs = mtimeMs;
    if (isCut) {
      const event = size < offset ? `was cut from ${offset} to ${size} bytes` : 'was cut and written again';
      warn(`${path} ${event}; reading it from its beginning`);
      beginning = Buffer.alloc(0);
      offset = 0;
      yield announce(facts, 0, NO_HEAD);
      continue;
    }
    if (bytesRead > 0) {
      const bytes = buffer.subarray(0, bytesRead);
      if (offset < BEGINNING_BYTES_MAX) {
        beginning = Buffer.concat([beginning, bytes.subarray(0, BEGINNING_BYTES_MAX - offset)]);
      }
      offset += bytesRead;
      quietSinceMs = performance.now();
      yield { kind: 'bytes', bytes };
      continue;
    }
    if (!isFollowed) return;
    const isQuiet = performance.now() - quietSinceMs >= QUIET_MS;
    if (isQuiet && (await isReplaced(path, facts))) return;
    await pauseUntil(stop);
  }
}

async function isReplaced(path: string, facts: Stats): Promise<boolean> {
  const now = await statOrNothing(path);
  return now !== undefined && !isSameFile(now, facts);
}

function isSameFile(one: Stats, other: { readonly dev: number; readonly ino: number }): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** The file where a process before stopped, wherever it is now; else the one that has the path. */
async function firstGeneration(options: FollowedFileOptions): Promise<OpenGeneration | undefined> {
  const { path, start, isFromEnd, warn } = options;
  if (start !== undefined) {
    const wanted = { dev: start.device, ino: start.inode };
    for (const candidate of [path, ...(await rotatedPaths(path))]) {
      const facts = await statOrNothing(candidate);
      if (facts === undefined || !isSameFile(facts, wanted)) continue;
      const opened = await openGeneration(candidate, start.offset, start.head);
      if (facts.size >= start.offset && (await hasHead(opened.handle, start.head))) return opened;
      warn(`${candidate} was cut or replaced since ${start.offset} bytes of it were read; reading it from its start`);
      return { ...opened, offset: 0, head: NO_HEAD };
    }
    warn(`the file that was read last is neither ${path} nor beside it; going on with what has that name now`);
  }
  const opened = await openWhenThere(options);
  if (opened === undefined || !isFromEnd || start !== undefined) return opened;
  return { ...opened, offset: opened.facts.size };
}

/**
 * The file to read after another one: the oldest of those that were rotated since, so that several rotations while this
 * program was away lose nothing; else the one that has the path.
 */
async function nextGeneration(before: Stats, options: FollowedFileOptions): Promise<OpenGeneration | undefined> {
  const { path, warn } = options;
  const newer: { readonly path: string; readonly facts: Stats }[] = [];
  for (const candidate of await rotatedPaths(path)) {
    const facts = await statOrNothing(candidate);
    if (facts === undefined || isSameFile(facts, before) || facts.mtimeMs < before.mtimeMs) continue;
    // Rotation keeps the order of beginnings; a copy of what was read has an earlier last change than its making.
    if (facts.birthtimeMs <= before.birthtimeMs) continue;
    if (COMPRESSED.test(candidate)) warn(`${candidate} is compressed and is not read`);
    else newer.push({ path: candidate, facts });
  }
  newer.sort((one, other) => one.facts.mtimeMs - other.facts.mtimeMs);
  const [oldest] = newer;
  return oldest === undefined ? openWhenThere(options) : openGeneration(oldest.path, 0);
}

/** Files beside a path whose names go on behind its own, as rotation names them: `app.log.1`, `app.log-20260131`. */
async function rotatedPaths(path: string): Promise<readonly string[]> {
  const name = basename(path);
  const names = await readdir(dirname(path)).catch(() => []);
  return names
    .filter((each) => each.startsWith(`${name}.`) || each.startsWith(`${name}-`))
    .map((each) => join(dirname(path), each));
}

async function openWhenThere({
  path,
  isFollowed,
  stop,
  warn,
}: FollowedFileOptions): Promise<OpenGeneration | undefined> {
  let isToldOf = false;
  while (!stop.aborted) {
    try {
      return await openGeneration(path, 0);
    } catch (error) {
      if (!isFollowed || systemErrorCode(error instanceof Error ? error.cause : error) !== 'ENOENT') throw error;
      if (!isToldOf) warn(`${path} does not exist; waiting for it`);
      isToldOf = true;
      await pauseUntil(stop);
    }
  }
  return undefined;
}

/** @throws {CommandFailure} It cannot be opened, or does not grow; its cause says why the system refused. */
async function openGeneration(path: string, offset: number, head = NO_HEAD): Promise<OpenGeneration> {
  let facts: Stats;
  try {
    // A pipe that nobody writes to would hold a thread, and with it the end of the process.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    facts = await handle.stat();
    if (facts.isFile()) return { handle, facts, offset, head };
    await handle.close();
  } catch (cause) {
    throw new CommandFailure(`Cannot read ${path}: ${describeFileError(cause)}`, { cause });
  }
  if (facts.isDirectory()) throw new CommandFailure(`Cannot read ${path}: it is a folder`);
  throw new CommandFailure(`Cannot follow ${path}: it is no regular file; without --follow-file it is read once`);
}

/** What tells a file that was cut and has grown again from one that only grew: as much as a journal remembers. */
const BEGINNING_BYTES_MAX = 256;

/** The first bytes of a file, of those that were read. */
async function readBeginning(handle: FileHandle, offset: number): Promise<Buffer> {
  const bytes = Buffer.alloc(Math.min(offset, BEGINNING_BYTES_MAX));
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
  return bytes.subarray(0, bytesRead);
}

async function startsWith(handle: FileHandle, beginning: Buffer): Promise<boolean> {
  return (await readBeginning(handle, beginning.length)).equals(beginning);
}

async function hasHead(handle: FileHandle, head: FileHead): Promise<boolean> {
  const bytes = Buffer.alloc(head.length);
  const { bytesRead } = await handle.read(bytes, 0, head.length, 0);
  return bytesRead === head.length && crc64(bytes) === head.crc64;
}

async function statOrNothing(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}

async function pauseUntil(stop: AbortSignal): Promise<void> {
  await wait(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
}
