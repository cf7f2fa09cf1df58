/** The conformance suites: what every engine, ours or yours, must do. They know no test runner. */
export { type BlobContext, blobStoreCases } from './blob-store.js';
export type { ConformanceCase } from './conformance-case.js';
export { type KeyValueContext, keyValueStoreCases } from './key-value-store.js';
export * from './object-store.js';
export { type SeededRandom, seededRandom } from './seeded-random.js';
