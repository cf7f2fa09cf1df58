/** The lock between processes: one has it, one that was left behind is taken over, and nothing else stays. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../../../test/harness/temporary-folder.js';
import { downloadPaths, isDownloadRemains, removeDownloadRemains } from './download-remains.js';
import { lockFile } from './process-lock.js';

let folder = '';
const place = (name = 'lock') => join(folder, name);
const take = (path = place()) => lockFile(path, (processId) => new Error(`process ${processId} has it`));
/** A number that no system gives to a process. */
const GONE = '999999999';

beforeEach(() => {
  folder = makeTemporaryFolder();
});

it('is had by one of many that ask at once, and by the next one when it is given back', async () => {
  const folderByOtherName = join(folder, 'other');
  await symlink(folder, folderByOtherName);
  for (let round = 0; round < 3; round += 1) {
    const paths = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? place() : join(folderByOtherName, 'lock'),
    );
    const outcomes = await Promise.allSettled(paths.map((path) => take(path)));
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won).toHaveLength(1);
    expect((await readdir(folder)).sort()).toEqual(['lock', 'other']);
    await won[0]?.value();
    expect(await readdir(folder)).toEqual(['other']);
  }
});

it('is taken over by one of many, also when one was killed while it did that', async () => {
  for (let round = 0; round < 20; round += 1) {
    const content = `${GONE} boot:1 ${round}`;
    await symlink(content, place());
    const claim = createHash('sha256').update(content).digest('hex').slice(0, 16);
    if (round % 2 === 1) await symlink(`${GONE} boot:1 again`, place(`lock.${claim}`));
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => take()));
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['lock']);
    await won[0]?.value();
  }
});

describe('a lock that is there', () => {
  const leave = {
    link: (content: string) => symlink(content, place()),
    file: (content: string) => writeFile(place(), content),
  };

  it.each([
    ['link', GONE],
    ['file', GONE],
    ['link', `${GONE} boot:1`],
    ['link', `${process.ppid} another-start-of-the-machine:1`],
    ['link', `${process.pid} boot:1`],
    ['file', ''],
    ['file', 'no number'],
    ['link', 'no number'],
    ['link', '-1'],
  ] as const)('is taken over: %s %j', async (form, content) => {
    await leave[form](content);
    const unlock = await take();
    expect(await readdir(folder)).toEqual(['lock']);
    await unlock();
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['link', 'file'] as const)('is of a process that runs: %s', async (form) => {
    await leave[form](String(process.ppid));
    await expect(take()).rejects.toThrow(`process ${process.ppid} has it`);
    expect(await readdir(folder)).toEqual(['lock']);
    // A failure leaves no trace in this process either.
    rmSync(place());
    await (await take())();
  });

  it('is a folder: the system says so, and it stays', async () => {
    await mkdir(place());
    await expect(take()).rejects.toThrow('EISDIR');
    expect(await readdir(folder)).toEqual(['lock']);
  });
});

describe('what a killed download has left beside a whole file', () => {
  const LEFT = ['lock', 'lock.0aa0b00c-1', 'json', 'json.tmp'];

  async function sweep(): Promise<readonly string[]> {
    for (const name of (await readdir(folder)).filter(isDownloadRemains)) await removeDownloadRemains(place(name));
    return (await readdir(folder)).sort();
  }

  it.each(LEFT)('is removed: %s', async (end) => {
    await writeFile(place('film'), 'whole');
    await writeFile(place(`film.annals-part.${end}`), GONE);
    expect(await sweep()).toEqual(['film']);
  });

  it('stays while a process downloads, and while there is a part to go on with', async () => {
    const busy = downloadPaths(place('busy'));
    const unlock = await take(busy.lock);
    await writeFile(busy.record, '{}');
    const begun = downloadPaths(place('begun'));
    for (const path of [begun.part, begun.record, begun.lock]) await writeFile(path, GONE);
    const all = await readdir(folder);
    expect(await sweep()).toEqual(all.sort());
    await unlock();
    expect(await sweep()).toEqual(all.filter((name) => name.startsWith('begun')).sort());
  });

  it('is a claim: it goes, and the record of a process that downloads stays', async () => {
    const { record, lock } = downloadPaths(place('busy'));
    const unlock = await take(lock);
    await writeFile(record, '{}');
    await writeFile(`${lock}.0aa0b00c-1`, GONE);
    expect(await sweep()).toEqual(['busy.annals-part.json', 'busy.annals-part.lock']);
    await unlock();
  });

  it.each(['film.annals-part.mp4', 'annals-part', 'film.annals-part.json.old', 'film.lock'])(
    'is not a file of the user: %s',
    (name) => expect(isDownloadRemains(name)).toBe(false),
  );
});
