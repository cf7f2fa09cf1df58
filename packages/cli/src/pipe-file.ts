/**
 * Reads and writes pipes and devices that have a name (`mkfifo`, `<(...)`, `/dev/...`): their bytes come once and have
 * no length. Leaves out regular files, and the standard streams of the process.
 */
import { closeSync, constants, createReadStream, createWriteStream, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { systemErrorCode } from './command-failure.js';

const READ_BYTES = 256 * 1024;
const LOOK_EVERY_MS = 100;

/**
 * Reads until the end, or until asked to stop. Nothing of it blocks a thread: opening a pipe that nobody writes to does
 * not return, and a process with such a thread neither stops when a signal asks it nor ends at `process.exit`.
 * @throws What the file system says.
 */
export async function* readPipeFile(path: string, stop: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  if (!(await stat(path)).isFIFO()) {
    yield* untilStopped(createReadStream(path, { highWaterMark: READ_BYTES, signal: stop }), stop);
    return;
  }
  // A socket takes the descriptor over, which a `FileHandle` does not give away.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let first: Uint8Array | undefined;
  try {
    first = await firstBytes(descriptor, stop);
  } finally {
    if (first === undefined) closeSync(descriptor);
  }
  if (first === undefined) return;
  if (first.length > 0) yield first;
  const socket = new Socket({ fd: descriptor, readable: true, writable: false, signal: stop });
  try {
    yield* untilStopped(socket, stop);
  } finally {
    socket.destroy();
  }
}

/** What is there once somebody writes, perhaps nothing yet; `undefined` when nobody did before the stop. */
async function firstBytes(descriptor: number, stop: AbortSignal): Promise<Uint8Array | undefined> {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  while (!stop.aborted) {
    try {
      // Does not wait: without a writer there is nothing; with one that has not written the system says EAGAIN.
      const length = readSync(descriptor, buffer, 0, READ_BYTES, null);
      if (length > 0) return buffer.subarray(0, length);
    } catch (error) {
      if (systemErrorCode(error) === 'EAGAIN') return new Uint8Array();
      throw error;
    }
    await wait(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
  return undefined;
}

async function* untilStopped(
  chunks: AsyncIterable<Uint8Array>,
  stop: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* chunks;
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}

/**
 * Opens a pipe or device to write to it; a pipe once somebody reads it. Nothing of it blocks a thread. What a shell has
 * opened with `>>` keeps what is in it.
 * @throws What the file system says, and the reason of the stop when nobody read before it.
 */
export async function openPipeTarget(path: string, stop: AbortSignal): Promise<Writable> {
  if (!(await stat(path)).isFIFO()) return createWriteStream(path, { flags: 'a' });
  for (;;) {
    try {
      const descriptor = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      return new Socket({ fd: descriptor, readable: false, writable: true });
    } catch (error) {
      if (systemErrorCode(error) !== 'ENXIO') throw error;
    }
    await wait(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
    stop.throwIfAborted();
  }
}
