/** What a spool has accepted is there after the process, whatever stands behind it; and nothing damaged is believed. */
import { execFileSync } from 'node:child_process';
import { appendFile, readdir, readFile, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../../../test/harness/temporary-folder.js';
import { until } from '../../../../test/harness/until.js';
import type { Backlog, WriterState } from '../append-writer/backlog.js';
import { type FileSpoolOptions, fileSpool } from './file-spool.js';

let folder: string;
let spools: Backlog[];

beforeEach(async () => {
  folder = makeTemporaryFolder();
  spools = [];
});

afterEach(async () => {
  for (const spool of spools) await spool.close();
});

async function openSpool(options: Partial<FileSpoolOptions> = {}): Promise<Backlog> {
  const spool = fileSpool({ folder, sync: false, ...options });
  spools.push(spool);
  await spool.open();
  return spool;
}

/** Ends a spool as a killed process does: what it has written stays, its lock too. */
async function abandon(): Promise<void> {
  for (const spool of spools.splice(0)) await spool.close();
  await leaveLock('999999999');
}

/** Leaves the lock of another process in place of ours. */
async function leaveLock(content: string): Promise<void> {
  await rm(join(folder, 'lock'), { force: true });
  await writeFile(join(folder, 'lock'), content);
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function state(durableBytes: number, more: Partial<WriterState> = {}): WriterState {
  const object = { bucket: 'logs', key: 'app.log', sequence: 0, begunAtMs: 0 };
  return { writerId: 'w', ...object, position: durableBytes, crc64: 2n ** 64n - 1n, durableBytes, ...more };
}

async function takeAll(spool: Backlog, lengthBytesMax: number): Promise<string[]> {
  const taken: string[] = [];
  for (;;) {
    const some = await spool.take(lengthBytesMax);
    if (some === undefined) return taken;
    taken.push(String(Buffer.from(some)));
  }
}

describe('fileSpool', () => {
  it('gives whole chunks up to a length, and a longer one in parts', async () => {
    const spool = await openSpool();
    await Promise.all(['one', 'two', 'seventeen letters', 'x'].map((text) => spool.push(bytes(text))));
    expect(spool.waitingBytes).toBe(24);
    expect(await spool.nextChunkBytes()).toBe(3);
    expect(await takeAll(spool, 8)).toEqual(['onetwo', 'seventee', 'n letter', 'sx']);
    expect(spool.waitingBytes).toBe(0);
    expect(await spool.nextChunkBytes()).toBe(0);
  });

  it('goes on where the process before it was, within a chunk too', async () => {
    const first = await openSpool();
    await first.push(bytes('abcdef'));
    await first.push(bytes('ghi'));
    const underWay = { id: 'w-4', length: 2, crc64: 5n };
    await first.remember(state(4, { underWay }));
    await abandon();
    const second = fileSpool({ folder, sync: true });
    spools.push(second);
    expect(await second.open()).toEqual({ state: state(4, { underWay }), acceptedBytes: 9 });
    expect(second.isAtChunkStart).toBe(false);
    await second.push(bytes('jkl'));
    expect(await takeAll(second, 100)).toEqual(['efghijkl']);
  });

  it('removes segments that are durable elsewhere', async () => {
    const spool = await openSpool({ segmentBytes: 50 });
    for (const text of ['0123456789', '0123456789', '0123456789', '0123456789', '0123456789']) {
      await spool.push(bytes(text));
    }
    const segments = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.endsWith('.spool'));
    expect(await segments()).toHaveLength(3);
    expect(await takeAll(spool, 20)).toHaveLength(3);
    await spool.remember(state(45));
    expect(await segments()).toHaveLength(1);
    await abandon();
    expect(await takeAll(await openSpool(), 20)).toEqual(['56789']);
  });

  it('makes those who write wait while the disk holds too much', async () => {
    const spool = await openSpool({ sizeBytesMax: 5 });
    await spool.push(bytes('12345'));
    let isAccepted = false;
    const second = spool.push(bytes('6')).then(() => {
      isAccepted = true;
    });
    await spool.take(5);
    expect(isAccepted).toBe(false);
    await spool.remember(state(5));
    await second;
    expect(await takeAll(spool, 5)).toEqual(['6']);
  });

  /** Three groups, as three writes one after the other make them, in one segment. */
  async function threeGroups(): Promise<{ path: string; stored: Buffer; groupLength: number }> {
    const spool = await openSpool();
    for (const text of ['first', 'other', 'third']) await spool.push(bytes(text));
    await abandon();
    const path = join(folder, '0000000000000000.spool');
    const stored = await readFile(path);
    return { path, stored, groupLength: stored.length / 3 };
  }

  it('cuts off a group that was not accepted whole, wherever it ends', async () => {
    const { path, stored, groupLength } = await threeGroups();
    for (let cut = 1; cut <= groupLength; cut += 1) {
      await writeFile(path, stored.subarray(0, stored.length - cut));
      const again = await openSpool();
      expect(await takeAll(again, 100)).toEqual(['firstother']);
      expect((await readFile(path)).length).toBe(2 * groupLength);
      await again.push(bytes(' and new'));
      expect(await takeAll(again, 100)).toEqual([' and new']);
      await abandon();
      await rm(join(folder, '0000000000000010.spool'));
    }
  });

  it('cuts off a group of which the disk has kept another part than its beginning', async () => {
    const { path, stored, groupLength } = await threeGroups();
    for (const start of [0, 4, 8, 16, 24]) {
      const torn = Buffer.from(stored);
      torn.fill(0, 2 * groupLength + start, 2 * groupLength + start + 3);
      await writeFile(path, torn);
      expect(await takeAll(await openSpool(), 100)).toEqual(['firstother']);
      await abandon();
    }
  });

  it('ends with SpoolDamaged when any byte of a group is wrong that others stand behind', async () => {
    const { path, stored, groupLength } = await threeGroups();
    for (let position = 0; position < 2 * groupLength; position += 1) {
      const damaged = Buffer.from(stored);
      damaged[position] = (damaged[position] ?? 0) ^ 0x55;
      await writeFile(path, damaged);
      await expect(fileSpool({ folder }).open()).rejects.toMatchObject({
        code: 'SpoolDamaged',
        message: `Cannot use the spool "${folder}": its bytes at offset ${position < groupLength ? 0 : 5} are damaged`,
      });
      expect(await readFile(path)).toEqual(damaged);
      await leaveLock('999999999');
    }
  });

  it('ends with SpoolDamaged when a segment before the last is cut', async () => {
    const spool = await openSpool({ segmentBytes: 1 });
    for (const text of ['first', 'other']) await spool.push(bytes(text));
    await abandon();
    const path = join(folder, '0000000000000000.spool');
    await truncate(path, (await readFile(path)).length - 1);
    await expect(fileSpool({ folder }).open()).rejects.toMatchObject({ code: 'SpoolDamaged' });
  });

  it('accepts chunks that come together in groups of bounded length', async () => {
    const spool = await openSpool();
    const chunk = new Uint8Array(300 * 1024).fill(97);
    await Promise.all(Array.from({ length: 8 }, () => spool.push(chunk)));
    const stored = await readFile(join(folder, '0000000000000000.spool'));
    const marks = stored.toString('latin1').split('aSPg').length - 1;
    // The first is written alone, because nothing else was there when it came; then three, three and one.
    expect(marks).toBe(4);
    expect((await takeAll(spool, 1e9)).join('')).toHaveLength(8 * chunk.length);
  });

  it('replaces a segment that has no whole group', async () => {
    await writeFile(join(folder, '0000000000000000.spool'), 'torn');
    const spool = await openSpool();
    await spool.push(bytes('abc'));
    expect(await takeAll(spool, 100)).toEqual(['abc']);
  });

  it('ends with SpoolDamaged when a group is not what was written', async () => {
    const spool = await openSpool();
    await spool.push(bytes('abc'));
    const path = join(folder, '0000000000000000.spool');
    const stored = await readFile(path);
    stored[stored.length - 1] = 0;
    await writeFile(path, stored);
    await expect(spool.take(100)).rejects.toMatchObject({ code: 'SpoolDamaged' });
  });

  it.each(['', '{', '{"version":1}', '{"version":2}', 'null'])('refuses the state %j', async (text) => {
    await writeFile(join(folder, 'state.json'), text);
    await expect(fileSpool({ folder }).open()).rejects.toMatchObject({ code: 'SpoolDamaged' });
  });

  it('refuses a state whose bytes are missing', async () => {
    const spool = await openSpool();
    await spool.push(bytes('abc'));
    await spool.remember(state(3));
    await abandon();
    await appendFile(join(folder, '0000000000000003.spool'), 'x');
    await rm(join(folder, '0000000000000000.spool'));
    await writeFile(
      join(folder, 'state.json'),
      (await readFile(join(folder, 'state.json'), 'utf8')).replaceAll('3', '2'),
    );
    await expect(fileSpool({ folder }).open()).rejects.toMatchObject({ code: 'SpoolDamaged' });
  });

  it('is used by one writer at a time', async () => {
    await openSpool();
    await expect(fileSpool({ folder }).open()).rejects.toMatchObject({ code: 'SpoolInUse' });
  });

  it('is taken over from a process before that had the same number', async () => {
    await leaveLock(String(process.pid));
    await openSpool();
  });

  it('waits for room on the disk, with nothing lost or doubled, and says so', async () => {
    const spool = fileSpool({ folder, sync: false });
    spools.push(spool);
    const told: string[] = [];
    await spool.open(({ message }) => told.push(message));
    // What is written to this device is refused as by a full disk.
    const segment = join(folder, '0000000000000000.spool');
    await symlink('/dev/full', segment);
    const accepted = spool.push(bytes('one'));
    await until(() => told.length > 0);
    expect(told[0]).toBe(`Cannot write to the spool "${folder}": there is no space left`);
    expect(spool.waitingBytes).toBe(0);
    await unlink(segment);
    await accepted;
    await symlink('/dev/full', join(folder, 'state.json.new'));
    const remembered = spool.remember(state(1));
    const before = told.length;
    await until(() => told.length > before);
    await unlink(join(folder, 'state.json.new'));
    await remembered;
    await spool.push(bytes('two'));
    await abandon();
    const next = await openSpool();
    expect(await takeAll(next, 100)).toEqual(['netwo']);
  });

  it('passes more through a small disk than it holds', async ({ skip }) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder], { stdio: 'ignore' });
    } catch {
      skip('this user may not mount a small disk');
    }
    try {
      const spool = fileSpool({ folder });
      spools.push(spool);
      let fullCount = 0;
      await spool.open(() => {
        fullCount += 1;
      });
      const chunks = Array.from({ length: 24 }, (_, index) => Buffer.alloc(30_000, `${index} `));
      const pushing = Promise.all(chunks.map((chunk) => spool.push(chunk)));
      const taken: Uint8Array[] = [];
      for (let durableBytes = 0; durableBytes < 24 * 30_000; ) {
        // As long as nothing is taken the disk stays full.
        await until(() => spool.waitingBytes > 0 && (fullCount > 0 || durableBytes > 0));
        const some = await spool.take(100_000);
        if (some === undefined) continue;
        taken.push(some);
        durableBytes += some.length;
        await spool.remember(state(durableBytes));
      }
      await pushing;
      expect(Buffer.concat(taken).equals(Buffer.concat(chunks))).toBe(true);
      await abandon();
    } finally {
      execFileSync('umount', ['-l', folder]);
    }
  });

  it('gives the room that it keeps for its state before it waits', async () => {
    const spool = await openSpool();
    await spool.push(bytes('one'));
    expect(await readdir(folder)).toContain('reserve');
    await symlink('/dev/full', join(folder, 'state.json.new'));
    const remembered = spool.remember(state(3));
    await until(async () => !(await readdir(folder)).includes('reserve'));
    await unlink(join(folder, 'state.json.new'));
    await remembered;
    await spool.push(bytes('two'));
    expect(await readdir(folder)).toContain('reserve');
  });

  it.each([
    ['that has gone', () => '999999999'],
    ['whose number another process has now', () => `${process.ppid} of-a-start-of-the-machine:1`],
    ['that was killed while it made it', () => ''],
  ])('takes over the lock of a process %s', async (_, content) => {
    await leaveLock(content());
    const spool = await openSpool();
    await spool.push(bytes('one'));
    expect((await readdir(folder)).filter((name) => name.startsWith('lock'))).toEqual(['lock']);
  });

  it('leaves the lock of a process that runs', async () => {
    await leaveLock(String(process.ppid));
    await expect(fileSpool({ folder }).open()).rejects.toThrow(`process ${process.ppid} uses it`);
    expect((await readdir(folder)).sort()).toEqual(['lock']);
  });
});
