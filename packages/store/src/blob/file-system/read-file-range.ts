/** Streams a range of an open file in large reads, one read ahead of the consumer. Memory: two chunks. */
import { EngineFailure } from '../../contract/engine-failure.js';
import type { OpenFile } from '../../file-system/file-system.js';

const CHUNK_LENGTH_BYTES = 512 * 1024;

/**
 * Every chunk is memory of its own: a consumer may keep it. The file stays open; stopping early waits for the read
 * under way.
 * @throws {EngineFailure} `corrupt`: the file ended before the range did.
 */
export async function* readFileRange(
  file: OpenFile,
  range: { readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  let position = range.start;
  const readNext = (): Promise<Uint8Array> | undefined => {
    if (position >= range.end) return undefined;
    const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_LENGTH_BYTES, range.end - position));
    const chunkPosition = position;
    position += chunk.length;
    const reading = fill(file, chunk, chunkPosition);
    // The consumer may stop before it looks.
    reading.catch(() => undefined);
    return reading;
  };
  let ahead = readNext();
  try {
    while (ahead !== undefined) {
      const chunk: Uint8Array = await ahead;
      ahead = readNext();
      yield chunk;
    }
  } finally {
    // The descriptor must not be closed, and so given to another file, under a read.
    await ahead?.catch(() => undefined);
  }
}

async function fill(file: OpenFile, chunk: Uint8Array, positionBytes: number): Promise<Uint8Array> {
  const readLength = await readFully(file, chunk, positionBytes);
  if (readLength === chunk.length) return chunk;
  throw new EngineFailure({ kind: 'corrupt', detail: `the file of a blob ends at byte ${positionBytes + readLength}` });
}

/** Reads until `target` is full or the file ends. @returns Bytes read. */
export async function readFully(file: OpenFile, target: Uint8Array, positionBytes: number): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const readLength = await file.read(filled === 0 ? target : target.subarray(filled), positionBytes + filled);
    if (readLength === 0) break;
    filled += readLength;
  }
  return filled;
}
