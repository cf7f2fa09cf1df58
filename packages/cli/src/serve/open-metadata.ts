/**
 * Opens the place of metadata and small bodies: the folder `metadata` of the data folder, or a PostgreSQL database that
 * several gateways share. Leaves out large bodies (`open-blobs.ts`).
 */
import { join } from 'node:path';
import type { createMetrics, OpenLog } from '@annals/server';
import {
  type GatewaySettings,
  type KeyValueStore,
  openJournaledLmdbKeyValueStore,
  openPostgresKeyValueStore,
} from '@annals/store';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import type { MetadataLocation } from '../configuration/metadata-location.js';
import { reportRowMigration } from './report-row-migration.js';
import { workerGateways } from './workers/worker-gateways.js';

/** Metadata, and how this process serves beside others, where there may be others. */
export interface OpenedMetadata {
  readonly keyValues: KeyValueStore;
  readonly gateways: GatewaySettings | undefined;
}

/**
 * @param folder Data folder, locked by this process.
 * @throws {CommandFailure} Exit code 2: there are several workers, and the place is a database.
 * @throws {EngineFailure | Error} The place cannot be opened; no message holds a password.
 */
export async function openMetadata(
  folder: string,
  location: MetadataLocation,
  {
    metrics,
    log,
    workers,
  }: {
    readonly metrics: ReturnType<typeof createMetrics>;
    readonly log: OpenLog['log'];
    /** Processes that answer requests. */
    readonly workers: number;
  },
): Promise<OpenedMetadata> {
  if (location.kind === 'lmdb') {
    const keyValues = await openJournaledLmdbKeyValueStore({
      directory: join(folder, 'metadata'),
      observeBatch: metrics.observeCommit,
      observeMigration: reportRowMigration(log),
    });
    return { keyValues, gateways: workers === 1 ? undefined : workerGateways(log) };
  }
  if (workers > 1) {
    throw new CommandFailure(
      'Cannot use workers with a database in storage.metadata: start several servers with "workers: 1" over it',
      { exitCode: EXIT_CODES.usage },
    );
  }
  const keyValues = await openPostgresKeyValueStore({
    url: location.url,
    ...location.tuning,
    observeBatch: metrics.observeCommit,
  });
  return {
    keyValues,
    gateways: {
      onFailure: (error) => log.error({ err: error }, 'this gateway could not say that it is there'),
      onTakenForGone: () => log.warn('other gateways took this one for gone; it goes on under a new id'),
    },
  };
}
