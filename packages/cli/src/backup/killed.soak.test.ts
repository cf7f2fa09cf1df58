/**
 * Commands that are killed, that find a full disk, or whose target goes: what is left, what is said of it, and that the
 * next run goes on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AnnalsProcess, type Ended, PROGRAM, readyUrl, startAnnals } from '../testing/annals-process.js';
import { describeBucket, makeBucket, openFolderStore, putPattern } from '../testing/store-folder.js';

const KEYS = { OSS_ACCESS_KEY_ID: 'test-id', OSS_ACCESS_KEY_SECRET: 'test-secret' };
/** Slow enough that a command is met at its work. */
const RATE = ['--rate', '20MiB'];
const POLL_MS = 2;
const POLL_COUNT_MAX = 30_000;

let folder: string;
let description: string;
let started: AnnalsProcess[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'annals-killed-'));
  started = [];
  const store = await openFolderStore(join(folder, 'data'));
  await makeBucket(store, 'bucket');
  for (let index = 0; index < 40; index += 1) await putPattern(store, 'bucket', `small-${index}`, 100 + index);
  for (let index = 0; index < 12; index += 1) await putPattern(store, 'bucket', `blob-${index}`, 700_000 + index);
  await putPattern(store, 'bucket', 'large', 9 * 1024 * 1024);
  description = await describeBucket(store, 'bucket', true);
  await store.maintenance.close();
});

afterEach(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await Promise.all(started.map(({ ended }) => ended));
  rmSync(folder, { recursive: true });
});

function start(words: readonly string[], environment: Readonly<Record<string, string>> = KEYS): AnnalsProcess {
  const annals = startAnnals(words, { folder, environment });
  started.push(annals);
  return annals;
}

function run(...words: string[]): Promise<Ended> {
  return start(words).ended;
}

async function succeed(...words: string[]): Promise<string> {
  const ended = await run(...words);
  expect(ended, words.join(' ')).toMatchObject({ code: 0 });
  return ended.output;
}

/** Runs where no file may grow beyond so much: writes fail in the calls in which those to a full disk fail. */
async function runOnFullDisk(kibibytes: number, ...words: string[]): Promise<Ended> {
  const limited = `ulimit -S -f ${kibibytes * 2}; exec "$0" "$@"`;
  const child = spawn('/bin/sh', ['-c', limited, process.execPath, PROGRAM, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...KEYS },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += String(chunk);
  });
  const [code] = await once(child, 'close');
  return { code: code as number | null, output: '', errors };
}

