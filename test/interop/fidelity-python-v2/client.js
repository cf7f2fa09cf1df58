// @ts-check
import { fidelitySteps, fidelityTable } from '../fidelity.js';
import { preparePython, python, pythonToolchain } from '../runner/python.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Python V2, details',
  table: fidelityTable,
  home: 'python-v2',
  toolchain: pythonToolchain,
  lockFiles: ['requirements.txt'],
  prepare: preparePython,
  steps: fidelitySteps,
  variants: [
    { name: 'v4', environment: { SIGNATURE_VERSION: 'v4' } },
    { name: 'v1', environment: { SIGNATURE_VERSION: 'v1' } },
  ],
  programs: (folders) => [python(folders, 'fidelity_scenario.py')],
};
