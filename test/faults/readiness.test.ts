/**
 * `/-/readyz` while the disk does not take what it is given: over a disk that fails on demand, and over a real process
 * whose folder breaks under it. Asking often must not mean writing often.
 */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { checkBlobs, openFileSystemBlobStore, openMemoryKeyValueStore } from '@annals/store';
import { SimulatedFileSystem } from '@annals/store/conformance';
import { afterEach, describe, expect, it } from 'vitest';
import { filesBelow } from '../harness/files-below.js';
import { startServerProcess } from '../harness/server-process.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { startTestServer, type TestServer } from '../harness/test-server.js';

const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

let nowMs = START_MS;
let disk: SimulatedFileSystem;
let server: TestServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Status and text of the page. */
async function ask(host: string): Promise<string> {
  const response = await fetch(`http://${host}/-/readyz`);
  return `${response.status} ${(await response.text()).trim()}`;
}

async function start(): Promise<{ readonly ask: () => Promise<string>; readonly commitCount: () => number }> {
  nowMs = START_MS;
  disk = new SimulatedFileSystem();
  await disk.makeDirectory('/blobs');
  const keyValues = openMemoryKeyValueStore();
  const blobs = checkBlobs(await openFileSystemBlobStore({ directory: '/blobs', fileSystem: disk }));
  const remove = async () => {
    await keyValues.close();
    await blobs.close();
  };
  const engines = { name: 'memory and a simulated disk', open: async () => ({ keyValues, blobs, remove }) };
  const started = await startTestServer({ engines, clock: () => nowMs });
  server = started;
  return { ask: () => ask(started.host), commitCount: () => keyValues.statistics().commitCount };
}

describe('a disk that does not take what it is given', () => {
  it.each([
    ['is full', { spaceLeftBytes: 1000 }, { spaceLeftBytes: Number.POSITIVE_INFINITY }, 'the disk is full'],
    ['is read-only', { isReadOnly: true }, { isReadOnly: false }, 'the disk is read-only'],
    ['fails', { writeError: 'EIO' }, { writeError: undefined }, 'the disk fails'],
  ] as const)('and %s makes the server not ready until it is well again', async (_name, broken, well, reason) => {
    const { ask } = await start();
    expect(await ask()).toBe('200 ready');
    Object.assign(disk.faults, broken);
    nowMs += 10_000;
    expect(await ask()).toBe(`503 not ready: ${reason}`);
    Object.assign(disk.faults, well);
    nowMs += 1000;
    expect(await ask()).toBe('200 ready');
    // Nothing of it stays.
    expect(
      (
        await Promise.all((await disk.readDirectory('/blobs')).map((name) => disk.readDirectory(`/blobs/${name}`)))
      ).flat(),
    ).toEqual([]);
    expect(disk.openCount).toBe(0);
  });

  it.each([
    ['a file', 'syncDataError'],
    ['a name', 'syncDirectoryError'],
  ] as const)('and loses the sync of %s makes the server not ready until it is restarted', async (_name, fault) => {
    const { ask } = await start();
    expect(await ask()).toBe('200 ready');
    disk.faults[fault] = 'EIO';
    nowMs += 10_000;
    const reason = '503 not ready: a sync failed, and nothing is written any more before a restart';
    expect(await ask()).toBe(reason);
    disk.faults[fault] = undefined;
    nowMs += 60_000;
    expect(await ask()).toBe(reason);
  });
});

describe('asking often', () => {
  it('writes once in 10 s, and once in 1 s while the disk is broken', async () => {
    // A row is written, and taken away again: two commits each time.
    const { ask, commitCount } = await start();
    const before = commitCount();
    const askMany = () => Promise.all(Array.from({ length: 20 }, ask));
    expect(new Set(await askMany())).toEqual(new Set(['200 ready']));
    expect(commitCount()).toBe(before + 2);
    nowMs += 9999;
    await askMany();
    expect(commitCount()).toBe(before + 2);
    nowMs += 1;
    await askMany();
    expect(commitCount()).toBe(before + 4);
    // A clock that is set back counts as time gone by.
    nowMs -= 3_600_000;
    await askMany();
    expect(commitCount()).toBe(before + 6);
    disk.faults.isReadOnly = true;
    nowMs += 10_000;
    expect(await ask()).toContain('503');
    disk.faults.isReadOnly = false;
    nowMs += 999;
    expect(new Set(await askMany())).toEqual(new Set(['503 not ready: the disk is read-only']));
    nowMs += 1;
    expect(await ask()).toBe('200 ready');
    expect(commitCount()).toBe(before + 8);
  });
});

describe('a server process', () => {
  it('is not ready while the folder of its blobs is away, and again when it is back', async () => {
    const folder = await temporaryFolder();
    const data = join(folder.path, 'data');
    const running = await startServerProcess({ data });
    const host = `127.0.0.1:${running.port}`;
    try {
      expect(await ask(host)).toBe('200 ready');
      await rename(join(data, 'blobs'), join(folder.path, 'away'));
      await expect.poll(() => ask(host), { timeout: 30_000, interval: 500 }).toBe('503 not ready: the disk fails');
      // It lives, and reads go on.
      expect((await fetch(`http://${host}/-/healthz`)).status).toBe(200);
      await rename(join(folder.path, 'away'), join(data, 'blobs'));
      await expect.poll(() => ask(host), { timeout: 30_000, interval: 500 }).toBe('200 ready');
      expect(await filesBelow(join(data, 'blobs'))).toEqual([]);
      expect(await running.stop()).toBe(0);
      const { stderr } = running.output();
      expect(stderr).toContain('not ready: the disk fails');
      expect(stderr).toContain('ready again: the store takes writes');
    } finally {
      await running.kill();
      await folder.remove();
    }
  });
});
