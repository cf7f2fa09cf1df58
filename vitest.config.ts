import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const packages = fileURLToPath(new URL('packages', import.meta.url));

export default defineConfig({
  // Tests outside of a package run its build, as users do; reading three hundred sources again in each file of tests
  // takes longer than most of the tests. Types still come from the sources.
  resolve: {
    alias: [
      { find: /^(?:[.][.][/])+packages[/]([a-z]+)[/]src[/](.+)[.]js$/, replacement: `${packages}/$1/dist/$2.js` },
    ],
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    server: { deps: { external: [/[/]packages[/][a-z]+[/]dist[/]/] } },
    // Tests start real servers and real clients: on two cores more workers only make each other late.
    maxWorkers: 2,
    // Loading the packages again for every file takes a second each; the files share no state of their own.
    isolate: false,
    // A busy machine is no fault: longer than tests wait (`test/harness/until.ts`), which then say what is missing.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
