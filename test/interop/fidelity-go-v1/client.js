// @ts-check
import { fidelitySteps, fidelityTable } from '../fidelity.js';
import { buildGo, builtProgram, goPrograms, goSources, goToolchain } from '../runner/go.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Go V1, details',
  table: fidelityTable,
  home: 'go-v1',
  toolchain: goToolchain,
  lockFiles: goSources('go-v1'),
  prepare: (folders) => buildGo(folders, goPrograms),
  steps: fidelitySteps,
  variants: [
    { name: 'v4', environment: { SIGNATURE: 'v4' } },
    { name: 'v1', environment: { SIGNATURE: 'v1' } },
  ],
  programs: (folders) => [builtProgram(folders, 'fidelity')],
};
