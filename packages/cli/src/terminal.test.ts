/** What people see on a terminal, a real one (`script` of util-linux), and what programs see in a pipe. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../../test/harness/until.js';
import { PROGRAM } from './testing/annals-process.js';
import { useCommandServer } from './testing/command-server.js';

const server = useCommandServer({ beforeAll, afterAll });
const hasTerminals = spawnSync('script', ['--version']).error === undefined;

/** A command on a terminal of its own. */
class Terminal {
  readonly #script: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  /** Everything shown, control characters too. */
  shown = '';

  constructor(...words: readonly string[]) {
    const command = [process.execPath, PROGRAM, ...words].map((word) => `'${word}'`).join(' ');
    this.#script = spawn('script', ['-qefc', `exec ${command}`, '/dev/null'], {
      cwd: server.folder,
      env: { PATH: process.env.PATH, HOME: server.folder, TERM: 'xterm', COLUMNS: '120', ...server.environment },
    });
    this.#script.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.shown += text;
    });
    this.#ended = once(this.#script, 'close');
  }

  /** Types a line once a question is there. */
  async answer(question: string, line: string): Promise<void> {
    await until(() => this.shown.includes(question));
    this.#script.stdin.write(`${line}\r`);
  }

  press(key: string): void {
    this.#script.stdin.write(key);
  }

  async ended(): Promise<number | null> {
    await this.#ended;
    return this.#script.exitCode;
  }
}

describe.skipIf(!hasTerminals)('on a terminal', () => {
  it.each([
    ['append', ['append', 'big', 'oss://logs/appended']],
    ['cp', ['cp', 'big', 'oss://logs/copied']],
  ])('annals %s shows a bar with rate and remaining time, which is gone at the end', async (_, words) => {
    writeFileSync(join(server.folder, 'big'), Buffer.alloc(30_000_000, 'big '));
    const terminal = new Terminal(...words);
    expect(await terminal.ended(), terminal.shown).toBe(0);
    expect(terminal.shown).toMatch(
      /(?:big|cp) {2}[█░]+ +\d+ % {2}[\d.]+ \w+ of 28\.6 MiB {2}[\d.]+ \w+\/s {2}\S.* left/,
    );
    // Results are written above the bar, not behind it.
    expect(terminal.shown.replaceAll('\u001b', '␛')).not.toMatch(/ left(?![\r␛])./);
    // The line is emptied behind the last one drawn.
    expect(terminal.shown.slice(terminal.shown.lastIndexOf(' left'))).toContain('\u001b[2K');
  });

  it('annals append in a pipe, with --quiet or --json shows none', async () => {
    writeFileSync(join(server.folder, 'small'), 'small\n');
    const piped = await server.run('append', 'small', 'oss://logs/piped');
    expect(piped).toEqual({ code: 0, output: '6\n', errors: '' });
    for (const flag of ['--quiet', '--json']) {
      const terminal = new Terminal('append', flag, 'small', `oss://logs/piped${flag}`);
      expect(await terminal.ended()).toBe(0);
      expect(terminal.shown).not.toContain('%');
    }
  });

  it('Ctrl-C appends what was typed, and says what is durable', async () => {
    const terminal = new Terminal('append', '-', 'oss://logs/typed');
    await server.lengthReached('typed', 0);
    terminal.press('one\r');
    await server.lengthReached('typed', 4);
    terminal.press('\u0003');
    expect(await terminal.ended(), terminal.shown).toBe(0);
    expect(terminal.shown).toContain('All 4 bytes that were read are durable; oss://logs/typed ends at 4');
  });

  it('annals config asks, and does not show the secret', async () => {
    const terminal = new Terminal('config', 'init', '--profile', 'asked');
    await terminal.answer('Endpoint', 'localhost:9000');
    await terminal.answer('Access key id', 'my-id');
    await terminal.answer('Access key secret', 'my-secret');
    await terminal.answer('Region', '');
    expect(await terminal.ended(), terminal.shown).toBe(0);
    expect(terminal.shown).toContain('my-id');
    expect(terminal.shown).not.toContain('my-secret');
    expect(readFileSync(join(server.folder, '.config/annals/config'), 'utf8')).toBe(
      '[asked]\nendpoint = localhost:9000\naccess_key_id = my-id\naccess_key_secret = my-secret\n',
    );
  });
});
