// @ts-check
import { fidelitySteps, fidelityTable } from '../fidelity.js';
import { preparePython, python, pythonToolchain } from '../runner/python.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'fsspec: ossfs, details',
  table: fidelityTable,
  home: 'fsspec-ossfs',
  toolchain: pythonToolchain,
  lockFiles: ['requirements.txt'],
  prepare: preparePython,
  steps: fidelitySteps,
  variants: [{ name: '', environment: {} }],
  programs: (folders) => [python(folders, 'fidelity_scenario.py')],
};
