// @ts-check
import { join } from 'node:path';
import { fidelitySteps, fidelityTable } from '../fidelity.js';
import { buildGo, goToolchain } from '../runner/go.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'ossutil, details',
  table: fidelityTable,
  home: 'ossutil',
  toolchain: goToolchain,
  lockFiles: ['go.mod', 'go.sum'],
  prepare: (folders) => buildGo(folders, { ossutil: 'github.com/aliyun/ossutil' }),
  steps: fidelitySteps,
  variants: [
    { name: 'v4', environment: { SIGNATURE: 'v4' } },
    { name: 'v1', environment: { SIGNATURE: 'v1' } },
  ],
  programs: ({ folder, cache }) => [
    { command: process.execPath, arguments: [join(folder, 'fidelity-scenario.cjs'), join(cache, 'ossutil')] },
  ],
};
