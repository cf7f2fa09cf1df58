/**
 * A file as something to upload: read at any place, and known by what the file system says of it. Also reading and
 * writing whole ranges of a file.
 */
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { UploadSource } from '../transfer/upload-source.js';

/**
 * Makes a source of a file; it is opened for each part, so nothing must be closed.
 * @param path Of a regular file.
 * @throws What the file system says, and `TypeError` for what is no regular file.
 */
export async function fileSource(path: string): Promise<UploadSource> {
  const { length, fingerprint } = await look(path);
  return {
    length,
    fingerprint,
    read: async (start, end) => {
      const file = await open(path, 'r');
      try {
        return await readAt(file, start, end);
      } finally {
        await file.close();
      }
    },
    isUnchanged: async () => (await look(path)).fingerprint === fingerprint,
  };
}

async function look(path: string): Promise<{ readonly length: number; readonly fingerprint: string }> {
  const facts = await stat(path, { bigint: true });
  if (!facts.isFile()) throw new TypeError(`Cannot upload ${JSON.stringify(path)}: expected a regular file`);
  const { size, mtimeNs, ino } = facts;
  return { length: Number(size), fingerprint: `file ${size} ${mtimeNs} ${ino}` };
}

/** Reads up to `end`, or as far as the file goes. */
export async function readAt(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, start + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

/**
 * Writes all bytes at a place. A disk that becomes full takes a part of them without an error; only writing the rest
 * tells.
 * @throws What the file system says, such as `ENOSPC`.
 */
export async function writeAt(file: Pick<FileHandle, 'write'>, bytes: Uint8Array, position: number): Promise<void> {
  for (let length = 0; length < bytes.length; ) {
    length += (await file.write(bytes, length, bytes.length - length, position + length)).bytesWritten;
  }
}
