/**
 * The pairs of engines the object store's suite runs over. A pair can be reopened as after a stop, and is removed at
 * the end.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBlobs } from '../blob/checked-blob-store.js';
import { openFileSystemBlobStore } from '../blob/file-system/open.js';
import { openMemoryBlobStore } from '../blob/memory/open.js';
import type { BlobStore } from '../contract/blob-store.js';
import type { KeyValueStore } from '../contract/key-value-store.js';
import { openJournaledLmdbKeyValueStore } from '../key-value/journaled-lmdb/open.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { watchRows } from './unchanged-rows.js';

/** The two engines under an object store. */
export interface Engines {
  readonly keyValues: KeyValueStore;
  readonly blobs: BlobStore;
}

/** A way to get two engines that fit together. */
export interface EnginePair {
  readonly name: string;
  /** Opens new, empty engines. `remove` closes them and leaves nothing behind. */
  open(): Promise<Engines & { remove(): Promise<void> }>;
}

/** The pairs of engines that the conformance suite runs over. */
export const enginePairs: readonly EnginePair[] = [
  {
    name: 'memory and memory',
    async open() {
      const { keyValues, assertUnchanged } = watchRows(openMemoryKeyValueStore());
      const blobs = checkBlobs(openMemoryBlobStore());
      return {
        keyValues,
        blobs,
        async remove() {
          await closeAll({ keyValues, blobs });
          assertUnchanged();
        },
      };
    },
  },
  {
    name: 'journaled-lmdb and file-system',
    async open() {
      const directory = await mkdtemp(join(tmpdir(), 'annals-store-'));
      const keyValues = await openJournaledLmdbKeyValueStore({ directory: join(directory, 'metadata') });
      const blobs = checkBlobs(await openFileSystemBlobStore({ directory: join(directory, 'blobs') }));
      return {
        keyValues,
        blobs,
        async remove() {
          await closeAll({ keyValues, blobs });
          await rm(directory, { recursive: true, force: true });
        },
      };
    },
  },
];

async function closeAll({ keyValues, blobs }: Engines): Promise<void> {
  await keyValues.close();
  await blobs.close();
}
