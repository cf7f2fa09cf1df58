/** Writes chunks into a file as one run of bytes, whatever the file system takes at a time. */
import type { OpenFile } from '../../file-system/file-system.js';

/** Goes on where a short write stopped. @returns The position behind the last byte. */
export async function writeChunks(
  file: OpenFile,
  chunks: readonly Uint8Array[],
  positionBytes: number,
): Promise<number> {
  let position = positionBytes;
  let rest = chunks.filter((chunk) => chunk.length > 0);
  while (rest.length > 0) {
    const writtenLength = await file.writeVector(rest, position);
    position += writtenLength;
    rest = withoutFront(rest, writtenLength);
  }
  return position;
}

function withoutFront(chunks: readonly Uint8Array[], lengthBytes: number): Uint8Array[] {
  let index = 0;
  let left = lengthBytes;
  for (; index < chunks.length; index += 1) {
    const { length } = chunks[index] as Uint8Array;
    if (left < length) break;
    left -= length;
  }
  const rest = chunks.slice(index);
  const first = rest[0];
  if (first !== undefined && left > 0) rest[0] = first.subarray(left);
  return rest;
}
