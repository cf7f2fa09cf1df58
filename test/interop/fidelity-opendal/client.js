// @ts-check
import { fidelitySteps, fidelityTable } from '../fidelity.js';
import { preparePython, python, pythonToolchain } from '../runner/python.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'OpenDAL, details',
  table: fidelityTable,
  home: 'opendal',
  toolchain: pythonToolchain,
  lockFiles: ['requirements.txt'],
  prepare: preparePython,
  steps: fidelitySteps,
  variants: [{ name: '', environment: {} }],
  programs: (folders) => [python(folders, 'fidelity_scenario.py')],
};
