// @ts-check
import { driveFailures, failureSteps } from '../runner/failures.js';
import { preparePython, python, pythonToolchain } from '../runner/python.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Python V1 on a failing server and network',
  table: 'Failing servers and networks',
  home: 'python-v1',
  toolchain: pythonToolchain,
  lockFiles: ['requirements.txt'],
  prepare: preparePython,
  steps: failureSteps,
  variants: [{ name: '', environment: {} }],
  drive: async ({ folders, environment, cells }) => {
    const expectation = { sends: 1, error: /RequestError/ };
    const program = (/** @type {Record<string, string>} */ settings) => {
      const command = python(folders, 'failures.py');
      return { ...command, environment: { ...command.environment, ...settings } };
    };
    await driveFailures(program, expectation)({ folders, environment, cells });
  },
};
