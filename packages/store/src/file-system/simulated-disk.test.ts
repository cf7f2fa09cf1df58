/** The simulated disk itself: what it loses, what it keeps, and that one moment can be looked at many times. */
import { describe, expect, it } from 'vitest';
import { resolvingFileSystem } from './resolving-file-system.js';
import { diskAfterPowerLoss, SimulatedDisk } from './simulated-disk.js';

function read(disk: SimulatedDisk, path: string): string {
  const file = disk.openFile(path);
  const bytes = Buffer.alloc(file.lengthBytes);
  file.read(bytes, 0);
  return bytes.toString('latin1');
}

/** A file of two sectors of `a` that are durable. */
function diskWithFile(): SimulatedDisk {
  const disk = new SimulatedDisk();
  const file = disk.createFile('/file');
  file.write(Buffer.alloc(1024, 'a'), 0);
  file.sync();
  disk.syncDirectory('/');
  return disk;
}

describe('SimulatedDisk', () => {
  it('keeps what was synced, and of the rest each sector on its own', () => {
    const disk = diskWithFile();
    disk.openFile('/file').write(Buffer.alloc(1024, 'b'), 0);
    const snapshot = disk.snapshot();
    const [first, second] = snapshot.pending as [number, number];
    const left = (survivors: readonly number[]) =>
      read(
        diskAfterPowerLoss(snapshot, (number) => survivors.includes(number)),
        '/file',
      );
    expect(left([])).toBe('a'.repeat(1024));
    expect(left([first])).toBe('b'.repeat(512) + 'a'.repeat(512));
    expect(left([second])).toBe('a'.repeat(512) + 'b'.repeat(512));
    expect(left([first, second])).toBe('b'.repeat(1024));
  });

  it('loses a name whose directory was not synced, and brings a removed one back', () => {
    const disk = diskWithFile();
    disk.createFile('/new').sync();
    disk.removeFile('/file');
    const left = diskAfterPowerLoss(disk.snapshot(), () => false);
    expect([left.exists('/file'), left.exists('/new')]).toEqual([true, false]);
    disk.syncDirectory('/');
    const synced = diskAfterPowerLoss(disk.snapshot(), () => false);
    expect([synced.exists('/file'), synced.exists('/new')]).toEqual([false, true]);
  });

  it('renames wholly or not at all', () => {
    const disk = diskWithFile();
    disk.rename('/file', '/other');
    for (const survives of [true, false]) {
      const left = diskAfterPowerLoss(disk.snapshot(), () => survives);
      expect([left.exists('/file'), left.exists('/other')]).toEqual([!survives, survives]);
    }
  });

  it('shows no snapshot what comes after it, whichever disk continues', () => {
    const disk = diskWithFile();
    const snapshot = disk.snapshot();
    disk.openFile('/file').write(Buffer.from('later'), 0);
    const one = diskAfterPowerLoss(snapshot, () => true);
    one.openFile('/file').write(Buffer.from('other'), 0);
    const two = diskAfterPowerLoss(snapshot, () => true);
    expect([disk, one, two].map((each) => read(each, '/file').slice(0, 5))).toEqual(['later', 'other', 'aaaaa']);
  });

  it('forgets in the cache only what a failed sync did not bring to the disk', () => {
    const disk = diskWithFile();
    const file = disk.openFile('/file');
    file.write(Buffer.from('unsynced'), 0);
    disk.faults.syncError = 'EIO';
    expect(() => file.sync()).toThrow('EIO');
    disk.faults.syncError = undefined;
    file.sync();
    expect(read(disk, '/file').slice(0, 8)).toBe('unsynced');
    expect(
      read(
        diskAfterPowerLoss(disk.snapshot(), () => true),
        '/file',
      ).slice(0, 8),
    ).toBe('aaaaaaaa');
  });

  it('syncs what was written when the sync was asked for, no more', async () => {
    const disk = diskWithFile();
    const waiting: (() => void)[] = [];
    const files = resolvingFileSystem(disk, (_label, call) => {
      return new Promise((resolve) => {
        waiting.push(() => resolve(call()));
      });
    });
    const opening = files.openFileForUpdate('/file');
    waiting.shift()?.();
    const file = await opening;
    const syncing = file.syncData();
    disk.openFile('/file').write(Buffer.from('too late'), 0);
    waiting.shift()?.();
    await syncing;
    expect(
      read(
        diskAfterPowerLoss(disk.snapshot(), () => false),
        '/file',
      ).slice(0, 8),
    ).toBe('aaaaaaaa');
  });

  it('takes what fits on a full disk, and says so', () => {
    const disk = diskWithFile();
    disk.faults.spaceLeftBytes = 100;
    expect(() => disk.openFile('/file').write(Buffer.alloc(300, 'c'), 1024)).toThrow('ENOSPC');
    expect(disk.status('/file')?.lengthBytes).toBe(1124);
    disk.openFile('/file').write(Buffer.alloc(1124, 'd'), 0);
  });
});
