import { defineConfig } from 'vitest/config';

/** Not `*.test.ts`: the recipes run other people's programs, which `npm test` does not have. */
export default defineConfig({
  test: { include: ['test/recipes/*.check.ts'], testTimeout: 240_000, hookTimeout: 120_000, maxWorkers: 2 },
});
