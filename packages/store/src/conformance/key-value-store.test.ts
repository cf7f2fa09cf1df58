/** Runs the key-value suite over every engine. Set ANNALS_TEST_SEED to repeat a failed run. */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import type { KeyValueStore } from '../contract/key-value-store.js';
import { openMirror } from '../key-value/journaled-lmdb/mirrors/mirror-fixture.js';
import { openJournaledLmdbKeyValueStore } from '../key-value/journaled-lmdb/open.js';
import { openMemoryKeyValueStore } from '../key-value/memory/open.js';
import { keyValueStoreCases } from './key-value-store.js';

const seed = Number(process.env.ANNALS_TEST_SEED ?? randomInt(2 ** 31));

describe(`memory key-value engine, seed ${seed}`, () => {
  for (const { name, run } of keyValueStoreCases.filter(({ needsReopen }) => needsReopen !== true)) {
    it(name, async () => {
      const store = openMemoryKeyValueStore();
      await run({ store, seed });
      await store.close();
    });
  }
});

describe(`mirror of a journaled-lmdb key-value engine, seed ${seed}`, () => {
  for (const { name, run } of keyValueStoreCases) {
    it(name, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'annals-key-value-'));
      let current = await openMirror(directory);
      const reopen = async () => {
        await current.close();
        current = await openMirror(directory);
        return current.store;
      };
      try {
        await run({ store: current.store, reopen, seed });
      } finally {
        await current.close();
        rmSync(directory, { recursive: true });
      }
    });
  }
});

describe(`journaled-lmdb key-value engine, seed ${seed}`, () => {
  for (const { name, run } of keyValueStoreCases) {
    it(name, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'annals-key-value-'));
      let current: KeyValueStore = await openJournaledLmdbKeyValueStore({ directory });
      const reopen = async () => {
        await current.close();
        current = await openJournaledLmdbKeyValueStore({ directory });
        return current;
      };
      try {
        await run({ store: current, reopen, seed });
      } finally {
        await current.close();
        rmSync(directory, { recursive: true });
      }
    });
  }
});
