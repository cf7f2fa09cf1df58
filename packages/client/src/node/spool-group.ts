/**
 * Chunks that were accepted together, as a spool stores them: the unit that is written, synced and believed. A group is
 * written only when the one before it is on the disk, so a group that is not whole was never accepted if nothing whole
 * stands behind it, and is damage otherwise.
 *
 * Layout, little-endian: 4 bytes of mark, length of the payload (4), accepted bytes before the group (8), CRC-64 of all
 * of these and the payload (8); then the payload: for each chunk its length (4) and its bytes. Leaves out files
 * (`spool-segments.ts`).
 */
import type { FileHandle } from 'node:fs/promises';
import { Crc64 } from '@annals/checksum';

/** Accepted chunks and where they stand. */
export interface SpoolGroup {
  /** Accepted bytes before the first chunk. */
  readonly offset: number;
  readonly chunks: readonly Uint8Array[];
  /** Length of the group in its file. */
  readonly fileLength: number;
}

/** What a group begins with. */
export const GROUP_MARK = Buffer.from('aSPg');

const HEADER_LENGTH = 24;
const CRC64_POSITION = 16;
const CHUNK_HEADER_LENGTH = 4;

/** Bytes of one chunk at most. */
export const CHUNK_BYTES_MAX = 1024 ** 3;

/** Writes a group. @returns Its bytes, in few pieces: many chunks are copied together, a single one stays as it is. */
export function encodeGroup(offset: number, chunks: readonly Uint8Array[]): Uint8Array[] {
  const payload = chunks.flatMap((chunk) => {
    const length = Buffer.alloc(CHUNK_HEADER_LENGTH);
    length.writeUInt32LE(chunk.length);
    return [length, chunk];
  });
  const header = Buffer.alloc(HEADER_LENGTH);
  GROUP_MARK.copy(header);
  header.writeUInt32LE(
    payload.reduce((sum, { length }) => sum + length, 0),
    4,
  );
  header.writeBigUInt64LE(BigInt(offset), 8);
  const checksum = new Crc64().update(header.subarray(0, CRC64_POSITION));
  for (const piece of payload) checksum.update(piece);
  header.writeBigUInt64LE(checksum.digest(), CRC64_POSITION);
  return chunks.length === 1 ? [header, ...payload] : [Buffer.concat([header, ...payload])];
}

/**
 * Reads the group at a place of a file.
 * @param fileLength Bytes of the file that may belong to it.
 * @returns `undefined` when no whole group stands there whose checksum is right.
 */
export async function readGroup(
  file: FileHandle,
  position: number,
  fileLength: number,
): Promise<SpoolGroup | undefined> {
  if (position + HEADER_LENGTH > fileLength) return undefined;
  const header = await readExactly(file, position, HEADER_LENGTH);
  if (header === undefined || !header.subarray(0, GROUP_MARK.length).equals(GROUP_MARK)) return undefined;
  const payloadLength = header.readUInt32LE(4);
  const end = position + HEADER_LENGTH + payloadLength;
  if (end > fileLength) return undefined;
  const payload = await readExactly(file, position + HEADER_LENGTH, payloadLength);
  if (payload === undefined) return undefined;
  const checksum = new Crc64().update(header.subarray(0, CRC64_POSITION)).update(payload).digest();
  const chunks = checksum === header.readBigUInt64LE(CRC64_POSITION) ? decodeChunks(payload) : undefined;
  if (chunks === undefined) return undefined;
  return { offset: Number(header.readBigUInt64LE(8)), chunks, fileLength: end - position };
}

function decodeChunks(payload: Buffer): Uint8Array[] | undefined {
  const chunks: Uint8Array[] = [];
  for (let position = 0; position < payload.length; ) {
    if (position + CHUNK_HEADER_LENGTH > payload.length) return undefined;
    const start = position + CHUNK_HEADER_LENGTH;
    position = start + payload.readUInt32LE(position);
    if (position === start || position > payload.length) return undefined;
    chunks.push(payload.subarray(start, position));
  }
  return chunks;
}

async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await file.read(bytes, read, length - read, position + read);
    if (bytesRead === 0) return undefined;
    read += bytesRead;
  }
  return bytes;
}
