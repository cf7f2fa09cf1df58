/**
 * The conformance suites: what every engine, ours or yours, must do. They know no test runner. Beside them, a disk that
 * fails on demand.
 */
export { type SimulatedFaults, SimulatedFileSystem } from '../file-system/simulated-file-system.js';
export type { BlobContext } from './blob-context.js';
export { blobStoreCases } from './blob-store.js';
export type { ConformanceCase } from './conformance-case.js';
export type { KeyValueContext } from './key-value-context.js';
export { keyValueStoreCases } from './key-value-store.js';
export * from './object-store.js';
export { type SeededRandom, seededRandom } from './seeded-random.js';
