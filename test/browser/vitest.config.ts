import { defineConfig } from 'vitest/config';

/** Not `*.test.ts`: `npm test` has no browser. */
export default defineConfig({
  test: { include: ['test/browser/*.check.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
});
