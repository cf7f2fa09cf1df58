/** `annals key` as a shell runs it: what it leaves in files. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';

const ANNALS = fileURLToPath(new URL('../bin/annals.js', import.meta.url));
const execute = promisify(execFile);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'annals-key-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function annals(...words: readonly string[]): Promise<string> {
  return (await execute(process.execPath, [ANNALS, ...words])).stdout;
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').trim().split('\n');
}

it('annals key rotate puts a new version before those there are, for the master key and for named ones', async () => {
  const master = join(folder, 'master-key');
  expect(await annals('key', 'rotate', '--data', folder)).toBe(`${master}: 1 version\n`);
  const [first] = linesOf(master);
  expect(await annals('key', 'rotate', '--data', folder)).toBe(`${master}: 2 versions\n`);
  const lines = linesOf(master);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toBe(first);
  expect(Buffer.from(lines[0] ?? '', 'base64')).toHaveLength(32);
  expect(lines[0]).not.toBe(first);
  const named = join(folder, 'kms', 'payroll.key');
  expect(await annals('key', 'rotate', 'payroll', '--data', folder)).toBe(`${named}: 1 version\n`);
  expect(linesOf(named)).toHaveLength(1);
  for (const path of [master, named]) expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'kms')).mode & 0o777).toBe(0o700);
});

it('annals key rotate refuses a folder that is not there and a name that is no name', async () => {
  const missing = join(folder, 'missing');
  await expect(annals('key', 'rotate', '--data', missing)).rejects.toMatchObject({
    stderr: `annals: Cannot find the data folder ${missing}: name it with --data\n`,
  });
  await expect(annals('key', 'rotate', '../x', '--data', folder)).rejects.toMatchObject({
    stderr: expect.stringContaining('Cannot use "../x" as the name of a key'),
  });
});
