/**
 * What a user installs who only runs the server: its size is bounded. How long a first `npm start` takes is printed and
 * never fails, because it depends on the machine.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { makeTemporaryFolder } from '../harness/temporary-folder.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const SIZE_BYTES_MAX = 60_000_000;

/** Bytes of all files. */
function sizeOf(path: string): number {
  const facts = lstatSync(path);
  if (!facts.isDirectory()) return facts.isSymbolicLink() ? 0 : facts.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

/** Folders that `npm ci --omit=dev` installs on this machine. */
function installedFolders(): readonly string[] {
  const lock: unknown = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  if (typeof lock !== 'object' || lock === null || !('packages' in lock)) throw new Error('The lock has no packages');
  return Object.entries(lock.packages as Record<string, Readonly<Record<string, unknown>>>).flatMap(
    ([path, { dev, link }]) => (path.startsWith('node_modules/') && dev !== true && link !== true ? [path] : []),
  );
}

it('a production install has less than 60 MB', () => {
  const installed = new Set(readdirSync(join(root, 'node_modules')));
  const sizes = installedFolders().flatMap((path) => {
    const [, name = ''] = path.split('/');
    // Builds of other platforms are in the lock and not on the disk.
    if (!installed.has(name)) return [];
    try {
      return [[path, sizeOf(join(root, path))] as const];
    } catch {
      return [];
    }
  });
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  const largest = [...sizes].sort((one, other) => other[1] - one[1]).slice(0, 6);
  const list = largest.map(([path, size]) => `${basename(path)} ${Math.round(size / 1e6)}`).join(', ');
  process.stdout.write(`production install: ${Math.round(total / 1e6)} MB in ${sizes.length} packages (${list})\n`);
  expect(sizes.length).toBeGreaterThan(10);
  expect(total).toBeLessThan(SIZE_BYTES_MAX);
});

/** A checkout in which nothing is built. */
function freshCheckout(): string {
  const checkout = makeTemporaryFolder();
  for (const name of ['package.json', 'scripts', 'packages']) {
    cpSync(join(root, name), join(checkout, name), {
      recursive: true,
      filter: (path) => !['dist', 'node_modules'].includes(basename(path)),
    });
  }
  const modules = join(checkout, 'node_modules');
  mkdirSync(join(modules, '@annals'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@annals') symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  for (const name of readdirSync(join(checkout, 'packages'))) {
    symlinkSync(join(checkout, 'packages', name), join(modules, '@annals', name));
  }
  return checkout;
}

it('a first npm start says at once what it does, builds, and serves', async () => {
  const checkout = freshCheckout();
  const startedAtMs = performance.now();
  const child = spawn('npm', ['start', '--silent', '--', '--port', '0'], {
    cwd: checkout,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  try {
    const lines = createInterface(child.stdout);
    const [line] = await Promise.race([once(lines, 'line'), ended.then(() => Promise.reject(new Error(errors)))]);
    process.stdout.write(`npm start: ready after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s\n`);
    expect(line).toMatch(/^annals listening on http:/);
    expect(errors).toMatch(/^Building \d+ files\n/);
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
    rmSync(join(checkout, 'annals-data'), { recursive: true, force: true });
  }
}, 300_000);
