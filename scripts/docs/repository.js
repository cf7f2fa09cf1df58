// @ts-check
/** The files of this checkout as git sees them: tracked, or new and not ignored; deleted ones left out. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * @typedef {object} Repository
 * @property {readonly string[]} files paths from the root, with `/`
 * @property {(path: string) => string} absolute
 * @property {(path: string) => string} read the text of a file
 * @property {(path: string) => any} readJson
 */

/**
 * Lists the checkout at `root`.
 * @param {string} root
 * @returns {Repository}
 */
export function openRepository(root) {
  const absolute = (/** @type {string} */ path) => join(root, path);
  const read = (/** @type {string} */ path) => readFileSync(absolute(path), 'utf8');
  // Git refuses a checkout owned by somebody else, as it often is in a CI container; listing this one is harmless.
  const trust = ['-c', `safe.directory=${resolve(root)}`];
  const listed = execFileSync('git', [...trust, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const files = [...new Set(listed.split('\0'))].filter((path) => path !== '' && existsSync(absolute(path))).sort();
  return { files, absolute, read, readJson: (path) => JSON.parse(read(path)) };
}
