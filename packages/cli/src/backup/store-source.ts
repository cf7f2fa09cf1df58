/** A store in a folder that no server has open, as the source of a backup. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  claimBlobPlace,
  EngineFailure,
  type OpenedStore,
  openJournaledLmdbKeyValueStore,
  openObjectStore,
  type StoreSnapshot,
} from '@annals/store';
import { CommandFailure } from '../command-failure.js';
import { openBoundBlobs } from '../serve/open-blobs.js';
import type { BackupRow } from './backup-format.js';
import { type BackupSource, type SourceBlob, SourceBlobDamaged } from './backup-source.js';
import { refuseHalfRestored } from './restore-marker.js';

/**
 * Opens the store of a data folder; makes none.
 * @throws {CommandFailure} There is none, or a restoration of it has not ended.
 * @throws {StoreFailure} A server has it open.
 */
export async function openStoreSource(folder: string): Promise<BackupSource> {
  await refuseHalfRestored(folder);
  const metadata = await stat(join(folder, 'metadata')).catch(() => undefined);
  if (metadata?.isDirectory() !== true) {
    throw new CommandFailure(`Cannot back up ${folder}: there is no store in it; name a data folder with --data`);
  }
  const keyValues = await openJournaledLmdbKeyValueStore({ directory: join(folder, 'metadata') });
  try {
    const { blobs, wanted } = await openBoundBlobs(folder, keyValues);
    const store = await openObjectStore({ keyValues, blobs });
    await claimBlobPlace(keyValues, wanted);
    return new StoreSource(store, await store.maintenance.snapshot());
  } catch (error) {
    await keyValues.close();
    throw error;
  }
}

class StoreSource implements BackupSource {
  readonly momentAtMs: number;
  readonly #store: OpenedStore;
  readonly #snapshot: StoreSnapshot;

  constructor(store: OpenedStore, snapshot: StoreSnapshot) {
    this.#store = store;
    this.#snapshot = snapshot;
    this.momentAtMs = snapshot.atMs;
  }

  async *rows(): AsyncGenerator<BackupRow> {
    let after: Uint8Array | undefined;
    do {
      const rows = await this.#snapshot.listRows(after);
      yield* rows;
      after = rows.at(-1)?.key;
    } while (after !== undefined);
  }

  async *blobs(): AsyncGenerator<SourceBlob> {
    let after: string | undefined;
    do {
      const page = await this.#snapshot.listBlobs(after);
      yield* page.blobs;
      after = page.next;
    } while (after !== undefined);
  }

  releaseRows(): Promise<void> {
    return this.#snapshot.releaseRows();
  }

  async readBlob(blobId: string, start: number, end: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of this.#snapshot.readBlob(blobId, { start, end })) chunks.push(chunk);
    } catch (error) {
      if (error instanceof EngineFailure && (error.reason.kind === 'corrupt' || error.reason.kind === 'missing-blob')) {
        throw new SourceBlobDamaged(
          error.reason.kind === 'corrupt' ? error.reason.detail : `blob ${blobId} is missing`,
        );
      }
      throw error;
    }
    return Buffer.concat(chunks);
  }

  async close(): Promise<void> {
    await this.#snapshot.close();
    await this.#store.maintenance.close();
  }
}
