/** How much room there is. */
import { statfs } from 'node:fs/promises';

/** @returns Bytes that the disk of a folder still takes. */
export async function freeSpaceOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
