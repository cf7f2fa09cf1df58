import { defineConfig } from 'vitest/config';

/** Not `*.test.ts`: `npm test` has no S3 server. */
export default defineConfig({
  test: { include: ['test/s3/*.check.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
});
