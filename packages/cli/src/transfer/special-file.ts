/**
 * Copies from and to pipes and devices (`/dev/null`, `mkfifo`, `<(...)`): their bytes are streamed. A download that
 * takes its place by a rename, as one to a file does, would remove the device. Leaves out files and folders.
 */
import { lstat, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Client } from '@annals/client';
import { CommandFailure, describeError } from '../command-failure.js';
import type { OssUrl } from '../oss-url.js';
import { openPipeTarget, readPipeFile } from '../pipe-file.js';

/** Whether a path names something to write to that is no file, or a link in `/dev` to what a shell has opened. */
export async function isStreamTarget(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined || facts.isDirectory()) return false;
  if (!facts.isFile()) return true;
  return path.startsWith('/dev/') && (await lstat(path)).isSymbolicLink();
}

/**
 * Whether a path names something to read that has no length of its own: a pipe, a device, or a file whose content is
 * made when it is read (`/proc`).
 */
export async function isStreamSource(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && !facts.isDirectory() && (!facts.isFile() || facts.size === 0);
}

/** Writes an object to what is there. @throws {CommandFailure} The system refuses. @throws {AnnalsError} The server. */
export async function downloadToStream(
  client: Client,
  { url, path }: { readonly url: OssUrl; readonly path: string },
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const { body } = await client.getObject({ ...url, signal });
  async function* counted(): AsyncGenerator<Uint8Array, void, void> {
    let length = 0;
    for await (const chunk of body) {
      yield chunk;
      length += chunk.length;
      onProgress(length);
    }
  }
  let systemError: unknown;
  try {
    const target = await openPipeTarget(path, signal).catch((error: unknown) => {
      systemError = error;
      throw error;
    });
    target.on('error', (error) => {
      systemError ??= error;
    });
    await pipeline(counted(), target, { signal });
  } catch (error) {
    if (systemError !== error) throw error;
    throw new CommandFailure(`Cannot write to ${path}: ${describeError(error)}`, { cause: error });
  }
}

/** The bytes of what is there. @throws {CommandFailure} The system refuses, in the middle of it too. */
export async function* readStreamSource(path: string, stop: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* readPipeFile(path, stop);
  } catch (error) {
    throw new CommandFailure(`Cannot read ${path}: ${describeError(error)}`, { cause: error });
  }
  // What was cut off is no whole object.
  stop.throwIfAborted();
}