function fileCountBelow(name: string): number {
  try {
    return readdirSync(join(folder, name), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .length;
  } catch {
    // A file went while it was looked at.
    return 0;
  }
}

/** Waits for a moment of a command's work. @returns Whether it came before the command ended. */
async function reached({ child }: AnnalsProcess, isThere: () => boolean): Promise<boolean> {
  for (let round = 0; round < POLL_COUNT_MAX && child.exitCode === null; round += 1) {
    if (isThere()) return true;
    await wait(POLL_MS);
  }
  return false;
}

/** Kills a command at a moment. @returns Whether it was killed. */
async function killAt(command: AnnalsProcess, isThere: () => boolean): Promise<boolean> {
  const isKilled = await reached(command, isThere);
  command.child.kill('SIGKILL');
  await command.ended;
  return isKilled;
}

async function expectSame(data: string): Promise<void> {
  const store = await openFolderStore(join(folder, data));
  expect(await describeBucket(store, 'bucket', true)).toBe(description);
  await store.maintenance.close();
}

describe('a backup', () => {
  it('that is killed leaves no backup, and the next ones go on and are whole', async () => {
    let killedCount = 0;
    for (const fileCount of [1, 2, 3]) {
      const command = start(['backup', 'create', 'target', '--data', 'data', '--quiet', ...RATE]);
      if (await killAt(command, () => fileCountBelow('target') >= fileCount)) killedCount += 1;
      else break;
      expect(readdirSync(join(folder, 'target')).includes('backups')).toBe(false);
    }
    expect(killedCount).toBeGreaterThan(1);
    const verified = await run('backup', 'verify', 'target', '--deep', '--quiet');
    expect(verified).toMatchObject({ code: 1 });
    expect(verified.errors).toContain('There is no backup in');
    const none = await run('restore', 'target', '--data', 'none', '--quiet');
    expect(none.errors).toContain('Cannot restore: there is no backup in');
    await succeed('backup', 'create', 'target', '--data', 'data', '--quiet');
    await succeed('backup', 'verify', 'target', '--deep', '--quiet');
    await succeed('restore', 'target', '--data', 'restored', '--quiet');
    await expectSame('restored');
    // Nothing of the dead ones hinders pruning.
    await succeed('backup', 'prune', 'target', '--keep', '1', '--quiet');
    await succeed('backup', 'verify', 'target', '--deep', '--quiet');
    expect(fileCountBelow('target/runs')).toBe(0);
    expect(fileCountBelow('target/partial')).toBe(0);
  }, 120_000);

  it('to a full disk says so, leaves no backup, and goes on when there is room', async () => {
    const full = await runOnFullDisk(4096, 'backup', 'create', 'target', '--data', 'data', '--quiet');
    expect(full).toMatchObject({ code: 1 });
    expect(full.errors).toMatch(/^annals: Cannot write "chunks\/[^"]+" in .*target: /m);
    expect(fileCountBelow('target/backups')).toBe(0);
    await succeed('backup', 'create', 'target', '--data', 'data', '--quiet');
    await succeed('restore', 'target', '--data', 'restored', '--quiet');
    await expectSame('restored');
  }, 60_000);

  it('whose folder goes halfway fails by its name, and goes on when it is there again', async () => {
    const command = start(['backup', 'create', 'target', '--data', 'data', '--quiet', ...RATE]);
    expect(await reached(command, () => fileCountBelow('target/chunks') >= 2)).toBe(true);
    renameSync(join(folder, 'target'), join(folder, 'gone'));
    const ended = await command.ended;
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.errors).toMatch(/Cannot (?:write|read) "[^"]+" in .*target/);
    rmSync(join(folder, 'target'), { recursive: true, force: true });
    renameSync(join(folder, 'gone'), join(folder, 'target'));
    await succeed('backup', 'create', 'target', '--data', 'data', '--quiet');
    await succeed('backup', 'verify', 'target', '--deep', '--quiet');
  }, 60_000);

  it('to a server that goes halfway, with wrong keys, or into a bucket that is not there, fails and says why', async () => {
    const server = start(['serve', '--port', '0', '--data', 'other', '--bucket', 'backups'], {
      ANNALS_ROOT_ACCESS_KEY_ID: 'test-id',
      ANNALS_ROOT_ACCESS_KEY_SECRET: 'test-secret',
    });
    const endpoint = await readyUrl(server);
    const create = (place: string, secret = 'test-secret') =>
      start(['backup', 'create', place, '--data', 'data', '--quiet', '--target-endpoint', endpoint, ...RATE], {
        OSS_ACCESS_KEY_ID: 'test-id',
        OSS_ACCESS_KEY_SECRET: secret,
      });
    const wrong = await create('oss://backups/x', 'a-wrong-secret').ended;
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.errors).toContain('SignatureDoesNotMatch');
    expect(wrong.errors).not.toContain('a-wrong-secret');
    const missing = await create('oss://not-there/x').ended;
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.errors).toContain('NoSuchBucket');
    const command = create('oss://backups/x');
    expect(await reached(command, () => fileCountBelow('other/blobs') >= 2)).toBe(true);
    server.child.kill('SIGKILL');
    const ended = await command.ended;
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.errors).toMatch(/Cannot (?:write|read) "[^"]+" in oss:\/\/backups\/x\//);
  }, 120_000);

  it('of a folder without store, or of wrong keys of the server, is refused and makes nothing', async () => {
    const none = await run('backup', 'create', 'target', '--data', 'no-such-folder', '--quiet');
    expect(none).toMatchObject({ code: 1 });
    expect(none.errors).toContain('there is no store in it');
    expect(existsSync(join(folder, 'no-such-folder'))).toBe(false);
    const server = start(['serve', '--port', '0', '--data', 'data'], {
      ANNALS_ROOT_ACCESS_KEY_ID: 'test-id',
      ANNALS_ROOT_ACCESS_KEY_SECRET: 'test-secret',
    });
    const endpoint = await readyUrl(server);
    const refused = await start(['backup', 'create', 'target', '--quiet'], {
      ...KEYS,
      OSS_ACCESS_KEY_SECRET: 'a-wrong-secret',
      OSS_ENDPOINT: endpoint,
    }).ended;
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.errors).toContain('signature');
    expect(refused.errors).not.toContain('a-wrong-secret');
    const locked = await run('backup', 'create', 'target', '--data', 'data', '--quiet');
    expect(locked).toMatchObject({ code: 1 });
    expect(locked.errors).toContain(`process ${server.child.pid} has it open`);
    expect(fileCountBelow('target/backups')).toBe(0);
  }, 60_000);
});

