import { mergeConfig } from 'vitest/config';
import base from '../../vitest.config.js';

/** The suites of `npm test` that a store's engines could change, over those that ANNALS_TEST_ENGINE_PAIR names. */
const config = mergeConfig(base, { test: { globalSetup: ['test/engines/start-places.ts'] } });
config.test.include = ['test/engines/*.check.ts', 'test/conformance-http/**/*.test.ts'];
export default config;
