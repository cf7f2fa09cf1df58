// @ts-check
/** Where things are: one folder per client, and one cache outside git for everything that package managers install. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the clients. */
export const interopFolder = fileURLToPath(new URL('..', import.meta.url));

/** Names of all clients: folders with a `client.js`, but for the runner's own. */
export async function clientNames() {
  const entries = await readdir(interopFolder, { withFileTypes: true });
  return entries
    .filter(
      (entry) =>
        entry.isDirectory() && entry.name !== 'runner' && existsSync(join(interopFolder, entry.name, 'client.js')),
    )
    .map(({ name }) => name)
    .sort();
}

/** @param {string} name */
export function foldersOf(name) {
  return { folder: join(interopFolder, name), cache: join(interopFolder, '.cache', name) };
}

/**
 * Tells whether what was installed was made from these very files, so that a second run need not install again.
 * @param {string} cache
 * @param {readonly string[]} files Paths of lock files and the like.
 */
export async function isPrepared(cache, files) {
  const stamp = join(cache, 'prepared');
  return existsSync(stamp) && (await readFile(stamp, 'utf8')) === (await stampOf(files));
}

/**
 * @param {string} cache
 * @param {readonly string[]} files
 */
export async function markPrepared(cache, files) {
  await mkdir(dirname(join(cache, 'prepared')), { recursive: true });
  await writeFile(join(cache, 'prepared'), await stampOf(files));
}

/** @param {readonly string[]} files */
async function stampOf(files) {
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex');
}
