/**
 * Makes the costly facts cost at most one read each, however many conditions ask.
 */
import type { ConditionFacts } from './condition-keys.js';

/** @returns The same facts; what was read once is not read again, a failure included. */
export function rememberTags(facts: ConditionFacts): ConditionFacts {
  return {
    ...facts,
    bucketTags: once(() => facts.bucketTags()),
    existingObjectTags: once(() => facts.existingObjectTags()),
  };
}

function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let reading: Promise<Value> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}
