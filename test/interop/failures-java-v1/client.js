// @ts-check
import { driveFailures, failureSteps } from '../runner/failures.js';
import { buildJava, java, javaSources, javaToolchain } from '../runner/java.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Java V1 on a failing server and network',
  table: 'Failing servers and networks',
  home: 'java-v1',
  toolchain: javaToolchain,
  lockFiles: javaSources('java-v1'),
  prepare: (folders) => buildJava('java-v1', folders),
  steps: failureSteps,
  variants: [{ name: '', environment: {} }],
  drive: async ({ folders, environment, cells }) => {
    const program = (/** @type {Record<string, string>} */ settings) => ({
      ...java(folders, 'Failures'),
      environment: settings,
    });
    // POST is the one method that this SDK never sends again by itself.
    await driveFailures(program, { sends: 1, error: /ClientException/ })({ folders, environment, cells });
  },
};
