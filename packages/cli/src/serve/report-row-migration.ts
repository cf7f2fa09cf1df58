/**
 * Says in the log how far rows have been copied into the newest form of their file: seldom enough for many slices, and
 * at the end.
 */
import type { OpenLog } from '@annals/server';
import type { RowMigrationObserver } from '@annals/store';

const INTERVAL_MS = 5000;

/** @param nowMs Of any clock. @returns What to call after each slice. */
export function reportRowMigration(
  log: Pick<OpenLog['log'], 'info'>,
  nowMs: () => number = Date.now,
): RowMigrationObserver {
  let lastAtMs = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const isDone = progress.rowCount === progress.totalRowCount;
    if (!isDone && nowMs() - lastAtMs < INTERVAL_MS) return;
    lastAtMs = nowMs();
    log.info(
      progress,
      isDone ? 'the rows of the store have the newest form' : 'bringing the rows of the store to the newest form',
    );
  };
}
