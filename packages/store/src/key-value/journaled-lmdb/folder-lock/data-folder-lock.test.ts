/** The lock of the data folder, with real processes: only they can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../../../../../test/harness/temporary-folder.js';
import { DataFolderLocked, lockDataFolder } from './data-folder-lock.js';

/** Takes the lock, says how that went, and keeps what it has until its input ends. */
const STARTER = `
  import { lockDataFolder } from ${JSON.stringify(new URL('../../../../dist/key-value/journaled-lmdb/folder-lock/data-folder-lock.js', import.meta.url).href)};
  const [directory] = process.argv.slice(1);
  process.stdin.once('data', async () => {
    try {
      await lockDataFolder(directory);
      console.log('locked');
    } catch (error) {
      console.log(error.name + ' ' + error.holderProcessId);
    }
  });
  process.stdin.once('end', () => process.exit());
  console.log('ready');
`;

/** Has LMDB's files open, so that LMDB does not make its table of readers again, and is not in the table. */
const BYSTANDER = `
  import { open } from ${JSON.stringify(import.meta.resolve('lmdb'))};
  const [directory] = process.argv.slice(1);
  globalThis.environment = open({ path: directory + '/lock', noSubdir: false, overlappingSync: false, encoding: 'binary' });
  process.stdin.resume();
  console.log('ready');
`;

/**
 * Takes the folder and gives it up again and again for 3 s; while it has the folder, it makes a file that must not be
 * there.
 */
const REVOLVING = `
  import { lockDataFolder } from ${JSON.stringify(new URL('../../../../dist/key-value/journaled-lmdb/folder-lock/data-folder-lock.js', import.meta.url).href)};
  import { closeSync, openSync, unlinkSync } from 'node:fs';
  const [directory] = process.argv.slice(1);
  const mark = directory + '/mark';
  const count = { held: 0, others: 0 };
  console.log('ready');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  for (const endMs = Date.now() + 3000; Date.now() < endMs; ) {
    let lock;
    try {
      lock = await lockDataFolder(directory);
    } catch (error) {
      if (error.name === 'DataFolderLocked') continue;
      // Said of a moment in which the last holder left, and only then.
      if (!error.message.endsWith('another process was just leaving it, start again')) throw error;
      break;
    }
    count.held += 1;
    try {
      closeSync(openSync(mark, 'wx'));
      unlinkSync(mark);
    } catch {
      count.others += 1;
    }
    await lock.release();
  }
  console.log(JSON.stringify(count));
  process.exit();
`;

interface Starter {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

let directory: string;
const starters: Starter[] = [];

async function start(program = STARTER): Promise<Starter> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const starter = { child, lines };
  starters.push(starter);
  expect(await nextLine(starter)).toBe('ready');
  return starter;
}

/** @returns What the starter says about its attempt. */
async function attempt(starter: Starter): Promise<string> {
  starter.child.stdin?.write('go\n');
  return nextLine(starter);
}

async function nextLine(starter: Starter): Promise<string> {
  const line = await starter.lines.next();
  return line.done === true ? 'ended' : line.value;
}

async function kill(starter: Starter): Promise<void> {
  const exited = once(starter.child, 'exit');
  starter.child.kill('SIGKILL');
  await exited;
}

beforeEach(() => {
  directory = makeTemporaryFolder();
});

afterEach(async () => {
  await Promise.all(starters.filter(({ child }) => child.exitCode === null && child.signalCode === null).map(kill));
  starters.length = 0;
});

describe('lockDataFolder', () => {
  it('refuses a second holder in the same process, and lets in the next after release', async () => {
    const first = await lockDataFolder(directory);
    await expect(lockDataFolder(directory)).rejects.toThrow(DataFolderLocked);
    await first.release();
    await first.release();
    const second = await lockDataFolder(directory);
    expect(second.directory).toBe(directory);
    await second.release();
  });

  it('needs no room on the disk once it was taken for the first time', async () => {
    const file = join(directory, 'lock', 'data.mdb');
    await (await lockDataFolder(directory)).release();
    const { blocks, size } = statSync(file);
    for (let count = 0; count < 400; count += 1) await (await lockDataFolder(directory)).release();
    expect([statSync(file).blocks, statSync(file).size]).toEqual([blocks, size]);
    // Nothing of it is a hole, which a full disk could not fill.
    expect(blocks * 512).toBeGreaterThanOrEqual(size);
  });

  it('refuses another process and names the holder', async () => {
    const lock = await lockDataFolder(directory);
    const starter = await start();
    expect(await attempt(starter)).toBe(`DataFolderLocked ${process.pid}`);
    await lock.release();
    expect(await attempt(await start())).toBe('locked');
    await expect(lockDataFolder(directory)).rejects.toThrow(/^Cannot open data folder ".*": process \d+ has it open$/);
  });

  it('is free at once after its holder was killed', async () => {
    for (let round = 0; round < 3; round += 1) {
      const holder = await start();
      expect(await attempt(holder)).toBe('locked');
      expect(await attempt(await start())).toBe(`DataFolderLocked ${holder.child.pid}`);
      await kill(holder);
    }
    const lock = await lockDataFolder(directory);
    await lock.release();
  });

  it.each([
    ['this process has now', process.pid],
    ['a living stranger has now', process.ppid],
  ])('is not held by a process id that %s', async (_, processId) => {
    const bystander = await start(BYSTANDER);
    const holder = await start();
    expect(await attempt(holder)).toBe('locked');
    await kill(holder);
    const table = join(directory, 'lock', 'lock.mdb');
    const bytes = readFileSync(table);
    const entry = Buffer.alloc(4);
    entry.writeUInt32LE(holder.child.pid ?? 0);
    const offset = bytes.lastIndexOf(entry);
    expect(offset).toBeGreaterThan(0);
    bytes.writeUInt32LE(processId, offset);
    writeFileSync(table, bytes, { flag: 'r+' });
    const lock = await lockDataFolder(directory);
    expect(await attempt(await start())).toBe(`DataFolderLocked ${process.pid}`);
    await lock.release();
    await kill(bystander);
  });

  it('lets exactly one of eight starters of the same moment win, also right after a holder was killed', async () => {
    const killed = await start();
    expect(await attempt(killed)).toBe('locked');
    await kill(killed);
    const racers = await Promise.all(Array.from({ length: 8 }, () => start()));
    const answers = await Promise.all(racers.map(attempt));
    const winners = racers.filter((_, index) => answers[index] === 'locked');
    expect(winners.length).toBe(1);
    const expected = `DataFolderLocked ${winners[0]?.child.pid}`;
    expect(answers.filter((answer) => answer !== 'locked')).toEqual(Array(7).fill(expected));
  });

  it('never has two holders while four processes take it and give it up', async () => {
    const revolving = await Promise.all(Array.from({ length: 4 }, () => start(REVOLVING)));
    const counts = await Promise.all(
      revolving.map(async (each) => JSON.parse(await attempt(each)) as { held: number; others: number }),
    );
    expect(Math.max(...counts.map(({ held }) => held))).toBeGreaterThan(0);
    expect(counts.map(({ others }) => others)).toEqual([0, 0, 0, 0]);
  });
});
