/** What a spool has accepted is there after the process, whatever stands behind it; and nothing damaged is believed. */
import { appendFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../../../test/harness/temporary-folder.js';
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
  await writeFile(join(folder, 'lock'), '999999999');
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
    const spool = await openSpool({ segmentBytes: 30 });
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

  it('cuts off a record that was not accepted whole', async () => {
    const spool = await openSpool();
    await spool.push(bytes('whole'));
    await spool.push(bytes('torn'));
    await abandon();
    const path = join(folder, '0000000000000000.spool');
    await truncate(path, (await readFile(path)).length - 1);
    const again = await openSpool();
    await again.push(bytes(' and new'));
    expect(await takeAll(again, 100)).toEqual(['whole and new']);
  });

  it('replaces a segment that has no whole record', async () => {
    await writeFile(join(folder, '0000000000000000.spool'), 'torn');
    const spool = await openSpool();
    await spool.push(bytes('abc'));
    expect(await takeAll(spool, 100)).toEqual(['abc']);
  });

  it('ends with SpoolDamaged when a record is not what was written', async () => {
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
    await writeFile(join(folder, 'lock'), String(process.pid));
    await openSpool();
  });
});
