// @ts-check
import { fidelitySteps, fidelityTable } from '../fidelity.js';
import { buildGo, builtProgram, goSources, goToolchain, goV2Programs } from '../runner/go.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Go V2, details',
  table: fidelityTable,
  home: 'go-v2',
  toolchain: goToolchain,
  lockFiles: goSources('go-v2'),
  prepare: (folders) => buildGo(folders, goV2Programs),
  steps: fidelitySteps,
  variants: [
    { name: 'v4', environment: { SIGNATURE: 'v4' } },
    { name: 'v1', environment: { SIGNATURE: 'v1' } },
  ],
  programs: (folders) => [builtProgram(folders, 'fidelity')],
};
