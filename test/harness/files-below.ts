/** The files of a folder that a living process may be changing. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Looks into each folder by itself, because `readdir` with `recursive` fails when a folder goes while it looks.
 * @returns Paths of all files below a folder, in order. What goes meanwhile is left out.
 * @throws {Error} The folder itself is missing.
 */
export async function filesBelow(folder: string): Promise<string[]> {
  return (await walk(folder)).sort();
}

/**
 * Their lengths in bytes, by path.
 * @throws {Error} The folder itself is missing.
 */
export async function fileLengthsBelow(folder: string): Promise<ReadonlyMap<string, number>> {
  const lengths = new Map<string, number>();
  for (const path of await filesBelow(folder)) {
    const status = await ifThere(stat(path));
    if (status !== undefined) lengths.set(path, status.size);
  }
  return lengths;
}

/** @returns What is asked of a file or folder, or undefined when it is gone. */
export async function ifThere<Result>(asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function walk(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile()) found.push(path);
    if (entry.isDirectory()) found.push(...((await ifThere(walk(path))) ?? []));
  }
  return found;
}
