/** Runs the blob suite over every engine, plain and with checksums. Set ANNALS_TEST_SEED to repeat a failed run. */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBlobs } from '../blob/checked-blob-store.js';
import { openFileSystemBlobStore } from '../blob/file-system/open.js';
import { openMemoryBlobStore } from '../blob/memory/open.js';
import type { BlobStore } from '../contract/blob-store.js';
import { SimulatedFileSystem } from '../file-system/simulated-file-system.js';
import { blobStoreCases } from './blob-store.js';

const seed = Number(process.env.ANNALS_TEST_SEED ?? randomInt(2 ** 31));

interface Engine {
  readonly name: string;
  /** Makes an empty place and says how to open it, again and again, and how to leave it. */
  prepare(): { open: () => Promise<BlobStore>; leave: () => void };
  readonly keeps: boolean;
}

const engines: readonly Engine[] = [
  {
    name: 'memory',
    keeps: false,
    prepare: () => ({ open: async () => openMemoryBlobStore(), leave: () => undefined }),
  },
  {
    name: 'file system',
    keeps: true,
    prepare() {
      const directory = mkdtempSync(join(tmpdir(), 'annals-blob-'));
      return {
        open: () => openFileSystemBlobStore({ directory }),
        leave: () => rmSync(directory, { recursive: true }),
      };
    },
  },
  {
    name: 'simulated file system with short writes',
    keeps: true,
    prepare() {
      const fileSystem = new SimulatedFileSystem();
      fileSystem.faults.writeLengthBytesMax = 100_003;
      return {
        open: () => openFileSystemBlobStore({ directory: '/data/blobs', fileSystem }),
        leave: () => expect(fileSystem.openCount).toBe(0),
      };
    },
  },
];

for (const { name: engineName, keeps, prepare } of engines) {
  for (const isChecked of [false, true]) {
    describe(`${engineName} blob engine${isChecked ? ' with checksums' : ''}, seed ${seed}`, () => {
      for (const { name, run } of blobStoreCases.filter(({ needsReopen }) => keeps || needsReopen !== true)) {
        it(name, async () => {
          const { open, leave } = prepare();
          const start = async () => (isChecked ? checkBlobs(await open()) : open());
          let current = await start();
          const reopen = async () => {
            await current.close();
            current = await start();
            return current;
          };
          await run({ store: current, reopen, seed });
          await current.close();
          leave();
        });
      }
    });
  }
}
