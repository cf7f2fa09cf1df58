// @ts-check
/** What Node clients share: this very Node, and npm with the client's own lock file. */
import { join } from 'node:path';

/** @type {import('./client.js').Client['toolchain']} */
export const nodeToolchain = [{ check: { command: 'npm', arguments: ['--version'] }, wanted: 'npm' }];

/**
 * @param {Omit<import('./client.js').Folders, 'scratch'>} folders
 * @returns {readonly import('./command.js').Command[]}
 */
export function prepareNode({ folder }) {
  return [{ command: 'npm', arguments: ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], cwd: folder }];
}

/**
 * @param {import('./client.js').Folders} folders
 * @param {string} program File in the client's folder.
 * @param {...string} words
 * @returns {import('./command.js').Command}
 */
export function node({ folder }, program, ...words) {
  return { command: process.execPath, arguments: [join(folder, program), ...words] };
}
