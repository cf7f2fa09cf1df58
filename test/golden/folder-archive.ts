/**
 * A data folder as one small file: Brotli over a list of files and their bytes. Engines lay out files in zeros of many
 * MiB, of which next to nothing is left. Leaves out everything a data folder does not have: links, devices, owners.
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { filesBelow } from '../harness/files-below.js';

interface ArchivedFile {
  readonly path: string;
  readonly length: number;
  /** Permissions: secrets are refused when others may read them. */
  readonly mode: number;
}

const HEAD_LENGTH_BYTES = 4;

/** Packs all files of a folder into one file. @returns Length of the archive in bytes. */
export async function packFolder(folder: string, archivePath: string): Promise<number> {
  const files: ArchivedFile[] = [];
  const contents: Buffer[] = [];
  for (const path of await filesBelow(folder)) {
    const content = await readFile(path);
    const { mode } = await stat(path);
    files.push({ path: relative(folder, path), length: content.length, mode: mode & 0o777 });
    contents.push(content);
  }
  const list = Buffer.from(JSON.stringify(files), 'utf8');
  const head = Buffer.alloc(HEAD_LENGTH_BYTES);
  head.writeUInt32BE(list.length);
  const packed = brotliCompressSync(Buffer.concat([head, list, ...contents]), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
  await writeFile(archivePath, packed);
  return packed.length;
}

/** One file of an archive, with its bytes. */
export interface UnpackedFile {
  /** Below the folder. */
  readonly path: string;
  readonly mode: number;
  readonly bytes: Buffer;
}

/** Reads all files of an archive into memory. */
export async function readArchive(archivePath: string): Promise<readonly UnpackedFile[]> {
  const bytes = brotliDecompressSync(await readFile(archivePath));
  const listEnd = HEAD_LENGTH_BYTES + bytes.readUInt32BE();
  const files = JSON.parse(bytes.toString('utf8', HEAD_LENGTH_BYTES, listEnd)) as readonly ArchivedFile[];
  let position = listEnd;
  return files.map(({ path, length, mode }) => {
    position += length;
    return { path, mode, bytes: bytes.subarray(position - length, position) };
  });
}

/** Makes the folder that was packed, in a folder that is empty or missing. */
export async function unpackFolder(archivePath: string, folder: string): Promise<void> {
  for (const { path, mode, bytes } of await readArchive(archivePath)) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await writeFile(target, bytes, { mode });
  }
}
