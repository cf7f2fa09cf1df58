import { defineConfig } from 'vitest/config';

/**
 * Not `*.test.ts`: the recipes run other people's programs, which `npm test` does not have. What a page shows has a
 * limit of its own (`test/harness/until.ts`).
 */
export default defineConfig({
  test: { include: ['test/recipes/*.check.ts'], testTimeout: 600_000, hookTimeout: 600_000, maxWorkers: 2 },
});
