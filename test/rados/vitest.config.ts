import { defineConfig } from 'vitest/config';

/** Not `*.test.ts`: `npm test` has no Ceph cluster. One file after the other: some stop a part of it. */
export default defineConfig({
  test: {
    include: ['test/rados/*.check.ts'],
    globalSetup: ['test/rados/start-cluster.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
