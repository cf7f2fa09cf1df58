// @ts-check
import { join } from 'node:path';
import { fidelitySteps, fidelityTable } from '../fidelity.js';
import { client as rclone } from '../rclone/client.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'rclone, details',
  table: fidelityTable,
  home: 'rclone',
  toolchain: rclone.toolchain,
  lockFiles: [],
  prepare: () => [],
  steps: fidelitySteps,
  variants: ['v4', 'v1'].map((version) => ({ name: version, environment: { SIGNATURE_VERSION: version } })),
  programs: ({ folder }) => [{ command: 'bash', arguments: [join(folder, 'fidelity-scenario.sh')] }],
};
