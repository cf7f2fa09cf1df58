// @ts-check
import { preparePython, python, pythonToolchain } from '../runner/python.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Apache OpenDAL (Python binding)',
  toolchain: pythonToolchain,
  lockFiles: ['requirements.txt'],
  prepare: preparePython,
  variants: [{ name: '', environment: {} }],
  programs: (folders) => [python(folders, 'scenario.py')],
};
