// @ts-check
import { fidelitySteps, fidelityTable } from '../fidelity.js';
import { buildGo, builtProgram, goPrograms, goSources, goToolchain } from '../runner/go.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Go V2, details',
  table: fidelityTable,
  home: 'go-v2',
  toolchain: goToolchain,
  lockFiles: goSources('go-v2'),
  prepare: (folders) => buildGo(folders, goPrograms),
  steps: fidelitySteps,
  variants: [{ name: '', environment: {} }],
  programs: (folders) => [builtProgram(folders, 'fidelity')],
};
