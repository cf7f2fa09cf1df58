/**
 * The files of the lock on a simulated disk that loses its power or is full at any of its changes: what LMDB then maps
 * into memory is whole.
 */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../conformance/seeded-random.js';
import type { BlockingFile, BlockingFileSystem } from '../../../file-system/file-system.js';
import { diskAfterPowerLoss, SimulatedDisk } from '../../../file-system/simulated-disk.js';
import type { DiskSnapshot } from '../../../file-system/simulated-nodes.js';
import { powerLosses } from '../../../simulation/power-losses.js';
import { prepareLockFolder } from './prepare-lock-folder.js';

const FOLDER = '/lock';
const LOCK_LENGTH_BYTES = 16 * 1024;

function read(file: BlockingFile): Buffer {
  const bytes = Buffer.alloc(file.lengthBytes);
  file.read(bytes, 0);
  return bytes;
}

function newDisk(): DiskSnapshot {
  const disk = new SimulatedDisk();
  disk.makeDirectory(FOLDER);
  disk.syncDirectory('/');
  return disk.snapshot();
}

/** @returns The disk before each change of a preparation, and after the last. */
function moments(from: DiskSnapshot, wrap: (disk: SimulatedDisk) => BlockingFileSystem): DiskSnapshot[] {
  const snapshots: DiskSnapshot[] = [];
  let disk: SimulatedDisk | undefined;
  disk = diskAfterPowerLoss(from, () => true, { observe: () => disk && snapshots.push(disk.snapshot()) });
  prepareLockFolder(FOLDER, wrap(disk));
  return [...snapshots, disk.snapshot()];
}

/** @throws {Error} The lock file has its name, and not its length. @returns Number of losses. */
function loseEverywhere(wrap: (disk: SimulatedDisk) => BlockingFileSystem): number {
  const random = seededRandom(3);
  const expected = diskAfterPowerLoss(newDisk(), () => true);
  prepareLockFolder(FOLDER, expected);
  let lossCount = 0;
  for (const snapshot of moments(newDisk(), wrap)) {
    for (const survivors of powerLosses(snapshot.pending, 64, random)) {
      lossCount += 1;
      const left = diskAfterPowerLoss(snapshot, (number) => survivors.has(number));
      const lockPath = `${FOLDER}/lock.mdb`;
      if (left.exists(lockPath) && left.openFile(lockPath).lengthBytes < LOCK_LENGTH_BYTES)
        throw new Error('The lock file has its name before it has its length');
      prepareLockFolder(FOLDER, left);
      const environment = read(left.openFile(`${FOLDER}/data.mdb`));
      expect(environment.equals(read(expected.openFile(`${FOLDER}/data.mdb`)))).toBe(true);
      expect(read(left.openFile(lockPath)).equals(Buffer.alloc(LOCK_LENGTH_BYTES))).toBe(true);
    }
  }
  return lossCount;
}

describe('prepareLockFolder', () => {
  it('has whole files after any loss of power, and the next start mends what is left', () => {
    expect(loseEverywhere((disk) => disk)).toBeGreaterThan(100);
  });

  it('would not have them without the sync of the lock file', () => {
    const withoutSync = (disk: SimulatedDisk): BlockingFileSystem =>
      new Proxy<BlockingFileSystem>(disk, {
        get(_target, name) {
          if (name === 'createFile') {
            return (path: string) => {
              const file = disk.createFile(path);
              return { write: file.write, sync: () => {}, close: file.close };
            };
          }
          const own: unknown = Reflect.get(disk, name);
          return typeof own === 'function' ? own.bind(disk) : own;
        },
      });
    expect(() => loseEverywhere(withoutSync)).toThrow('before it has its length');
  });

  it('refuses a full disk, leaves no draft, and goes on when there is room', () => {
    for (let spaceLeftBytes = 0; spaceLeftBytes < 2 * 4096 + LOCK_LENGTH_BYTES; spaceLeftBytes += 2048) {
      const disk = diskAfterPowerLoss(newDisk(), () => true);
      disk.faults.spaceLeftBytes = spaceLeftBytes;
      expect(() => prepareLockFolder(FOLDER, disk)).toThrow('ENOSPC');
      expect(disk.readDirectory(FOLDER).filter((name) => name.startsWith('lock'))).toEqual([]);
      disk.faults.spaceLeftBytes = Number.POSITIVE_INFINITY;
      prepareLockFolder(FOLDER, disk);
      expect(disk.openFile(`${FOLDER}/lock.mdb`).lengthBytes).toBe(LOCK_LENGTH_BYTES);
    }
  });

  it('lengthens a lock file that an earlier program left short', () => {
    const disk = diskAfterPowerLoss(newDisk(), () => true);
    disk.createFile(`${FOLDER}/lock.mdb`).write(Buffer.alloc(100, 'x'), 0);
    prepareLockFolder(FOLDER, disk);
    const bytes = read(disk.openFile(`${FOLDER}/lock.mdb`));
    expect([bytes.length, bytes.subarray(0, 100).equals(Buffer.alloc(100, 'x'))]).toEqual([LOCK_LENGTH_BYTES, true]);
  });
});
