/** Transfers one file or object: up, down, or within a server. Leaves out what is transferred (`../commands/cp.ts`). */
import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Client } from '@annals/client';
import { downloadFile, uploadFile } from '@annals/client/node';
import { appendStateFolder } from '../append/state-folder.js';
import { CommandFailure } from '../command-failure.js';
import { contentTypeOf } from '../content-type.js';
import { describePlace, type Place } from './place.js';

/** How single transfers are made. */
export interface TransferOptions {
  readonly client: Client;
  /** Of the server, for what an interrupted upload leaves on this machine. */
  readonly endpoint: string;
  readonly contentType: string | undefined;
  /** Refuse to replace an object that exists. */
  readonly isNoClobber: boolean;
  readonly partBytes: number | undefined;
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
    await mkdir(dirname(resolve(target.path)), { recursive: true });
    await downloadFile(client, {
      ...parts,
      ...source.url,
      path: target.path,
      onProgress: ({ storedBytes }) => onProgress(storedBytes),
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
  const folder = appendStateFolder([options.endpoint, describePlace(target), resolve(source.path)]);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await uploadFile(client, {
    ...attributes,
    path: source.path,
    resumePath: join(folder, 'upload.json'),
    onProgress: ({ storedBytes }) => onProgress(storedBytes),
  });
}
