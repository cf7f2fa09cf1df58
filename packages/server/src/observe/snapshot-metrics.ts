/**
 * The snapshots that backups read, as gauges: each open one holds back space of what is deleted. Leaves out the
 * snapshots (`../backup/open-snapshots.ts`).
 */
import { Gauge, type Registry } from 'prom-client';
import type { SnapshotFigures } from '../backup/open-snapshots.js';

/** Adds the gauges of one server. */
export function addSnapshotMetrics(registry: Registry, figures: () => SnapshotFigures): void {
  const gauges: readonly [name: string, help: string, read: (figures: SnapshotFigures) => number][] = [
    ['annals_snapshots_open', 'Snapshots that backups have open.', ({ openCount }) => openCount],
    [
      'annals_snapshot_age_seconds',
      'Seconds since the oldest open snapshot was opened; 0 when none is open.',
      ({ oldestAgeMs }) => oldestAgeMs / 1000,
    ],
    [
      'annals_snapshots_abandoned',
      'Snapshots closed since the start because the backup that read them had gone.',
      ({ abandonedCount }) => abandonedCount,
    ],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read(figures()));
      },
    });
  }
}
