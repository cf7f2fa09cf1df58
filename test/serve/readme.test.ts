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
const INSTALLING = ['npm ci --omit=dev && npm start', 'npm ci && npm test', 'npm ci && npm run build'];
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

const LINES = 'one\ntwo\nthree\nfour\n';

/** A checkout as a reader has it after the lines that install; the data folder stays out of this checkout. */
async function makeCheckout(): Promise<string> {
  const folder = await temporaryFolder();
  cleanups.push(() => folder.remove());
  const checkout = join(folder.path, 'annals');
  await mkdir(checkout);
  for (const name of ['node_modules', 'packages', 'package.json'])
    await symlink(join(root, name), join(checkout, name));
  return checkout;
}

async function serving(block: string, checkout: string): Promise<{ terminal: Terminal; exports: string }> {
  const terminal = new Terminal(block, checkout);
  await until(() => terminal.output.includes(`listening on http://127.0.0.1:${PORT}`));
  const exports = terminal.output.match(/export OSS_ACCESS_KEY_\w+=.*/g) ?? [];
  expect(exports.map((line) => line.split('=')[0])).toEqual([
    'export OSS_ACCESS_KEY_ID',
    'export OSS_ACCESS_KEY_SECRET',
  ]);
  return { terminal, exports: exports.join('\n') };
}

async function appended(block: string, checkout: string, exports: string): Promise<void> {
  const terminal = new Terminal(block, checkout, exports);
  expect(await terminal.finished(), terminal.output).toBe(0);
}

const ORDERS = ['serve, watch, append', 'serve, append, watch', 'watch before the server is started again'] as const;

it.for(ORDERS)('the sixty seconds of the README do what it says: %s', { timeout: 300_000 }, async (order, context) => {
  if (!(await isPortFree())) context.skip(`port ${PORT} of the README is taken on this machine`);
  const checkout = await makeCheckout();
  const [serve = '', watch = '', append = '', ...more] = await blocks();
  expect(more).toEqual([]);
  const first = await serving(serve, checkout);
  let { exports } = first;
  if (order === 'serve, append, watch') await appended(append, checkout, exports);
  if (order === 'watch before the server is started again') await first.terminal.end();
  const watching = new Terminal(watch, checkout, exports);
  if (order === 'watch before the server is started again') {
    await until(() => watching.output.includes('trying again until it works'));
    // The folder is there already, and the lines of this start do as well.
    ({ exports } = await serving(serve, checkout));
  }
  if (order !== 'serve, append, watch') await appended(append, checkout, exports);
  await until(() => watching.printed === LINES);
  if (order !== 'serve, watch, append') return;

  // Stopped and started again: the key pair is the same, and the second terminal goes on where it was.
  await first.terminal.end();
  await serving(serve, checkout);
  await appended(append, checkout, exports);
  await until(() => watching.printed === LINES + LINES);
});
