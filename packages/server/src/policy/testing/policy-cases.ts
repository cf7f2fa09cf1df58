/** What policies must mean, as data. `policy-cases.test.ts` runs them all. */
import { BUCKET_POLICY_CASES } from './bucket-policy-cases.js';
import { OWNERSHIP_CASES } from './ownership-cases.js';
import type { DecisionCase } from './policy-case.js';
import { RAM_ACTION_CASES } from './ram-action-cases.js';
import { RAM_RESOURCE_CASES } from './ram-resource-cases.js';

/** All decisions. */
export const DECISION_CASES: readonly DecisionCase[] = [
  ...RAM_ACTION_CASES,
  ...RAM_RESOURCE_CASES,
  ...BUCKET_POLICY_CASES,
  ...OWNERSHIP_CASES,
];
