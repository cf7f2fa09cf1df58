/** What the scrub does, as metrics that are read at each scrape. */
import { Gauge, type Registry } from 'prom-client';

/** What is shown of the scrub. */
export interface WatchedScrub {
  readonly isRunning: boolean;
  readonly lengthBytes: number;
  readonly progress: number;
  readonly passCount: number;
  readonly findingCount: number;
  readonly rowsUnderWay?: { readonly rowCount: number; readonly progress: number };
  readonly rows?: {
    readonly areSumsLeftOut: boolean;
    readonly rowCount: number;
    readonly hitCount: number;
    readonly contradictionCount: number;
    readonly orphanBlobCount: number;
    readonly orphanBlobLengthBytes: number;
  };
}

/** Adds the gauges of the scrub. */
export function addScrubMetrics(registry: Registry, status: () => WatchedScrub): void {
  const registers = [registry];
  const gauges: readonly [name: string, help: string, read: (scrub: WatchedScrub) => number][] = [
    ['annals_scrub_running', 'Whether the scrub runs.', ({ isRunning }) => Number(isRunning)],
    ['annals_scrub_read_bytes', 'Bytes the scrub has read in this pass.', ({ lengthBytes }) => lengthBytes],
    ['annals_scrub_progress', 'Share of all contents that this pass has behind it.', ({ progress }) => progress],
    ['annals_scrub_passes', 'Passes of the scrub over everything.', ({ passCount }) => passCount],
    ['annals_scrub_findings', 'Damaged places that this pass has found.', ({ findingCount }) => findingCount],
    [
      'annals_scrub_rows_progress',
      'Share of the rows that the check under way has behind it; 0 between checks.',
      ({ rowsUnderWay }) => rowsUnderWay?.progress ?? 0,
    ],
    [
      'annals_scrub_sums_left_out',
      'Whether the last check of the rows left out what needs one moment of all of them.',
      ({ rows }) => Number(rows?.areSumsLeftOut ?? false),
    ],
    ['annals_scrub_checked_rows', 'Rows that the last check of them looked at.', ({ rows }) => rows?.rowCount ?? 0],
    ['annals_scrub_hit_objects', 'Versions and parts of which bytes are damaged.', ({ rows }) => rows?.hitCount ?? 0],
    ['annals_scrub_contradictions', 'Rows that contradict others.', ({ rows }) => rows?.contradictionCount ?? 0],
    ['annals_orphan_blobs', 'Blobs that no content knows, as last counted.', ({ rows }) => rows?.orphanBlobCount ?? 0],
    ['annals_orphan_blob_bytes', 'Bytes of them.', ({ rows }) => rows?.orphanBlobLengthBytes ?? 0],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(status()));
      },
    });
  }
}
