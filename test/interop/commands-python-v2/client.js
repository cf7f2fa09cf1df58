// @ts-check
import { annalsCommands, commandSteps, commandTable } from '../commands.js';
import { preparePython, python, pythonToolchain } from '../runner/python.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'annals on what Python V2 wrote',
  table: commandTable,
  home: 'python-v2',
  toolchain: pythonToolchain,
  lockFiles: ['requirements.txt'],
  prepare: preparePython,
  steps: commandSteps,
  variants: [{ name: '', environment: {} }],
  programs: (folders) => [python(folders, 'write_objects.py'), annalsCommands],
};
