/**
 * Commands that are killed, that find a full disk, or whose target goes: what is left, what is said of it, and that the
 * next run goes on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesBelow, ifThere } from '../../../../test/harness/files-below.js';
import { startTcpValve, type TcpValve } from '../../../../test/harness/tcp-valve.js';
import {
  type AnnalsProcess,
  type Ended,
  PROGRAM,
  readyUrl,
  runAnnals,
  startAnnals,
} from '../testing/annals-process.js';
import { type HoldPoint, holdAt } from '../testing/hold-at.js';
import { describeBucket, makeBucket, openFolderStore, putPattern } from '../testing/store-folder.js';

const KEYS = { OSS_ACCESS_KEY_ID: 'test-id', OSS_ACCESS_KEY_SECRET: 'test-secret' };

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
  return runAnnals(words, { folder, environment: KEYS });
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

async function fileCountBelow(name: string): Promise<number> {
  return (await ifThere(filesBelow(join(folder, name))))?.length ?? 0;
}

/** Ends a command with kill -9 where it is to stand still. */
async function killAt(point: HoldPoint, ...words: readonly string[]): Promise<void> {
  const { environment, reached, letGo } = holdAt(folder, point);
  const command = start(words, { ...KEYS, ...environment });
  await reached(command.ended);
  command.child.kill('SIGKILL');
  await command.ended;
  letGo();
}

async function expectSame(data: string): Promise<void> {
  const store = await openFolderStore(join(folder, data));
  expect(await describeBucket(store, 'bucket', true)).toBe(description);
  await store.maintenance.close();
}

describe('a backup', () => {
  it('that is killed leaves no backup, and the next ones go on and are whole', async () => {
    // Nothing is there yet; some bytes are, without a name; a whole chunk is.
    for (const [path, count] of [
      ['runs/', 1],
      ['chunks/', 1],
      ['chunks/', 2],
    ] as const) {
      await killAt({ call: 'rename', path, count }, 'backup', 'create', 'target', '--data', 'data', '--quiet');
      expect(readdirSync(join(folder, 'target')).includes('backups')).toBe(false);
    }
    expect(await fileCountBelow('target/chunks')).toBeGreaterThan(0);
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
    expect(await fileCountBelow('target/runs')).toBe(0);
    expect(await fileCountBelow('target/partial')).toBe(0);
  });

  it('to a full disk says so, leaves no backup, and goes on when there is room', async () => {
    const full = await runOnFullDisk(4096, 'backup', 'create', 'target', '--data', 'data', '--quiet');
    expect(full).toMatchObject({ code: 1 });
    expect(full.errors).toMatch(/^annals: Cannot write "chunks\/[^"]+" in .*target: /m);
    expect(await fileCountBelow('target/backups')).toBe(0);
    await succeed('backup', 'create', 'target', '--data', 'data', '--quiet');
    await succeed('restore', 'target', '--data', 'restored', '--quiet');
    await expectSame('restored');
  });

  it('whose folder goes halfway fails by its name, and goes on when it is there again', async () => {
    const hold = holdAt(folder, { call: 'rename', path: 'chunks/', count: 2 });
    const words = ['backup', 'create', 'target', '--data', 'data', '--quiet'];
    const command = start(words, { ...KEYS, ...hold.environment });
    await hold.reached(command.ended);
    renameSync(join(folder, 'target'), join(folder, 'gone'));
    hold.letGo();
    const ended = await command.ended;
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.errors).toMatch(/Cannot (?:write|read) "[^"]+" in .*target/);
    rmSync(join(folder, 'target'), { recursive: true, force: true });
    renameSync(join(folder, 'gone'), join(folder, 'target'));
    await succeed('backup', 'create', 'target', '--data', 'data', '--quiet');
    await succeed('backup', 'verify', 'target', '--deep', '--quiet');
  });

  it('to a server that goes halfway, with wrong keys, or into a bucket that is not there, fails and says why', async () => {
    const server = start(['serve', '--port', '0', '--data', 'other', '--bucket', 'backups'], {
      ANNALS_ROOT_ACCESS_KEY_ID: 'test-id',
      ANNALS_ROOT_ACCESS_KEY_SECRET: 'test-secret',
    });
    const endpoint = await readyUrl(server);
    const valve: TcpValve = await startTcpValve(Number(new URL(endpoint).port));
    const valved = `http://127.0.0.1:${valve.port}`;
    const create = (place: string, secret = 'test-secret') =>
      start(['backup', 'create', place, '--data', 'data', '--quiet', '--target-endpoint', valved], {
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
    // About half of what there is to send.
    const isHeld = valve.holdAfter(9_000_000);
    const command = create('oss://backups/x');
    await isHeld;
    server.child.kill('SIGKILL');
    await server.ended;
    valve.open();
    const ended = await command.ended;
    await valve.close();
    expect(ended).toMatchObject({ code: 1 });
    expect(ended.errors).toMatch(/Cannot (?:write|read) "[^"]+" in oss:\/\/backups\/x\//);
  });

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
    expect(refused).toMatchObject({ code: 4 });
    expect(refused.errors).toContain('signature');
    expect(refused.errors).not.toContain('a-wrong-secret');
    const locked = await run('backup', 'create', 'target', '--data', 'data', '--quiet');
    expect(locked).toMatchObject({ code: 1 });
    expect(locked.errors).toContain(`process ${server.child.pid} has it open`);
    expect(await fileCountBelow('target/backups')).toBe(0);
  });
});

