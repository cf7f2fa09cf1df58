// @ts-check
import { join } from 'node:path';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'rclone',
  toolchain: [
    { check: { command: 'rclone', arguments: ['version'] }, wanted: 'rclone (a package of Debian)' },
    { check: { command: 'curl', arguments: ['--version'] }, wanted: 'curl' },
  ],
  lockFiles: [],
  prepare: () => [],
  variants: [{ name: '', environment: {} }],
  programs: ({ folder }) => [{ command: 'bash', arguments: [join(folder, 'scenario.sh')] }],
};
