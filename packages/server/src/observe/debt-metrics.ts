/**
 * What waits for the background work of the store, how far it delays writers, and the longest delays of requests, as
 * gauges. Read when a scraper asks. Leaves out what requests do (`metrics.ts`).
 */
import type { StoreDebt, StoreMaintenance } from '@annals/store';
import { Gauge, type Registry } from 'prom-client';

/** What is read of a store. */
export type WatchedStore = Pick<StoreMaintenance, 'measureDebt' | 'brakeStatistics' | 'takeLargestCommit'>;

/** How long a measurement is shown: it reads rows of every bucket. */
const MEASURED_MS = 5000;

/** Adds the gauges of one store. */
export function addDebtMetrics(registry: Registry, store: WatchedStore): void {
  const debt = rememberDebt(store);
  const gauge = (name: string, help: string, read: () => number | undefined | Promise<number>): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const value = await read();
        if (value !== undefined) this.set(value);
      },
    });
  };
  const owed = (name: string, help: string, pick: (debt: StoreDebt) => number): void =>
    gauge(name, help, async () => pick(await debt()));
  owed(
    'annals_garbage_contents',
    'Contents that lost a reference and wait for the sweep.',
    (is) => is.garbage.noteCount,
  );
  owed('annals_garbage_bytes', 'Bytes of them: what the sweep frees, at most.', (is) => is.garbage.lengthBytes);
  owed(
    'annals_garbage_kept_contents',
    'Of them, what readers have open or could not be removed.',
    (is) => is.kept.noteCount,
  );
  owed('annals_garbage_kept_bytes', 'Bytes of those.', (is) => is.kept.lengthBytes);
  owed('annals_garbage_counted', '0 while what was there at the start is still being counted.', (is) =>
    Number(is.garbage.isComplete),
  );
  owed(
    'annals_compaction_jobs',
    'Runs of small extents that wait to be merged into blobs.',
    (is) => is.compaction.jobCount,
  );
  owed('annals_compaction_bytes', 'Bytes of them.', (is) => is.compaction.lengthBytes);
  owed('annals_segments', 'Files that short blobs share.', (is) => is.segments.segmentCount);
  owed(
    'annals_segment_dead_bytes',
    'Bytes in them that belong to nothing, as last estimated; freed when half of a file is dead.',
    (is) => is.segments.deadLength,
  );
  owed('annals_unfinished_uploads', 'Multipart uploads neither completed nor aborted.', (is) => is.uploads.uploadCount);
  owed('annals_unfinished_parts', 'Their parts.', (is) => is.uploads.partCount);
  gauge('annals_write_pressure', 'Garbage beside free space, 0 to 1: from 0.5 on those who replace are slowed.', () => {
    return store.brakeStatistics().pressure;
  });
  gauge(
    'annals_delayed_writes',
    'Writes that were held up since the start.',
    () => store.brakeStatistics().delayedCount,
  );
  gauge('annals_delayed_write_seconds', 'How long, together.', () => store.brakeStatistics().delayedMs / 1000);
  gauge('annals_free_space_bytes', 'Bytes the disk takes, as of the last write while there was garbage.', () => {
    return store.brakeStatistics().freeSpaceBytes;
  });
  let largest = { rowCount: 0, lengthBytes: 0 };
  gauge('annals_commit_rows_max', 'Rows of the largest commit since the last look.', () => {
    largest = store.takeLargestCommit();
    return largest.rowCount;
  });
  gauge('annals_commit_bytes_max', 'Bytes of the largest commit since the last look.', async () => largest.lengthBytes);
}

/** @returns A function that measures at most every few seconds; calls in between get the same answer. */
function rememberDebt(store: WatchedStore): () => Promise<StoreDebt> {
  let measuredAtMs = Number.NEGATIVE_INFINITY;
  let measured: Promise<StoreDebt> | undefined;
  return () => {
    const nowMs = performance.now();
    if (measured === undefined || nowMs - measuredAtMs > MEASURED_MS) {
      measuredAtMs = nowMs;
      measured = store.measureDebt();
      measured.catch(() => {
        measured = undefined;
      });
    }
    return measured;
  };
}
