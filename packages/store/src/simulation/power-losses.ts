/**
 * Which of the changes that were not synced are on the disk after a loss of power: ways a real disk may choose, the
 * simple ones first.
 */
import type { SeededRandom } from '../conformance/seeded-random.js';

/** Numbers of the changes that survive. */
export type Survivors = ReadonlySet<number>;

/**
 * @param pending Numbers of the changes, in the order in which they were made.
 * @returns Different choices, at most `count`; all there are when they are that few.
 */
export function powerLosses(pending: readonly number[], count: number, random: SeededRandom): readonly Survivors[] {
  if (pending.length === 0) return [new Set()];
  if (2 ** pending.length <= count) return allChoices(pending);
  const choices = new Map<string, Survivors>();
  // Some ways give the same choice again: not worth many tries.
  for (let attempt = 0; choices.size < count && attempt < 3 * count; attempt += 1) {
    const survivors = choose(pending, attempt, random);
    choices.set([...survivors].join(), survivors);
  }
  return [...choices.values()];
}

function allChoices(pending: readonly number[]): Survivors[] {
  return Array.from(
    { length: 2 ** pending.length },
    (_, bits) => new Set(pending.filter((_number, index) => (bits >> index) & 1)),
  );
}

function choose(pending: readonly number[], attempt: number, random: SeededRandom): Survivors {
  const one = pending[random.below(pending.length)] as number;
  switch (attempt % 6) {
    case 0:
      return new Set();
    case 1:
      return new Set(pending);
    case 2:
      // In order, up to some moment.
      return new Set(pending.filter((number) => number <= one));
    case 3:
      // The newest alone: the order means nothing to a disk.
      return new Set(pending.filter((number) => number >= one));
    case 4:
      return new Set(pending.filter((number) => number !== one));
    default: {
      const rate = random.next();
      return new Set(pending.filter(() => random.next() < rate));
    }
  }
}
