/** What a download has beside its file until it is whole, and what a killed one leaves there. */
import { access } from 'node:fs/promises';
import { lockFile } from './process-lock.js';
import { resumeFile } from './resume-file.js';

const SUFFIX = '.annals-part';
/** The part, its record, a record that is being written, the lock, and a lock that is being taken over. */
const NAME = /\.annals-part(?:\.json(?:\.tmp)?|\.lock(?:\.[-\da-f]+)?)?$/;

/** Where a download to a file keeps what it has. */
export interface DownloadPaths {
  /** The bytes that are here, each at its place. */
  readonly part: string;
  /** Which of them are right. */
  readonly record: string;
  /** Names the process that downloads. */
  readonly lock: string;
}

/** Names what belongs to a download. @param path Of the file that it makes. */
export function downloadPaths(path: string): DownloadPaths {
  const part = path + SUFFIX;
  return { part, record: `${part}.json`, lock: `${part}.lock` };
}

/** Tells whether a file belongs to a download that is under way or was interrupted. @param name Of the file. */
export function isDownloadRemains(name: string): boolean {
  return NAME.test(name);
}

/**
 * Removes what a process left that was killed just before or just behind its download: a lock without a process, and a
 * record without its part. A part stays, because the next download of the same object goes on with it. No download
 * needs this; it is for a caller that finds the file whole and does not download it again.
 * @param path Of one of the things that {@link isDownloadRemains} knows.
 * @throws {Error} What the file system says.
 */
export async function removeDownloadRemains(path: string): Promise<void> {
  const { part, record, lock } = downloadPaths(path.replace(NAME, ''));
  if (await isThere(part)) return;
  const taken = path.startsWith(`${lock}.`) ? path : lock;
  const unlock = await lockFile(taken, () => new InUse()).catch((error: unknown) => {
    if (!(error instanceof InUse)) throw error;
  });
  if (unlock === undefined) return;
  try {
    // Only who has the lock itself may say that no other process has begun since.
    if (taken === lock && !(await isThere(part))) await resumeFile(record).remove();
  } finally {
    await unlock();
  }
}

class InUse extends Error {}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
