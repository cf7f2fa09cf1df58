/** Transfers one file or object: up, down, or within a server. Leaves out what is transferred (`../commands/cp.ts`). */
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Client } from '@annals/client';
import { downloadFile, uploadFile } from '@annals/client/node';
import { CommandFailure, describeError } from '../command-failure.js';
import { contentTypeOf } from '../content-type.js';
import { uploadRecordPath } from '../state-folder.js';
import { describePlace, type Place } from './place.js';
import { downloadToStream, isStreamSource, isStreamTarget, readStreamSource } from './special-file.js';

/** Of `uploadFile`: what fits into one part is one request, of which nothing can be continued. */
const PART_BYTES_DEFAULT = 8 * 1024 * 1024;

/** How single transfers are made. */
export interface TransferOptions {
  readonly client: Client;
  /** Fires when the command is asked to stop. */
  readonly signal: AbortSignal;
  /** Of the server, for what an interrupted upload leaves on this machine. */
  readonly endpoint: string;
  readonly contentType: string | undefined;
  /** Refuse to replace an object that exists. */
  readonly isNoClobber: boolean;
  readonly partBytes: number | undefined;
  /** Called when an interrupted upload could not be continued, since this machine cannot remember its parts. */
  readonly onUnremembered: (reason: string) => void;
  /** Called with bytes as they arrive at their target. */
  readonly onBytes: (count: number) => void;
}

/**
 * Transfers one thing whole or not at all; an interrupted one is resumed when the same is asked for again.
 * @throws {CommandFailure} Neither end is on a server. @throws {AnnalsError} The transfer failed.
 */
export async function transferItem(
  source: Place,
  target: Place,
  options: TransferOptions,
  signal: AbortSignal,
): Promise<void> {
  const { client, partBytes, onBytes } = options;
  let reported = 0;
  const onProgress = (done: number): void => {
    onBytes(done - reported);
    reported = done;
  };
  const parts = { signal, ...(partBytes !== undefined && { partBytes }) };
  if (target.kind === 'local') {
    if (source.kind === 'local') throw new CommandFailure(`Cannot copy ${source.path}: neither end is oss://...`);
    if (await isStreamTarget(target.path)) {
      return downloadToStream(client, { url: source.url, path: target.path }, signal, onProgress);
    }
    await mkdir(dirname(resolve(target.path)), { recursive: true });
    await downloadFile(client, {
      ...parts,
      ...source.url,
      path: target.path,
      onProgress: ({ storedBytes }) => onProgress(storedBytes),
    }).catch((error: unknown) => {
      throw withPath(error, target.path);
    });
    return;
  }
  const { bucket, key } = target.url;
  const contentType = options.contentType ?? (source.kind === 'local' ? contentTypeOf(key) : undefined);
  const attributes = {
    ...parts,
    bucket,
    key,
    ...(contentType !== undefined && { contentType }),
    ...(options.isNoClobber && { forbidOverwrite: true }),
  };
  if (source.kind === 'remote') {
    await client.copy({
      ...attributes,
      source: source.url,
      onProgress: ({ copiedBytes }) => onProgress(copiedBytes),
    });
    return;
  }
  if (await isStreamSource(source.path)) {
    await client.upload({
      ...attributes,
      source: readStreamSource(source.path, signal),
      onProgress: ({ storedBytes }) => onProgress(storedBytes),
    });
    return;
  }
  const resumePath = uploadRecordPath([options.endpoint, describePlace(target), resolve(source.path)]);
  const isInParts = (await stat(source.path)).size > (partBytes ?? PART_BYTES_DEFAULT);
  const canRemember =
    isInParts &&
    (await makeWritable(dirname(resumePath)).catch((error: unknown) => {
      options.onUnremembered(describeError(error));
      return false;
    }));
  await uploadFile(client, {
    ...attributes,
    path: source.path,
    ...(canRemember && { resumePath }),
    onProgress: ({ storedBytes }) => onProgress(storedBytes),
  });
}

/** Makes a folder, as far as it is not there. @throws {Error} No file can be made in it. */
async function makeWritable(folder: string): Promise<true> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await access(folder, constants.W_OK | constants.X_OK);
  return true;
}

/** What the system says of a write has no path; a message that names none helps nobody. */
function withPath(error: unknown, path: string): unknown {
  const isNameless = error instanceof Error && 'syscall' in error && !('path' in error);
  return isNameless ? Object.assign(error, { path }) : error;
}
