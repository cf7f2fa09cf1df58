import { defineConfig } from 'vitest/config';

/** Not `*.test.ts`: `npm test` has no S3 server. */
export default defineConfig({
  test: {
    include: ['test/{s3,gateways,deploy}/*.check.ts'],
    // A busy machine is no fault: what may never come has shorter limits of its own, which say what is missing.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 30_000 } },
    // Much of the time a file waits: for servers to come back, and for what is done once in a while.
    maxWorkers: 2,
  },
});
