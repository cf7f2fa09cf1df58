/** Completion scripts are run by the shells themselves, where these are installed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../../test/harness/temporary-folder.js';
import { PROGRAM } from './testing/annals-process.js';

const scriptOf = (shell: string): string => execFileSync(process.execPath, [PROGRAM, 'completion', shell]).toString();

function completedByBash(script: string, line: string): string[] {
  const words = line.split(' ');
  const program = `${script}
COMP_WORDS=(${words.map((word) => JSON.stringify(word)).join(' ')})
COMP_CWORD=${words.length - 1}
_annals
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-uc', program]).toString().trim().split('\n');
}

it('completes commands, commands below them, and options in bash', () => {
  const script = scriptOf('bash');
  expect(completedByBash(script, 'annals ap')).toEqual(['append']);
  expect(completedByBash(script, 'annals backup cr')).toEqual(['create']);
  expect(completedByBash(script, 'annals append --follow')).toEqual(['--follow-file']);
  expect(completedByBash(script, 'annals append file --sp')).toEqual(['--spool', '--spool-size']);
  expect(completedByBash(script, 'annals stat --access-key-s')).toEqual(['']);
});

it.each(['zsh', 'fish'])('is a script that %s can read', (shell) => {
  const script = scriptOf(shell);
  expect(script).toContain('append');
  const path = join(makeTemporaryFolder(), 'script');
  writeFileSync(path, script);
  const { status, error, stderr } = spawnSync(shell, ['-n', path]);
  // A machine without the shell cannot say anything.
  if (error === undefined) expect([status, String(stderr)]).toEqual([0, '']);
});

it('refuses a shell that it does not know', () => {
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'completion', 'tcsh']);
  expect([status, String(stderr)]).toEqual([2, expect.stringContaining('Allowed choices are bash, zsh, fish')]);
});
