/** The shells themselves run the completion scripts; a shell that is not installed is named as skipped. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { makeTemporaryFolder } from '../../../test/harness/temporary-folder.js';
import { until } from '../../../test/harness/until.js';
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

function scriptFile(shell: string): string {
  const path = join(makeTemporaryFolder(), `annals.${shell}`);
  writeFileSync(path, scriptOf(shell));
  return path;
}

const isInstalled = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined;

it('completes the same in fish', ({ skip }) => {
  if (!isInstalled('fish')) skip('fish is not installed');
  const path = scriptFile('fish');
  const completed = (line: string): string[] => {
    const program = `source ${path}; complete -C ${JSON.stringify(line)}`;
    const output = execFileSync('fish', ['--no-config', '-c', program], {
      env: { ...process.env, HOME: dirname(path) },
    });
    return output
      .toString()
      .trim()
      .split('\n')
      .map((candidate) => candidate.split('\t')[0] ?? '');
  };
  expect(completed('annals ap')).toEqual(['append']);
  expect(completed('annals backup ')).toEqual(['create', 'list', 'prune', 'verify']);
  expect(completed('annals append --follow')).toEqual(['--follow-file']);
  expect(completed('annals append file --sp')).toEqual(['--spool', '--spool-size']);
  // "status" is a command of its own, too.
  expect(completed('annals scrub status --js')).toEqual(['--json']);
  expect(completed('annals status --access-key-s')).toEqual(['']);
});

it('completes the same at the prompt of zsh', async ({ skip }) => {
  if (!isInstalled('zsh')) skip('zsh is not installed');
  if (!isInstalled('script')) skip('script, which makes terminals, is not installed');
  const path = scriptFile('zsh');
  const zsh = spawn('script', ['-qefc', 'zsh -f -i', '/dev/null'], {
    env: { PATH: process.env.PATH, HOME: dirname(path), TERM: 'dumb' },
  });
  const ended = once(zsh, 'close');
  let shown = '';
  zsh.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  /** Types it, and waits for what the shell makes of it. */
  const type = async (keys: string, expected: RegExp): Promise<void> => {
    shown = '';
    zsh.stdin.write(keys);
    // Without the bell and what switches modes of the terminal.
    await until(() => expected.test(stripVTControlCharacters(shown).replaceAll('\u0007', '')));
  };
  const killLine = '\u0015';
  await type(`autoload -Uz compinit; compinit -u -D; source ${path}; PS1='rea''dy> '\r`, /ready> $/);
  await type('annals app\t', /annals append $/);
  await type(`${killLine}annals backup cr\t`, /annals backup create $/);
  await type(`${killLine}annals append file --follow\t`, /annals append file --follow-file $/);
  zsh.stdin.write(`${killLine}exit\r`);
  await ended;
});

it('refuses a shell that it does not know', () => {
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'completion', 'tcsh']);
  expect([status, String(stderr)]).toEqual([2, expect.stringContaining('Allowed choices are bash, zsh, fish')]);
});
