// @ts-check
/** What all Go clients share: programs built by the Go tool from a pinned module graph into the client's cache. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { interopFolder } from './folders.js';

/** @typedef {import('./client.js').Folders} Folders */

/** @type {import('./client.js').Client['toolchain']} */
export const goToolchain = [{ check: { command: 'go', arguments: ['version'] }, wanted: 'go 1.24 or newer' }];

/** What each SDK's folder holds: file names in the cache and the packages they are built from. */
export const goPrograms = { scenario: '.', sample: './sample', failures: './failures', fidelity: './fidelity' };
/** The same of the second SDK, which also writes what the commands of annals are tried on. */
export const goV2Programs = { ...goPrograms, written: './written' };

/** All clients share it, as the tool locks what it writes; nothing goes to the user's own. */
const goCache = join(interopFolder, '.cache', 'go');

/**
 * Everything a program is built from, so that a change of any of it builds it again.
 * @param {string} name Of the client.
 */
export function goSources(name) {
  const folder = join(interopFolder, name);
  const contract = readdirSync(join(interopFolder, 'contract', 'go')).map((file) => join('..', 'contract', 'go', file));
  const own = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.go$|^go\.(mod|sum)$/.test(file),
  );
  return [...own, ...contract].sort();
}

/**
 * Two compilers at once at most: the machine is small, and other clients may be at work.
 * @param {Omit<Folders, 'scratch'>} folders
 * @param {Readonly<Record<string, string>>} packages File names in the cache and what they are built from.
 * @returns {readonly import('./command.js').Command[]}
 */
export function buildGo({ folder, cache }, packages) {
  return Object.entries(packages).map(([file, source]) => ({
    command: 'go',
    arguments: ['build', '-p', '2', '-mod=readonly', '-trimpath', '-o', join(cache, file), source],
    cwd: folder,
    environment: {
      // Otherwise the modules could not be deleted like any other file.
      GOFLAGS: '-modcacherw',
      GOWORK: 'off',
      GOMODCACHE: join(goCache, 'modules'),
      GOCACHE: join(goCache, 'build'),
    },
  }));
}

/**
 * @param {Folders} folders
 * @param {string} file In the cache.
 * @param {...string} words
 * @returns {import('./command.js').Command}
 */
export function builtProgram({ cache }, file, ...words) {
  return { command: join(cache, file), arguments: words };
}
