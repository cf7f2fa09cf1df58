/** Collects a body that is known to be small. */
import { type ByteStream, chunksOf } from './byte-stream.js';

/**
 * Reads a stream to its end.
 * @returns All its bytes; they are held in memory at once.
 */
export async function readAll(body: ByteStream): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(body)) chunks.push(chunk);
  return joinBytes(chunks);
}

/** Joins byte strings into one new one. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
