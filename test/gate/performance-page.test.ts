/**
 * The figures in docs/performance.md and README.md, and the pictures, are those of docs/performance/*.json: none
 * was changed by hand. What the figures are is no matter of a test.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '../harness/temporary-folder.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What `bench/write-page.js --check` finds in a folder. */
function check(folder: string): string {
  const commandLine = [join(root, 'bench/write-page.js'), '--check', '--root', folder];
  const { stdout, stderr } = spawnSync(process.execPath, commandLine, { encoding: 'utf8' });
  return stdout + stderr;
}

test('docs/performance.md, README.md and the pictures have the figures of the run that is checked in', () => {
  expect(check(root)).toBe('');
});

test('a figure that was changed by hand is found', () => {
  const folder = makeTemporaryFolder();
  mkdirSync(join(folder, 'docs'));
  for (const path of ['README.md', 'docs/performance.md', 'docs/performance']) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  expect(check(folder)).toBe('');
  const page = join(folder, 'docs/performance.md');
  writeFileSync(page, readFileSync(page, 'utf8').replace(/\| (\d[\d,.]* ?\S*) \(/, '| 1$1 ('));
  expect(check(folder)).toBe('docs/performance.md: other figures than docs/performance/*.json\n');
});
