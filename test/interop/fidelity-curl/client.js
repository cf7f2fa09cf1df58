// @ts-check
import { join } from 'node:path';
import { client as curl } from '../curl/client.js';
import { fidelitySteps, fidelityTable } from '../fidelity.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'curl with signed URLs, details',
  table: fidelityTable,
  home: 'curl',
  toolchain: curl.toolchain,
  lockFiles: [],
  prepare: () => [],
  steps: fidelitySteps,
  variants: ['v4', 'v1'].map((version) => ({ name: version, environment: { SIGNATURE_VERSION: version } })),
  programs: ({ folder }) => [{ command: process.execPath, arguments: [join(folder, 'fidelity-scenario.js')] }],
};
