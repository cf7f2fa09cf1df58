// @ts-check
import { driveFailures, failureSteps } from '../runner/failures.js';
import { buildGo, builtProgram, goSources, goToolchain, goV2Programs } from '../runner/go.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Go V2 on a failing server and network',
  table: 'Failing servers and networks',
  home: 'go-v2',
  toolchain: goToolchain,
  lockFiles: goSources('go-v2'),
  prepare: (folders) => buildGo(folders, goV2Programs),
  steps: failureSteps,
  variants: [
    { name: 'AppendObject', environment: { INTERFACE: 'AppendObject' } },
    { name: 'AppendFile', environment: { INTERFACE: 'AppendFile' } },
  ],
  drive: async ({ folders, environment, cells }) => {
    const expectation =
      environment.INTERFACE === 'AppendFile'
        ? { sends: 2, error: undefined }
        : { sends: 2, error: /409 PositionNotEqualToLength/ };
    const program = (/** @type {Record<string, string>} */ settings) => ({
      ...builtProgram(folders, 'failures'),
      environment: settings,
    });
    await driveFailures(program, expectation)({ folders, environment, cells });
  },
};