describe('a restoration', () => {
  beforeEach(async () => {
    await succeed('backup', 'create', 'target', '--data', 'data', '--quiet');
  });

  const restore = (to: string, ...words: string[]) => ['restore', 'target', '--data', to, '--quiet', ...words];

  it('that is killed is no store, is not served, and goes on', async () => {
    for (const count of [1, 2, 3]) {
      await killAt({ call: 'readFile', path: '/chunks/', count }, ...restore('restored'));
      expect(existsSync(join(folder, 'restored', 'restore-under-way.json'))).toBe(true);
      const served = await run('serve', '--port', '0', '--data', 'restored');
      expect(served).toMatchObject({ code: 1 });
      expect(served.errors).toMatch(
        /Cannot use the data folder .*restored: a restoration of backup \S+ into it has not ended; run the same "annals restore" again, or empty the folder/,
      );
    }
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
  });

  it('that was killed before it could say that it is whole says so the next time', async () => {
    await succeed(...restore('restored'));
    const id = (await succeed('backup', 'list', 'target')).split('\t')[0];
    const { writeRestoreMark } = await import('./restore-marker.js');
    await writeRestoreMark(join(folder, 'restored'), { backup: id ?? '' });
    expect(await succeed(...restore('restored'))).toContain('everything was there already');
    await expectSame('restored');
  });

  it('onto a full disk says so, and goes on when there is room', async () => {
    const full = await runOnFullDisk(4096, ...restore('restored'));
    expect(full).toMatchObject({ code: 1 });
    expect(full.errors).toMatch(/Cannot restore into .*restored: .*(EFBIG|too large)/i);
    expect(full.errors).not.toMatch(/^ +at /m);
    await succeed(...restore('restored'));
    await expectSame('restored');
  });

  it('finds a file that is cut, and one that is missing, by name, and so does verify', async () => {
    const chunks = await filesBelow(join(folder, 'target', 'chunks'));
    const [cut = '', missing = ''] = chunks;
    // One fault at a time: which files hold rows, that a shallow look reads as well, differs from run to run.
    const whole = readFileSync(cut);
    truncateSync(cut, 10);
    const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
    const deep = await run('backup', 'verify', 'target', '--deep', '--quiet');
    expect(deep).toMatchObject({ code: 1 });
    expect(deep.output).toContain(nameOf(cut));
    writeFileSync(cut, whole);
    renameSync(missing, `${folder}/aside`);
    const shallow = await run('backup', 'verify', 'target', '--quiet');
    expect(shallow).toMatchObject({ code: 1 });
    expect(shallow.output).toMatch(new RegExp(`File "chunks/../${nameOf(missing)}" is missing`));
    truncateSync(cut, 10);
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
  });
});
