// @ts-check
import { driveFailures, failureSteps } from '../runner/failures.js';
import { buildJava, java, javaSources, javaToolchain } from '../runner/java.js';

/** @type {Readonly<Record<string, import('../runner/failures.js').Expectation>>} */
const expectations = {
  bytes: { sends: 2, error: /^OperationException: 409 PositionNotEqualToLength/ },
  // A body that cannot be read twice is never sent again.
  stream: { sends: 1, error: /^OperationException: RequestException: / },
  // Its errors of connections are not wrapped as those that the SDK's retryer knows, so it sends again after a 5xx
  // alone.
  async: { sends: 1, error: /^OperationException: CompletionException: / },
};

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'Java V2 on a failing server and network',
  table: 'Failing servers and networks',
  home: 'java-v2',
  toolchain: javaToolchain,
  lockFiles: javaSources('java-v2'),
  prepare: (folders) => buildJava('java-v2', folders),
  steps: failureSteps,
  variants: Object.keys(expectations).map((name) => ({ name, environment: { VARIANT: name } })),
  drive: async ({ folders, environment, cells }) => {
    const expectation = expectations[environment.VARIANT ?? ''];
    if (expectation === undefined) throw new Error(`Cannot drive the unknown variant ${environment.VARIANT}`);
    const program = (/** @type {Record<string, string>} */ settings) => ({
      ...java(folders, 'Failures'),
      environment: settings,
    });
    await driveFailures(program, expectation)({ folders, environment, cells });
  },
};
