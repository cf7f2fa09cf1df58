// @ts-check
import { join } from 'node:path';
import { client as ossutil } from '../ossutil/client.js';
import { driveFailures, failureSteps } from '../runner/failures.js';

/** @type {import('../runner/client.js').Client} */
export const client = {
  title: 'ossutil on a failing server and network',
  table: 'Failing servers and networks',
  home: 'ossutil',
  toolchain: ossutil.toolchain,
  lockFiles: ossutil.lockFiles,
  prepare: ossutil.prepare,
  steps: failureSteps,
  variants: [
    { name: '', environment: {} },
    // appendfromfile refuses the option --retry-times; the setting is taken, and must not make it send an append again.
    { name: 'retryTimes', environment: { OSSUTIL_SETTINGS: 'retryTimes=3' } },
  ],
  drive: async ({ folders, environment, cells }) => {
    const { folder, cache, scratch } = folders;
    const program = (/** @type {Record<string, string>} */ settings) => ({
      command: process.execPath,
      arguments: [join(folder, 'failures.cjs'), join(cache, 'ossutil')],
      environment: { ...settings, SCRATCH: scratch },
    });
    await driveFailures(program, { sends: 1, error: /^Post: / })({ folders, environment, cells });
  },
};
