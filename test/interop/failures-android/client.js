// @ts-check
import { client as android } from '../android/client.js';
import { driveFailures, failureSteps } from '../runner/failures.js';
import { java } from '../runner/java.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Android on a failing server and network',
  table: 'Failing servers and networks',
  home: 'android',
  toolchain: android.toolchain,
  lockFiles: android.lockFiles,
  prepare: android.prepare,
  steps: failureSteps,
  variants: [
    { name: '', environment: {} },
    { name: 'setMaxErrorRetry(0)', environment: { RETRY_COUNT_MAX: '0' } },
  ],
  drive: async ({ folders, environment, cells }) => {
    const expectation =
      environment.RETRY_COUNT_MAX === undefined
        ? { sends: 2, error: /ServiceException: 409 PositionNotEqualToLength/ }
        : { sends: 1, error: /ClientException/ };
    const program = (/** @type {Record<string, string>} */ settings) => ({
      ...java(folders, 'Failures'),
      environment: settings,
    });
    await driveFailures(program, expectation)({ folders, environment, cells });
  },
};
