/**
 * The README's sixty seconds and its recipes, word by word: the blocks of commands are read from the page and given to
 * shells, each terminal a shell of its own. The test leaves out the lines that install and build, which CI itself runs;
 * for these it checks that the page has no other.
 */
import { appendFile, chmod, mkdir, rename, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { CHECKOUT, readPageBlocks } from '../harness/page-blocks.js';
import { RawConnection } from '../harness/raw-connection.js';
import { temporaryFolder } from '../harness/temporary-folder.js';
import { Terminal } from '../harness/terminal.js';
import { until } from '../harness/until.js';

const require = createRequire(import.meta.url);
const ffmpeg = (require('@ffmpeg-installer/ffmpeg') as { path: string }).path;
/** What CI has done before any test runs. */
const INSTALLING = ['npm ci --omit=dev && npm start', 'npm ci && npm test', 'npm ci && npm run build'];
const PORT = 9000;

const running: Terminal[] = [];
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const terminal of running.splice(0).reverse()) await terminal.end();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The blocks of commands, without the lines that install: those of the tour, and those of the recipes. */
async function blocks(): Promise<{ readonly tour: readonly string[]; readonly recipes: readonly string[] }> {
  const found = (await readPageBlocks('README.md'))
    .filter(({ language }) => language === 'sh')
    .map(({ text }) => text.split('\n'));
  const installing = found.flat().filter((line) => line.startsWith('npm '));
  expect(installing).toEqual(INSTALLING);
  const commands = found
    .map((lines) => lines.filter((line) => !line.startsWith('npm ')).join('\n'))
    .filter((block) => block.trim() !== '');
  expect(commands).toHaveLength(6);
  return { tour: commands.slice(0, 3), recipes: commands.slice(3) };
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
    await symlink(join(CHECKOUT, name), join(checkout, name));
  return checkout;
}

/** @param exports Lines that are pasted before the block. */
function open(block: string, folder: string, exports = '', environment: Record<string, string> = {}): Terminal {
  const terminal = new Terminal(`${exports}\n${block}`, { folder, environment });
  running.push(terminal);
  return terminal;
}

async function serving(block: string, checkout: string): Promise<{ terminal: Terminal; exports: string }> {
  const terminal = open(block, checkout);
  await until(() => terminal.output.includes(`listening on http://127.0.0.1:${PORT}`));
  const exports = terminal.output.match(/export OSS_ACCESS_KEY_\w+=.*/g) ?? [];
  expect(exports.map((line) => line.split('=')[0])).toEqual([
    'export OSS_ACCESS_KEY_ID',
    'export OSS_ACCESS_KEY_SECRET',
  ]);
  return { terminal, exports: exports.join('\n') };
}

async function appended(block: string, checkout: string, exports: string): Promise<void> {
  const terminal = open(block, checkout, exports);
  expect(await terminal.finished(), terminal.output).toBe(0);
}

const ORDERS = ['serve, watch, append', 'serve, append, watch', 'watch before the server is started again'] as const;

it.for(ORDERS)('the sixty seconds of the README do what it says: %s', { timeout: 300_000 }, async (order, context) => {
  if (!(await isPortFree())) context.skip(`port ${PORT} of the README is taken on this machine`);
  const checkout = await makeCheckout();
  const [serve = '', watch = '', append = ''] = (await blocks()).tour;
  const first = await serving(serve, checkout);
  let { exports } = first;
  if (order === 'serve, append, watch') await appended(append, checkout, exports);
  if (order === 'watch before the server is started again') await first.terminal.end();
  const watching = open(watch, checkout, exports);
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

it('the three recipes of the README do what they say', { timeout: 300_000 }, async (context) => {
  if (!(await isPortFree())) context.skip(`port ${PORT} of the README is taken on this machine`);
  const checkout = await makeCheckout();
  const { tour, recipes } = await blocks();
  const [follow = '', record = '', audit = ''] = recipes;
  const { exports } = await serving(tour[0] ?? '', checkout);
  await chmod(ffmpeg, 0o755);
  // What the commands keep about their sources stays out of the home of the person who runs the tests.
  const environment = { HOME: checkout, PATH: `${dirname(ffmpeg)}:${process.env.PATH ?? ''}` };
  const finished = async (block: string): Promise<string> => {
    const terminal = open(block, checkout, exports, environment);
    expect(await terminal.finished(), terminal.output).toBe(0);
    return terminal.printed;
  };

  open(follow, checkout, exports, environment);
  const watching = open('npx annals tail -F oss://recordings/app.log', checkout, exports, environment);
  const log = join(checkout, 'app.log');
  await appendFile(log, 'before\n');
  await until(() => watching.printed === 'before\n');
  await rename(log, `${log}.1`);
  await appendFile(log, 'after\n');
  await until(() => watching.printed === 'before\nafter\n');

  await finished(record);
  const decode = `npx annals cat oss://recordings/front-door/live.ts | ffmpeg -loglevel error -i - -map 0:v -f framemd5 -`;
  expect((await finished(decode)).split('\n').filter((line) => /^0,/.test(line))).toHaveLength(200);

  await finished(audit);
  const lines = (await finished('npx annals cat oss://recordings/audit.log')).trimEnd().split('\n');
  expect(lines.sort()).toEqual(['process 1', 'process 2', 'process 3', 'process 4']);
});
