import { expect, test } from 'vitest';
import { RefusalBudget } from './refusal-budget.js';

test('a budget is shared out by caller, bounded in all, comes back, and counts what it left out', () => {
  let nowMs = 0;
  const budget = new RefusalBudget(() => nowMs);
  const take = (caller: string, count: number): (number | undefined)[] =>
    Array.from({ length: count }, () => budget.take(caller));
  expect(take('one', 25)).toEqual([...Array(20).fill(0), ...Array(5).fill(undefined)]);
  expect(budget.take('two')).toBe(0);
  nowMs += 6001;
  expect([budget.take('one'), budget.take('one')]).toEqual([5, undefined]);
  // Ten thousand callers together write no more than 200 at once.
  nowMs = 0;
  const crowded = new RefusalBudget(() => nowMs);
  const recorded = Array.from({ length: 10_000 }, (_, index) => crowded.take(`caller ${index}`)).filter(
    (omitted) => omitted !== undefined,
  );
  expect(recorded).toHaveLength(200);
});
