import { defineConfig } from 'vitest/config';

/** Not `*.test.ts`: `npm test` has no browser. */
export default defineConfig({
  test: { include: ['test/browser/*.check.ts'], testTimeout: 180_000, hookTimeout: 180_000 },
});
