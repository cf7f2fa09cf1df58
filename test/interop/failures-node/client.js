// @ts-check
import { driveFailures, failureSteps } from '../runner/failures.js';
import { node, nodeToolchain, prepareNode } from '../runner/node.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'ali-oss on a failing server and network',
  table: 'Failing servers and networks',
  home: 'node-ali-oss',
  toolchain: nodeToolchain,
  lockFiles: ['package-lock.json'],
  prepare: prepareNode,
  steps: failureSteps,
  variants: [
    { name: '', environment: {} },
    { name: 'retryMax', environment: { RETRY_MAX: '2' } },
  ],
  drive: async ({ folders, environment, cells }) => {
    const { RETRY_MAX } = environment;
    const expectation =
      RETRY_MAX === undefined
        ? { sends: 1, error: /Error: -1/ }
        : { sends: 2, error: /PositionNotEqualToLengthError: 409/ };
    const program = (/** @type {Record<string, string>} */ settings) => {
      const command = node(folders, 'failures.cjs');
      return { ...command, environment: { ...command.environment, ...settings } };
    };
    await driveFailures(program, expectation)({ folders, environment, cells });
  },
};
