/**
 * What clients in the store's process are answered, over losses of power, is linearizable; and planted faults are found
 * by that alone. `ANNALS_HISTORY_SEEDS` sets how many seeds are tried, `ANNALS_HISTORY_SEED` runs one alone.
 */
import { expect, it } from 'vitest';
import type { KeyValueEntry, KeyValueStore } from '../contract/key-value-store.js';
import type { StoreWrappers } from './open-simulated-store.js';
import { recordHistory } from './record-history.js';

const { ANNALS_HISTORY_SEED, ANNALS_HISTORY_SEEDS } = process.env;
const SEED_COUNT = Number(ANNALS_HISTORY_SEEDS ?? 40);
const LIVES = { lifeCount: 5, stepCount: 300 };

it('is linearizable, whenever the power goes', async () => {
  const seeds =
    ANNALS_HISTORY_SEED === undefined
      ? Array.from({ length: SEED_COUNT }, (_, index) => index + 1)
      : [Number(ANNALS_HISTORY_SEED)];
  let answeredCount = 0;
  for (const seed of seeds) {
    answeredCount += await recordHistory({ seed, ...LIVES });
  }
  process.stdout.write(
    `${answeredCount} calls that were answered, in ${seeds.length} histories of ${LIVES.lifeCount} lives: linearizable\n`,
  );
  expect(answeredCount).toBeGreaterThan(20 * seeds.length);
}, 3_600_000);

/** Faults that leave a store which looks well: only what clients were answered tells. */
const WRONG_STORES: Readonly<Record<string, StoreWrappers>> = {
  'one commit of an object in fifteen is answered and not made': {
    keyValues: (keyValues) => {
      let count = 0;
      return {
        ...bound(keyValues),
        async commit(commit) {
          if (commit.puts?.some(({ key }) => isObject(key)) === true) count += 1;
          if (count % 15 !== 14) return keyValues.commit(commit);
          count += 1;
          return { committed: true, version: 1 };
        },
      };
    },
  },
  'one read in ten of an object is of the state before the last commit': {
    keyValues: (keyValues) => {
      const before = new Map<string, KeyValueEntry | undefined>();
      let count = 0;
      return {
        ...bound(keyValues),
        async commit(commit) {
          const objects = (commit.puts ?? []).filter(({ key }) => isObject(key));
          const found = await Promise.all(
            objects.map(async ({ key }) => [text(key), await keyValues.get(key)] as const),
          );
          const outcome = await keyValues.commit(commit);
          if (outcome.committed) for (const [key, entry] of found) before.set(key, entry);
          return outcome;
        },
        async get(key) {
          if (!isObject(key) || !before.has(text(key))) return keyValues.get(key);
          count += 1;
          return count % 10 === 0 ? before.get(text(key)) : keyValues.get(key);
        },
      };
    },
  },
  'a deletion of an object is answered and not made': {
    keyValues: (keyValues) => ({
      ...bound(keyValues),
      commit: ({ deletes = [], ...commit }) =>
        keyValues.commit({ ...commit, deletes: deletes.filter((key) => !isObject(key)) }),
    }),
  },
};

it.each(Object.entries(WRONG_STORES))(
  'is not when %s',
  async (_, wrappers) => {
    const found: string[] = [];
    for (let seed = 1; seed <= 40 && !found.some((message) => message.includes('is not linearizable')); seed += 1) {
      // In some lives the store itself refuses to go on: that is no finding of the checker.
      await recordHistory({ seed, ...LIVES, wrappers }).catch((error: Error) => found.push(error.message));
    }
    expect(found).toContainEqual(expect.stringContaining('is not linearizable'));
  },
  300_000,
);

function bound(keyValues: KeyValueStore): KeyValueStore {
  return {
    get: (key) => keyValues.get(key),
    list: (range) => keyValues.list(range),
    commit: (commit) => keyValues.commit(commit),
    watch: (key, listener) => keyValues.watch(key, listener),
    statistics: () => keyValues.statistics(),
    snapshot: () => keyValues.snapshot(),
    close: () => keyValues.close(),
  };
}

function isObject(key: Uint8Array): boolean {
  return key[0] === 'O'.charCodeAt(0);
}

function text(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1');
}
