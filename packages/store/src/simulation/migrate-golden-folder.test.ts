/**
 * Folders of format 3, as an older program left them, lose their power at every change of the disk while their first
 * start migrates them: the rows to their present file, then the blobs to checks that know whose they are. Whatever is
 * left, the next start finishes it and has every row and every byte that a start without trouble has.
 * `ANNALS_MIGRATION_LOSSES` sets how many different losses are tried at each change.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readArchive } from '../../../../test/golden/folder-archive.js';
import { seededRandom } from '../conformance/seeded-random.js';
import type { KeyValueStore } from '../contract/key-value-store.js';
import { diskAfterPowerLoss, SimulatedDisk } from '../file-system/simulated-disk.js';
import type { DiskSnapshot } from '../file-system/simulated-nodes.js';
import { openSimulatedStore, type SimulatedStore, type StoreWrappers } from './open-simulated-store.js';
import { powerLosses } from './power-losses.js';

const NOW_MS = 1_800_000_000_000;
const { ANNALS_MIGRATION_LOSSES } = process.env;
const LOSS_COUNT = Number(ANNALS_MIGRATION_LOSSES ?? 1);
/** Ways of losing from which those are taken, so that one alone is not always of the same kind. */
const WAY_COUNT = 6;
/** A second loss while the migration is taken up, after one loss in so many. */
const AGAIN_EVERY = 12;

