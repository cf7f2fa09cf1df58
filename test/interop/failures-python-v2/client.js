// @ts-check
import { driveFailures, failureSteps } from '../runner/failures.js';
import { preparePython, python, pythonToolchain } from '../runner/python.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Python V2 on a failing server and network',
  table: 'Failing servers and networks',
  home: 'python-v2',
  toolchain: pythonToolchain,
  lockFiles: ['requirements.txt'],
  prepare: preparePython,
  steps: failureSteps,
  variants: [
    { name: 'append_object', environment: { INTERFACE: 'append_object' } },
    { name: 'append_file', environment: { INTERFACE: 'append_file' } },
  ],
  drive: async ({ folders, environment, cells }) => {
    const { INTERFACE } = environment;
    const expectation =
      INTERFACE === 'append_file'
        ? { sends: 2, error: undefined }
        : { sends: 2, error: /409 PositionNotEqualToLength/ };
    const program = (/** @type {Record<string, string>} */ settings) => {
      const command = python(folders, 'failures.py');
      return { ...command, environment: { ...command.environment, ...settings } };
    };
    await driveFailures(program, expectation)({ folders, environment, cells });
  },
};
