/** Rows in front of a database, against one plain map: whatever has reached the database, readers see the same. */
import { expect, it } from 'vitest';
import { type SeededRandom, seededRandom } from '../../conformance/seeded-random.js';
import type { KeyValueEntry } from '../../contract/key-value-store.js';
import { keyToText } from '../commit-rules.js';
import { RecentRows } from './recent-rows.js';

const key = (random: SeededRandom): Uint8Array =>
  Uint8Array.from({ length: 1 + random.below(2) }, () => random.below(8) * 36);

it.each(Array.from({ length: 40 }, (_, index) => index + 1))('reads as one map would, seed %d', (seed) => {
  const random = seededRandom(seed);
  const recent = new RecentRows();
  const truth = new Map<string, KeyValueEntry>();
  /** The database after each generation; it may be ahead of what was forgotten. */
  const stages: Map<string, KeyValueEntry>[] = [new Map()];
  let stage = 0;
  let forgotten = 0;
  for (let step = 1; step <= 400; step += 1) {
    const bytes = key(random);
    const text = keyToText(bytes);
    const what = random.below(12);
    if (what < 6) {
      const entry = { key: bytes, value: random.bytes(3), version: step };
      truth.set(text, entry);
      recent.set(text, entry);
    } else if (what < 8) {
      truth.delete(text);
      recent.set(text, undefined);
    } else if (what === 8 && stages.length < forgotten + 3) {
      recent.closeGeneration(stages.length);
      stages.push(new Map(truth));
    } else if (what === 9 && stage < stages.length - 1) {
      stage += 1;
    } else if (what === 10 && forgotten < stage) {
      forgotten += 1;
      recent.forget(forgotten);
    }
    const database = stages[stage] as Map<string, KeyValueEntry>;
    const found = recent.find(text);
    expect((found === undefined ? database.get(text) : found.row)?.version).toBe(truth.get(text)?.version);
    compareLists(recent, database, truth, random);
  }
});

function compareLists(
  recent: RecentRows,
  database: Map<string, KeyValueEntry>,
  truth: Map<string, KeyValueEntry>,
  random: SeededRandom,
): void {
  const [start, end, limit] = [key(random), key(random), 1 + random.below(10)];
  const range = { start, end, limit, reverse: random.below(2) === 0 };
  const inOrder = (rows: Map<string, KeyValueEntry>): KeyValueEntry[] => {
    const sorted = [...rows]
      .filter(([text]) => text >= keyToText(start) && text < keyToText(end))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, entry]) => entry);
    return range.reverse ? sorted.reverse() : sorted;
  };
  const listed = recent.list(range, () => inOrder(database)[Symbol.iterator]()) ?? inOrder(database).slice(0, limit);
  const versions = (entries: readonly KeyValueEntry[]): number[] => entries.map(({ version }) => version);
  expect(versions(listed)).toEqual(versions(inOrder(truth).slice(0, limit)));
}
