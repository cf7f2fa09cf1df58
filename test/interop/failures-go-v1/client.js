// @ts-check
import { driveFailures, failureSteps } from '../runner/failures.js';
import { buildGo, builtProgram, goPrograms, goSources, goToolchain } from '../runner/go.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Go V1 on a failing server and network',
  table: 'Failing servers and networks',
  home: 'go-v1',
  toolchain: goToolchain,
  lockFiles: goSources('go-v1'),
  prepare: (folders) => buildGo(folders, goPrograms),
  steps: failureSteps,
  variants: [{ name: '', environment: {} }],
  drive: async ({ folders, environment, cells }) => {
    const program = (/** @type {Record<string, string>} */ settings) => ({
      ...builtProgram(folders, 'failures'),
      environment: settings,
    });
    // Neither the SDK nor Go's own transport, which repeats only idempotent methods, sends a POST again.
    await driveFailures(program, { sends: 1, error: /\*url\.Error: / })({ folders, environment, cells });
  },
};
