import { expect, test } from 'vitest';
import { nextRunAtMs } from './lifecycle-worker.js';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);

test('nextRunAtMs is the hour of the day, or so many intervals from it', () => {
  const daily = { hour: 3, intervalMs: DAY_MS };
  expect(nextRunAtMs(START_MS, daily)).toBe(START_MS + 3 * 3_600_000);
  expect(nextRunAtMs(START_MS + 3 * 3_600_000, daily)).toBe(START_MS + DAY_MS + 3 * 3_600_000);
  expect(nextRunAtMs(START_MS + 1, { hour: 3, intervalMs: 3_600_000 })).toBe(START_MS + 3_600_000);
});
