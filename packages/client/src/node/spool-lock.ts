/**
 * Keeps two processes from using one spool: a file with the number of the process. One whose process has gone is taken
 * over.
 */
import { open, readFile, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AnnalsError } from '../error.js';

const FILE_NAME = 'lock';

/** Locks of this process. A lock with our number that is not among them is of a process before: in a container every
 * process may have the same number. */
const ownLocks = new Set<string>();

/**
 * Takes the spool.
 * @returns Gives it back.
 * @throws {AnnalsError} `SpoolInUse`.
 */
export async function lockSpool(folder: string): Promise<() => Promise<void>> {
  const path = resolve(folder, FILE_NAME);
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.writeFile(String(process.pid));
      await file.close();
      ownLocks.add(path);
      return async () => {
        ownLocks.delete(path);
        await unlink(path);
      };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    if (owner === process.pid ? ownLocks.has(path) : isRunning(owner)) {
      throw new AnnalsError('SpoolInUse', `Cannot use the spool "${folder}": process ${owner} uses it`, {
        outcome: 'not-applied',
      });
    }
    await unlink(path).catch(() => undefined);
  }
}

function isRunning(processId: number): boolean {
  if (!Number.isSafeInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
