/** A resume store that is a file on disk. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { ResumeStore } from '../transfer/resume-store.js';

/**
 * Makes a store of a file; it is there only while a transfer is under way.
 * @param path Of the file; beside it lies, for moments, one whose name ends in `.tmp`.
 */
export function resumeFile(path: string): ResumeStore {
  const temporary = `${path}.tmp`;
  return {
    async read() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(text) {
      await writeFile(temporary, text);
      await rename(temporary, path);
    },
    async remove() {
      await rm(path, { force: true });
      // Of a process that was killed.
      await rm(temporary, { force: true });
    },
  };
}
