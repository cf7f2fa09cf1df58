/**
 * Says in the log how far a change of the store's format has come: seldom enough for millions of steps, and always at
 * its end.
 */
import type { OpenLog } from '@annals/server';
import type { MigrationProgress } from '@annals/store';

const INTERVAL_MS = 5000;

/** @returns What to call after each step. @param nowMs Of any clock. */
export function reportMigration(
  log: Pick<OpenLog['log'], 'info' | 'warn'>,
  nowMs: () => number = Date.now,
): (progress: MigrationProgress) => void {
  let lastAtMs = Number.NEGATIVE_INFINITY;
  return (progress) => {
    if (!progress.isDone && nowMs() - lastAtMs < INTERVAL_MS) return;
    lastAtMs = nowMs();
    log.info(progress, progress.isDone ? 'the store has the newest format' : 'bringing the store to the newest format');
    if (!progress.isDone || progress.refusedCount === 0) return;
    log.warn(progress, 'blobs are missing, damaged or not what their rows say; annals fsck names the objects');
  };
}
