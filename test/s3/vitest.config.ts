import { defineConfig } from 'vitest/config';

/** Not `*.test.ts`: `npm test` has no S3 server. */
export default defineConfig({
  test: {
    include: ['test/{s3,gateways,deploy}/*.check.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // Much of the time a file waits: for servers to come back, and for what is done once in a while.
    maxWorkers: 2,
  },
});
