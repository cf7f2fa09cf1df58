/**
 * The README's sixty seconds, word by word: its blocks of commands are read from the page and given to shells, each
 * terminal a shell of its own. The test leaves out the lines that install and build, which CI itself runs; for these it
 * checks that the page has no other.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { RawConnection } from '../harness/raw-connection.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { until } from '../harness/until.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** What CI has done before any test runs. */
const INSTALLING = ['npm ci && npm start', 'npm ci && npm test', 'npm ci && npm run build'];
const PORT = 9000;

const running: Terminal[] = [];
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const terminal of running.splice(0).reverse()) await terminal.end();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A shell that runs one block of the page, with what it has printed. */
class Terminal {
  readonly #shell: ChildProcess;
  readonly #exited: Promise<unknown>;
  /** Both streams, as the terminal shows them. */
  output = '';
  /** Standard output alone. */
  printed = '';

  constructor(block: string, folder: string, exports = '') {
    // A process group of its own, so that Ctrl-C reaches what it runs.
    this.#shell = spawn('bash', ['-euc', `${exports}\n${block}`], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#shell.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.printed += text;
    });
    this.#shell.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    this.#exited = once(this.#shell, 'exit');
    running.push(this);
  }

  async finished(): Promise<number | null> {
    await this.#exited;
    return this.#shell.exitCode;
  }

  /** Ctrl-C. */
  async end(): Promise<void> {
    const { exitCode, signalCode, pid } = this.#shell;
    if (exitCode === null && signalCode === null && pid !== undefined) process.kill(-pid, 'SIGINT');
    await this.#exited;
  }
}

/** The blocks of commands, without the lines that install. */
async function blocks(): Promise<readonly string[]> {
  const page = await readFile(join(root, 'README.md'), 'utf8');
  const found = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block.split('\n'));
  const installing = found.flat().filter((line) => line.startsWith('npm '));
  expect(installing).toEqual(INSTALLING);
  return found
    .map((lines) => lines.filter((line) => !line.startsWith('npm ')).join('\n'))
    .filter((block) => block.trim() !== '');
}

async function isPortFree(): Promise<boolean> {
  const connection = await RawConnection.tryOpen(PORT);
  const isFree = connection.isClosed;
  connection.destroy();
  return isFree;
}

it('the sixty seconds of the README do what it says', async (context) => {
  if (!(await isPortFree())) context.skip(`port ${PORT} of the README is taken on this machine`);
  const folder = await temporaryFolder();
  cleanups.push(() => folder.remove());
  const checkout = join(folder.path, 'annals');
  await mkdir(checkout);
  // What a reader has after the lines that install; the data folder stays out of this checkout.
  for (const name of ['node_modules', 'packages', 'package.json'])
    await symlink(join(root, name), join(checkout, name));
  const [serving = '', following = '', appending = '', ...more] = await blocks();
  expect(more).toEqual([]);

  const first = new Terminal(serving, checkout);
  const exportsOf = (output: string): string[] => output.match(/export OSS_ACCESS_KEY_\w+=.*/g) ?? [];
  await until(() => first.output.includes(`listening on http://127.0.0.1:${PORT}`));
  const exports = exportsOf(first.output);
  expect(exports.map((line) => line.split('=')[0])).toEqual([
    'export OSS_ACCESS_KEY_ID',
    'export OSS_ACCESS_KEY_SECRET',
  ]);

  const second = new Terminal(following, checkout, exports.join('\n'));
  // A reader sees the first command end before going on.
  const look = 'npx annals stat oss://recordings/hello.log';
  await until(async () => (await new Terminal(look, checkout, exports.join('\n')).finished()) === 0);
  const third = new Terminal(appending, checkout, exports.join('\n'));
  expect(await third.finished(), third.output).toBe(0);
  expect(third.output).toMatch(/hello\.log/);
  await until(() => second.printed.endsWith('one\ntwo\nthree\n'));

  // Stopped and started again: the key pair is the same, and the second terminal goes on where it was.
  await first.end();
  const again = new Terminal(serving, checkout);
  await until(() => again.output.includes(`listening on http://127.0.0.1:${PORT}`));
  const repeated = new Terminal(appending, checkout, exports.join('\n'));
  expect(await repeated.finished(), repeated.output).toBe(0);
  await until(() => second.printed.endsWith('one\ntwo\nthree\none\ntwo\nthree\n'));
}, 300_000);