describe('a restoration', () => {
  beforeEach(async () => {
    await succeed('backup', 'create', 'target', '--data', 'data', '--quiet');
  });

  const restore = (to: string, ...words: string[]) => ['restore', 'target', '--data', to, '--quiet', ...words];

  it('that is killed is no store, is not served, and goes on', async () => {
    let killedCount = 0;
    const moments: (() => boolean)[] = [
      () => existsSync(join(folder, 'restored', 'restore-under-way.json')),
      ...[2, 9].map((count) => () => fileCountBelow('restored/blobs') >= count),
    ];
    for (const isThere of moments) {
      if (!(await killAt(start(restore('restored', ...RATE)), isThere))) break;
      killedCount += 1;
      const served = await run('serve', '--port', '0', '--data', 'restored');
      expect(served).toMatchObject({ code: 1 });
      expect(served.errors).toMatch(
        /Cannot use the data folder .*restored: a restoration of backup \S+ into it has not ended; run the same "annals restore" again, or empty the folder/,
      );
    }
    expect(killedCount).toBeGreaterThan(1);
    const backedUp = await run('backup', 'create', 'another', '--data', 'restored', '--quiet');
    expect(backedUp.errors).toContain('a restoration of backup');
    const checked = await run('fsck', '--data', 'restored');
    expect(checked.code).not.toBe(0);
    const other = await run(...restore('restored', '--bucket', 'bucket'));
    expect(other).toMatchObject({ code: 1 });
    expect(other.errors).toMatch(
      /Cannot restore bucket "bucket" of backup \S+ into .*: a restoration of backup \S+ was begun there/,
    );
    await succeed(...restore('restored'));
    await expectSame('restored');
    expect(existsSync(join(folder, 'restored', 'restore-under-way.json'))).toBe(false);
    const again = await run(...restore('restored'));
    expect(again).toMatchObject({ code: 1 });
    expect(again.errors).toContain('it is not empty');
  }, 120_000);

  it('that was killed before it could say that it is whole says so the next time', async () => {
    await succeed(...restore('restored'));
    const id = (await succeed('backup', 'list', 'target')).split('\t')[0];
    const { writeRestoreMark } = await import('./restore-marker.js');
    await writeRestoreMark(join(folder, 'restored'), { backup: id ?? '' });
    expect(await succeed(...restore('restored'))).toContain('everything was there already');
    await expectSame('restored');
  }, 60_000);

  it('onto a full disk says so, and goes on when there is room', async () => {
    const full = await runOnFullDisk(4096, ...restore('restored'));
    expect(full).toMatchObject({ code: 1 });
    expect(full.errors).toMatch(/Cannot restore into .*restored: .*(EFBIG|too large)/i);
    expect(full.errors).not.toMatch(/^ +at /m);
    await succeed(...restore('restored'));
    await expectSame('restored');
  }, 60_000);

  it('finds a file that is cut, and one that is missing, by name, and so does verify', async () => {
    const chunks = readdirSync(join(folder, 'target', 'chunks'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const [cut = '', missing = ''] = chunks;
    truncateSync(cut, 10);
    const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
    const deep = await run('backup', 'verify', 'target', '--deep', '--quiet');
    expect(deep).toMatchObject({ code: 1 });
    expect(deep.output).toContain(nameOf(cut));
    renameSync(missing, `${folder}/aside`);
    const shallow = await run('backup', 'verify', 'target', '--quiet');
    expect(shallow).toMatchObject({ code: 1 });
    expect(shallow.output).toMatch(new RegExp(`File "chunks/../${nameOf(missing)}" is missing`));
    const failed = await run(...restore('restored'));
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.errors).not.toMatch(/^ +at /m);
    // The next backup counts on nothing that is cut or missing, and is whole; also one that finds every file cut.
    const backUpWhole = async () => {
      const id = (await succeed('backup', 'create', 'target', '--data', 'data', '--quiet')).trim();
      await succeed('backup', 'verify', 'target', '--deep', '--quiet', '--backup', id);
    };
    await backUpWhole();
    for (const chunk of chunks) truncateSync(chunk, 10);
    await backUpWhole();
    await succeed(...restore('mended'));
    await expectSame('mended');
  }, 60_000);
});
