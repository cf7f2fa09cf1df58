/** A file of secrets in the data folder: whole or not there at all, durable, and readable by its owner only. */
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Replaces a secret file.
 * @returns When it is on disk, its name included.
 */
export async function writeSecretFile(folder: string, name: string, content: string): Promise<void> {
  const path = join(folder, name);
  const temporaryPath = `${path}.new`;
  // What a crash left behind may have another mode.
  await rm(temporaryPath, { force: true });
  const file = await open(temporaryPath, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporaryPath, path);
  const directory = await open(folder, 'r');
  try {
    // The name is durable only when the folder is.
    await directory.sync();
  } finally {
    await directory.close();
  }
}