/** The folder on a disk, all of it durable. */
async function goldenDisk(name: string): Promise<DiskSnapshot> {
  const disk = new SimulatedDisk({ now: () => NOW_MS });
  const archive = fileURLToPath(new URL(`../../../../test/golden/folders/${name}.br`, import.meta.url));
  for (const { path, bytes } of await readArchive(archive)) {
    // Locks and keys are no part of what migrates.
    if (!/^(blobs|metadata)\//.test(path) || path.includes('/lock/')) continue;
    const target = `/data/${path.replace(/^metadata/, 'meta')}`;
    disk.makeDirectory(target.slice(0, target.lastIndexOf('/')));
    disk.createFile(target).write(bytes, 0);
  }
  return diskAfterPowerLoss(disk.snapshot(), () => true).snapshot();
}

function open(disk: SimulatedDisk, wrappers: StoreWrappers = {}): Promise<SimulatedStore> {
  const random = seededRandom(1);
  return openSimulatedStore(disk, {
    nowMs: () => NOW_MS,
    randomBytes: (lengthBytes) => random.bytes(lengthBytes),
    wrappers,
  });
}

/** All rows there are, and all bytes of blobs. */
async function contentsOf(keyValues: KeyValueStore, disk: SimulatedDisk): Promise<string> {
  const rows = await keyValues.list({ start: Buffer.of(0), end: Buffer.of(0xff), limit: 1_000_000 });
  const texts = rows.map(
    ({ key, value }) => `${Buffer.from(key).toString('hex')} ${Buffer.from(value).toString('hex')}`,
  );
  return [...texts, disk.contentDigest('/data/blobs')].join('\n');
}

interface Migration {
  readonly momentCount: number;
  readonly lossCount: number;
}

/** @throws {Error} Something is not as it would be without losses, or a start fails. */
async function migrateThroughLosses(
  golden: DiskSnapshot,
  wrappers: StoreWrappers = {},
  looksAt = /./,
): Promise<Migration> {
  const random = seededRandom(7);
  const whole = diskAfterPowerLoss(golden, () => true);
  const expected = await contentsOf((await open(whole)).keyValues, whole);
  const moments = await momentsOf(golden, wrappers);
  let lossCount = 0;
  for (const [index, { snapshot, label }] of moments.entries()) {
    if (!looksAt.test(label)) continue;
    const ways = powerLosses(snapshot.pending, Math.max(WAY_COUNT, LOSS_COUNT), random);
    const first = random.below(ways.length);
    for (const survivors of [...ways.slice(first), ...ways.slice(0, first)].slice(0, LOSS_COUNT)) {
      lossCount += 1;
      const where = `${label}, change ${index + 1} of ${moments.length}, ${survivors.size} of ${snapshot.pending.length} changes survive`;
      const left = diskAfterPowerLoss(snapshot, (number) => survivors.has(number));
      const again = lossCount % AGAIN_EVERY === 0 ? left.snapshot() : undefined;
      await expectWhole(left, expected, where);
      if (again === undefined) continue;
      const further = await momentsOf(again, wrappers);
      const second = further[random.below(further.length)]?.snapshot;
      if (second === undefined) continue;
      const [choice = new Set<number>()] = powerLosses(second.pending, 4, random).slice(-1);
      lossCount += 1;
      await expectWhole(
        diskAfterPowerLoss(second, (number) => choice.has(number)),
        expected,
        `again after ${where}`,
      );
    }
  }
  return { momentCount: moments.length, lossCount };
}

/** Every moment before a change of the disk, of a start that takes the folder up, and the one behind the last. */
async function momentsOf(
  from: DiskSnapshot,
  wrappers: StoreWrappers,
): Promise<{ readonly snapshot: DiskSnapshot; readonly label: string }[]> {
  const moments: { snapshot: DiskSnapshot; label: string }[] = [];
  let disk: SimulatedDisk | undefined;
  disk = diskAfterPowerLoss(from, () => true, {
    now: () => NOW_MS,
    observe: ({ kind, path }) => {
      if (disk !== undefined) moments.push({ snapshot: disk.snapshot(), label: `before ${kind} ${path}` });
    },
  });
  await open(disk, wrappers);
  return [...moments, { snapshot: disk.snapshot(), label: 'at the end' }];
}

async function expectWhole(disk: SimulatedDisk, expected: string, where: string): Promise<void> {
  let found: string;
  try {
    found = await contentsOf((await open(disk)).keyValues, disk);
  } catch (error) {
    throw new Error(`A migration that lost its power ${where} cannot go on: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (found !== expected) throw new Error(`A migration that lost its power ${where} has not what it should have`);
}

describe('a folder of format 4 or 5', () => {
  it.each(['format-4-killed', 'format-4-orderly', 'format-5-killed'])(
    '%s has everything, wherever the start that names it format 6 loses its power',
    async (name) => {
      const golden = await goldenDisk(name);
      const { momentCount, lossCount } = await migrateThroughLosses(golden);
      process.stdout.write(`${name}: ${lossCount} losses of power at ${momentCount} changes of the disk: all there\n`);
      expect(lossCount).toBeGreaterThanOrEqual(momentCount);
      const migrated = await open(diskAfterPowerLoss(golden, () => true));
      const format = await migrated.keyValues.list({ start: Buffer.from('F'), end: Buffer.from('G'), limit: 1 });
      expect(format.map(({ value }) => JSON.parse(Buffer.from(value).toString()))).toMatchObject([{ version: 6 }]);
    },
    600_000,
  );
});

describe('a folder of format 3', () => {
  it.each(['format-3-killed', 'format-3-orderly'])(
    '%s has everything, wherever its migration loses its power',
    async (name) => {
      const { momentCount, lossCount } = await migrateThroughLosses(await goldenDisk(name));
      process.stdout.write(`${name}: ${lossCount} losses of power at ${momentCount} changes of the disk: all there\n`);
      expect(momentCount).toBeGreaterThan(30);
      expect(lossCount).toBeGreaterThanOrEqual(momentCount);
    },
    600_000,
  );

  it.each<[string, StoreWrappers, RegExp]>([
    [
      'the new file of rows has its name before it is synced',
      {
        blockingFiles: (files) =>
          wrap(files, 'createFile', (path) => {
            const file = files.createFile(path);
            return path.endsWith('data.mdb.new') ? wrap(file, 'sync', () => {}) : file;
          }),
      },
      /data.meta/,
    ],
    [
      'ends of blobs are not synced before the next are begun',
      {
        files: (files) =>
          wrap(files, 'openFileForUpdate', async (path) =>
            wrap(await files.openFileForUpdate(path), 'syncData', async () => {}),
          ),
      },
      /data.meta.journal/,
    ],
  ])(
    'would not have it when %s',
    async (_, wrappers, looksAt) => {
      const golden = await goldenDisk('format-3-killed');
      await expect(migrateThroughLosses(golden, wrappers, looksAt)).rejects.toThrow('A migration that lost its power');
    },
    600_000,
  );
});

/** @returns `right` with one of its methods replaced. */
function wrap<Contract extends object, Name extends keyof Contract>(
  right: Contract,
  name: Name,
  wrong: Contract[Name],
): Contract {
  return new Proxy(right, {
    get(_target, asked) {
      const own: unknown = asked === name ? wrong : Reflect.get(right, asked);
      return typeof own === 'function' ? own.bind(right) : own;
    },
  });
}
