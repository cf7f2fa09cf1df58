/** Makes a folder's own name durable, also when another process made it, and however many folders above it are new. */
import { dirname } from 'node:path';
import type { FileSystem } from './file-system.js';

/**
 * Syncs the folder and every folder above it. Cheap where nothing changed.
 * A folder above that may be passed but not read cannot be synced, and cannot be one we made: it is left out.
 */
export async function syncPath(fileSystem: FileSystem, directory: string): Promise<void> {
  await fileSystem.syncDirectory(directory);
  for (let child = directory, parent = dirname(child); parent !== child; child = parent, parent = dirname(child)) {
    try {
      await fileSystem.syncDirectory(parent);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EINVAL') throw error;
    }
  }
}
