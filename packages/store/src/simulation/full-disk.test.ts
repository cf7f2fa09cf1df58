/**
 * The engine of rows on a disk that is full again and again, and loses its power: what is acknowledged finds room in
 * the database at each checkpoint, what only deletes is taken, nothing is lost. `ANNALS_FULL_DISK_SEED` runs one seed
 * alone, `ANNALS_FULL_DISK_SEEDS` sets how many are tried.
 */
import { describe, expect, it } from 'vitest';
import { type SeededRandom, seededRandom } from '../conformance/seeded-random.js';
import { EngineFailure } from '../contract/engine-failure.js';
import type { KeyValueStore } from '../contract/key-value-store.js';
import { diskAfterPowerLoss, SimulatedDisk } from '../file-system/simulated-disk.js';
import type { RoomKeeper } from '../key-value/journaled-lmdb/commit-journal.js';
import { powerLosses } from './power-losses.js';
import { Scheduler } from './scheduler.js';
import { openSimulatedKeyValueStore } from './simulated-key-value-store.js';

const FOLDER = '/meta';
const KEY_COUNT = 60;
const COMMIT_COUNT = 120;
const LIFE_COUNT = 3;
const STEP_COUNT_MAX = 100_000;
const { ANNALS_FULL_DISK_SEED, ANNALS_FULL_DISK_SEEDS } = process.env;
const SEED_COUNT = Number(ANNALS_FULL_DISK_SEEDS ?? 30);

/** By key: the length of each value, of bytes that tell which commit wrote them. */
type Rows = ReadonlyMap<string, string>;

interface Counts {
  refusedCount: number;
  deletedOnFullDiskCount: number;
  refusedOpeningCount: number;
}

class FullDiskRun {
  readonly #random: SeededRandom;
  readonly #scheduler: Scheduler;
  readonly #wrapReserve: ((reserve: RoomKeeper) => RoomKeeper) | undefined;
  readonly counts: Counts = { refusedCount: 0, deletedOnFullDiskCount: 0, refusedOpeningCount: 0 };
  #rows: Map<string, string> = new Map();
  #commitCount = 0;

  constructor(seed: number, wrapReserve?: (reserve: RoomKeeper) => RoomKeeper) {
    this.#random = seededRandom(seed);
    this.#scheduler = new Scheduler(this.#random, 0);
    this.#wrapReserve = wrapReserve;
  }

