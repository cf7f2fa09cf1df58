// @ts-check
import { driveFailures, failureSteps } from '../runner/failures.js';
import { buildJava, java, javaSources, javaToolchain } from '../runner/java.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Java V2 on a failing server and network',
  table: 'Failing servers and networks',
  home: 'java-v2',
  toolchain: javaToolchain,
  lockFiles: javaSources('java-v2'),
  prepare: (folders) => buildJava('java-v2', folders),
  steps: failureSteps,
  variants: [
    { name: 'bytes', environment: { BODY: 'bytes' } },
    { name: 'stream', environment: { BODY: 'stream' } },
  ],
  drive: async ({ folders, environment, cells }) => {
    // A body that cannot be read twice is never sent again.
    const expectation =
      environment.BODY === 'stream'
        ? { sends: 1, error: /OperationException: .*RequestException/ }
        : { sends: 2, error: /OperationException: 409 PositionNotEqualToLength/ };
    const program = (/** @type {Record<string, string>} */ settings) => ({
      ...java(folders, 'Failures'),
      environment: settings,
    });
    await driveFailures(program, expectation)({ folders, environment, cells });
  },
};
