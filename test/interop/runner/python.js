// @ts-check
/**
 * What all Python clients share: a virtual environment of their own, filled by pip from pinned versions and nothing
 * else.
 */
import { join } from 'node:path';

/** @typedef {import('./client.js').Folders} Folders */

/** @type {import('./client.js').Client['toolchain']} */
export const pythonToolchain = [
  {
    check: {
      command: 'python3',
      arguments: ['-c', 'import sys, venv, ensurepip; assert sys.version_info >= (3, 9), sys.version'],
    },
    wanted: 'python3 3.9 or newer with venv',
  },
];

/**
 * @param {Omit<Folders, 'scratch'>} folders
 * @returns {readonly import('./command.js').Command[]}
 */
export function preparePython({ folder, cache }) {
  const environment = join(cache, 'venv');
  return [
    { command: 'python3', arguments: ['-m', 'venv', '--clear', environment] },
    {
      command: join(environment, 'bin', 'pip'),
      // Every dependency is pinned in the file, so nothing may be resolved on the way.
      arguments: [
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--no-deps',
        // Nothing goes to the user's own cache.
        '--no-cache-dir',
        '-r',
        join(folder, 'requirements.txt'),
      ],
    },
    { command: join(environment, 'bin', 'pip'), arguments: ['check', '--disable-pip-version-check'] },
  ];
}

/**
 * @param {Folders} folders
 * @param {string} program File in the client's folder.
 * @param {...string} words
 * @returns {import('./command.js').Command}
 */
export function python({ folder, cache }, program, ...words) {
  return {
    command: join(cache, 'venv', 'bin', 'python'),
    arguments: [join(folder, program), ...words],
    environment: { PYTHONPATH: join(folder, '..', 'contract'), PYTHONDONTWRITEBYTECODE: '1' },
  };
}