  async run(): Promise<void> {
    let disk = new SimulatedDisk();
    disk.makeDirectory(FOLDER);
    disk.syncDirectory('/');
    for (let life = 0; life < LIFE_COUNT; life += 1) {
      await this.#live(disk);
      const snapshot = disk.snapshot();
      const losses = powerLosses(snapshot.pending, 6, this.#random);
      for (const survivors of losses) {
        disk = diskAfterPowerLoss(snapshot, (number) => survivors.has(number));
        await this.#openOnFullDisk(disk);
        expect(await rowsOf(this.#open(disk))).toEqual(this.#rows);
      }
    }
  }

  #open(disk: SimulatedDisk): KeyValueStore {
    return openSimulatedKeyValueStore({
      fileSystem: disk,
      directory: FOLDER,
      drawSalt: () => this.#random.bytes(16),
    });
  }

  /** A start finds no room perhaps, and then says so; it must not lose anything by trying. */
  async #openOnFullDisk(disk: SimulatedDisk): Promise<void> {
    disk.faults.spaceLeftBytes = this.#random.below(3) * 4096;
    try {
      expect(await rowsOf(this.#open(disk))).toEqual(this.#rows);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ENOSPC') throw error;
      this.counts.refusedOpeningCount += 1;
    }
    disk.faults.spaceLeftBytes = Number.POSITIVE_INFINITY;
  }

  async #live(disk: SimulatedDisk): Promise<void> {
    const failures: Error[] = [];
    const store = openSimulatedKeyValueStore({
      fileSystem: disk,
      directory: FOLDER,
      drawSalt: () => this.#random.bytes(16),
      run: this.#scheduler.run,
      isCheckpointDue: () => this.#random.below(4) === 0,
      onNoRoom: (error) => failures.push(error),
      ...(this.#wrapReserve !== undefined && { wrapReserve: this.#wrapReserve }),
    });
    let isOver = false;
    const work = async (): Promise<void> => {
      for (let count = 0; count < COMMIT_COUNT; count += 1) await this.#commit(store, disk);
      isOver = true;
    };
    void work().catch((error: Error) => failures.push(error));
    const afterStep = async (): Promise<void> => {
      if (failures[0] !== undefined) throw failures[0];
    };
    await this.#scheduler.live(() => isOver, afterStep, STEP_COUNT_MAX);
    this.#scheduler.forgetAll();
    disk.faults.spaceLeftBytes = Number.POSITIVE_INFINITY;
  }

  async #commit(store: KeyValueStore, disk: SimulatedDisk): Promise<void> {
    const { faults } = disk;
    if (faults.spaceLeftBytes === Number.POSITIVE_INFINITY) {
      if (this.#random.below(15) === 0) faults.spaceLeftBytes = this.#random.below(20_000);
    } else if (this.#random.below(40) === 0) faults.spaceLeftBytes = Number.POSITIVE_INFINITY;
    const isDeletion = this.#random.below(4) === 0;
    const names = Array.from({ length: isDeletion ? 1 : 1 + this.#random.below(6) }, () =>
      this.#random.below(KEY_COUNT),
    );
    const keys = [...new Set(names)].map((name) => `key ${name}`);
    this.#commitCount += 1;
    const value = `${this.#commitCount} `.repeat(1 + this.#random.below(700));
    try {
      await store.commit(
        isDeletion
          ? { deletes: keys.map((key) => Buffer.from(key)) }
          : { puts: keys.map((key) => ({ key: Buffer.from(key), value: Buffer.from(value) })) },
      );
    } catch (error) {
      const isFull =
        error instanceof EngineFailure && error.reason.kind === 'unavailable' && error.reason.because === 'disk-full';
      if (!isFull || isDeletion) throw error;
      this.counts.refusedCount += 1;
      return;
    }
    if (isDeletion && faults.spaceLeftBytes !== Number.POSITIVE_INFINITY) this.counts.deletedOnFullDiskCount += 1;
    for (const key of keys) {
      if (isDeletion) this.#rows.delete(key);
      else this.#rows.set(key, value);
    }
  }
}

async function rowsOf(store: KeyValueStore): Promise<Rows> {
  const rows = await store.list({ start: Buffer.from('key'), end: Buffer.from('key~'), limit: 10 * KEY_COUNT });
  return new Map(rows.map(({ key, value }) => [Buffer.from(key).toString(), Buffer.from(value).toString()]));
}

async function tryOut(seed: number, wrapReserve?: (reserve: RoomKeeper) => RoomKeeper): Promise<Counts> {
  const run = new FullDiskRun(seed, wrapReserve);
  try {
    await run.run();
  } catch (error) {
    throw new Error(
      `${(error as Error).message}\nRepeat it: ANNALS_FULL_DISK_SEED=${seed} npx vitest run packages/store/src/simulation/full-disk.test.ts`,
      { cause: error },
    );
  }
  return run.counts;
}

describe('a disk that is full', () => {
  it('has room for all that is acknowledged, and for deletions; nothing is lost', async () => {
    const seeds =
      ANNALS_FULL_DISK_SEED === undefined
        ? Array.from({ length: SEED_COUNT }, (_, index) => index + 1)
        : [Number(ANNALS_FULL_DISK_SEED)];
    const counts: Counts[] = [];
    for (const seed of seeds) counts.push(await tryOut(seed));
    const sum = (count: (each: Counts) => number): number => counts.reduce((total, each) => total + count(each), 0);
    const [refused, deleted] = [sum(({ refusedCount }) => refusedCount), sum((each) => each.deletedOnFullDiskCount)];
    process.stdout.write(
      `${refused} commits refused and ${deleted} deletions made on a full disk, ${sum((each) => each.refusedOpeningCount)} starts refused, in ${seeds.length} runs: nothing lost\n`,
    );
    if (ANNALS_FULL_DISK_SEED !== undefined) return;
    expect(refused).toBeGreaterThan(3 * seeds.length);
    expect(deleted).toBeGreaterThan(3 * seeds.length);
  }, 600_000);

  it('would not have it when no room is kept', async () => {
    const wrapReserve = (reserve: RoomKeeper): RoomKeeper => ({
      ensure: () => {},
      giveBack: (...told) => reserve.giveBack(...told),
      rest: (...told) => reserve.rest(...told),
    });
    const found: string[] = [];
    for (let seed = 1; seed <= SEED_COUNT && found.length === 0; seed += 1) {
      await tryOut(seed, wrapReserve).catch((error: Error) => found.push(error.message));
    }
    expect(found).toContainEqual(expect.stringContaining('A checkpoint has no room for what was acknowledged'));
  });
});
