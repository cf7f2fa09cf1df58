/** Random operations against an engine and against a plain map: they must never disagree. */
import assert from 'node:assert/strict';
import type { KeyValueCommit, KeyValueEntry, KeyValueStore } from '../contract/key-value-store.js';
import { type SeededRandom, seededRandom } from './seeded-random.js';

interface ModelEntry {
  readonly value: string;
  readonly version: number;
}

const STEP_COUNT = 400;

/** Few and short, so that keys meet often, and over all byte values, so that their order matters. */
function randomKey(random: SeededRandom): Uint8Array {
  return Uint8Array.from({ length: 1 + random.below(2) }, () => random.below(6) * 51);
}

/** Random operations on an engine and on a map, whose answers are compared. */
export const keyValueModelCase = {
  name: 'random operations agree with a map',
  async run({ store, seed }: { readonly store: KeyValueStore; readonly seed: number }): Promise<void> {
    const random = seededRandom(seed);
    const model = new Map<string, ModelEntry>();
    for (let step = 0; step < STEP_COUNT; step += 1) {
      try {
        if (random.below(3) === 0) await compareList(store, model, random);
        else await compareCommit(store, model, random);
      } catch (error) {
        throw new Error(`Step ${step} with seed ${seed} went wrong`, { cause: error });
      }
    }
  },
};

async function compareCommit(
  store: KeyValueStore,
  model: Map<string, ModelEntry>,
  random: SeededRandom,
): Promise<void> {
  const commit = randomCommit(model, random);
  const holds = (commit.checks ?? []).every(({ key, version }) => model.get(hex(key))?.version === version);
  const outcome = await store.commit(commit);
  assert.equal(outcome.committed, holds);
  if (!outcome.committed) return;
  const { version } = outcome;
  for (const { key, value } of commit.puts ?? []) model.set(hex(key), { value: hex(value), version });
  for (const key of commit.deletes ?? []) model.delete(hex(key));
}

async function compareList(store: KeyValueStore, model: Map<string, ModelEntry>, random: SeededRandom): Promise<void> {
  const [start, end] = [randomKey(random), randomKey(random)];
  const limit = random.below(12);
  const reverse = random.below(2) === 0;
  const expected = [...model]
    .filter(([key]) => key >= hex(start) && key < hex(end))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  if (reverse) expected.reverse();
  const entries = await store.list({ start, end, limit, reverse });
  assert.deepEqual(entries.map(toModel), expected.slice(0, limit));
  const key = randomKey(random);
  const entry = await store.get(key);
  assert.deepEqual(entry && toModel(entry)[1], model.get(hex(key)));
}

function randomCommit(model: Map<string, ModelEntry>, random: SeededRandom): KeyValueCommit {
  const written = new Set<string>();
  const puts = [];
  const deletes = [];
  for (let count = random.below(5); count > 0; count -= 1) {
    const key = randomKey(random);
    if (written.has(hex(key))) continue;
    written.add(hex(key));
    if (random.below(3) === 0) deletes.push(key);
    else puts.push({ key, value: random.bytes(random.below(4) === 0 ? random.below(9000) : random.below(20)) });
  }
  const checks = Array.from({ length: random.below(3) }, () => {
    const key = randomKey(random);
    const isRight = random.below(4) > 0;
    return { key, version: isRight ? model.get(hex(key))?.version : 1 + random.below(1000) };
  });
  return { checks, puts, deletes };
}

function toModel(entry: KeyValueEntry): [string, ModelEntry] {
  return [hex(entry.key), { value: hex(entry.value), version: entry.version }];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
