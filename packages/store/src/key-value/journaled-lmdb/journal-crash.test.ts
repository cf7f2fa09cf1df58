/**
 * Loss of power at every kind of moment: in a write, in a sync, in a checkpoint, in a recovery, again and again. After
 * each restart the database holds what was acknowledged, and of the batch under way everything or nothing.
 */
import { expect, it } from 'vitest';
import { type SeededRandom, seededRandom } from '../../conformance/seeded-random.js';
import type { KeyValueCommit } from '../../contract/key-value-store.js';
import { JournalFixture } from './journal-fixture.js';

const LIFE_COUNT = 12;
const STEP_COUNT_MAX = 60;

/** Seeds are fixed: a failure repeats. */
const SEEDS = Array.from({ length: 80 }, (_, index) => index + 1);

type Contents = Map<string, string>;

it.each(SEEDS)('keeps what it acknowledged through losses of power, seed %d', (seed) => {
  const random = seededRandom(seed);
  const fixture = new JournalFixture(() => random.next());
  let contents: Contents = new Map();
  let versionMax = 0;
  for (let life = 0; life < LIFE_COUNT; life += 1) {
    if (random.below(4) > 0) fixture.disk.faults.operationsLeft = random.below(STEP_COUNT_MAX);
    const lived = live(fixture, random, contents);
    expect(lived.versionMin, 'versions never come back').toBeGreaterThan(versionMax);
    versionMax = Math.max(versionMax, lived.versionMax);
    fixture.disk.crash();
    recover(fixture, random);
    contents = fixture.database.contents();
    expect([sorted(lived.acknowledged), sorted(lived.underWay)]).toContainEqual(sorted(contents));
  }
});

/** What one life of the process saw of its commits. */
interface Life {
  readonly acknowledged: Contents;
  /** As it would be if the batch that failed last had been kept after all. */
  readonly underWay: Contents;
  readonly versionMin: number;
  readonly versionMax: number;
}

function live(fixture: JournalFixture, random: SeededRandom, contents: Contents): Life {
  let acknowledged = contents;
  let versionMin = Number.POSITIVE_INFINITY;
  let versionMax = 0;
  for (let step = 0; step < STEP_COUNT_MAX; step += 1) {
    if (random.below(6) === 0) fixture.journal.checkpoint(true);
    if (random.below(4) === 0) fixture.runCheckpoint();
    const commits = Array.from({ length: 1 + random.below(4) }, () => randomCommit(random));
    const outcomes = fixture.outcomes(...commits);
    const next = commits.reduce(applied, acknowledged);
    // Nothing here can be refused: what fails has met the end of this life.
    if (outcomes.some((outcome) => outcome <= 0)) return { acknowledged, underWay: next, versionMin, versionMax };
    versionMin = Math.min(versionMin, ...outcomes);
    versionMax = Math.max(versionMax, ...outcomes);
    acknowledged = next;
  }
  return { acknowledged, underWay: acknowledged, versionMin, versionMax };
}

/** The power may go during the recovery too. */
function recover(fixture: JournalFixture, random: SeededRandom): void {
  for (let attempt = random.below(3); attempt > 0; attempt -= 1) {
    fixture.disk.faults.operationsLeft = random.below(4);
    try {
      fixture.open();
    } catch (error) {
      expect((error as { code?: unknown }).code).toBe('EIO');
    }
    fixture.disk.crash();
  }
  fixture.open();
}

function randomCommit(random: SeededRandom): KeyValueCommit {
  const [put, removed, sum] = [random.below(20), random.below(20), random.below(3)];
  // Sometimes longer than a block, sometimes longer than what a segment owns from the beginning.
  const lengthBytes = random.below(1000) === 0 ? 3_000_000 : random.below(3) * 3000;
  return {
    puts: [{ key: Buffer.from(`k${put}`), value: Buffer.alloc(lengthBytes, `${random.next()}`) }],
    ...(put !== removed && { deletes: [Buffer.from(`k${removed}`)] }),
    sums: [{ key: Buffer.from(`n${sum}`), delta: BigInt(random.below(1000)) }],
  };
}

function applied(contents: Contents, { puts = [], deletes = [], sums = [] }: KeyValueCommit): Contents {
  const next = new Map(contents);
  for (const { key, value } of puts) next.set(latin1(key), latin1(value));
  for (const key of deletes) next.delete(latin1(key));
  for (const { key, delta } of sums) {
    const counter = Buffer.alloc(8);
    const before = next.get(latin1(key));
    counter.writeBigInt64LE((before === undefined ? 0n : Buffer.from(before, 'latin1').readBigInt64LE()) + delta);
    next.set(latin1(key), latin1(counter));
  }
  return next;
}

/** Values by length and hash would be shorter, but a failure should show what is wrong. */
function sorted(contents: Contents): [string, string][] {
  return [...contents]
    .map(([key, value]): [string, string] => [key, `${value.length} ${value.slice(0, 24)}`])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
