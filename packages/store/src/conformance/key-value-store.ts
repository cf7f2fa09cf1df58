/**
 * What every key-value engine must do, case by case. Leaves out faults of the disk, which each engine meets in its own
 * way: they are tested beside the engine.
 */
import type { ConformanceCase } from './conformance-case.js';
import { keyValueCommitCases, keyValueSumCases } from './key-value-commits.js';
import type { KeyValueContext } from './key-value-context.js';
import { keyValueLifeCases } from './key-value-life.js';
import { keyValueModelCase } from './key-value-model.js';
import { keyValueReadingCases } from './key-value-reading.js';
import { keyValueSnapshotCases } from './key-value-snapshot.js';

/** The whole suite. */
export const keyValueStoreCases: readonly ConformanceCase<KeyValueContext>[] = [
  ...keyValueReadingCases,
  ...keyValueCommitCases,
  ...keyValueSumCases,
  ...keyValueLifeCases,
  ...keyValueSnapshotCases,
  keyValueModelCase,
];
