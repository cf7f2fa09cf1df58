/** How long the pauses between attempts are. */
import { describe, expect, it } from 'vitest';
import { retryDelayMs } from './pause.js';

describe('retryDelayMs', () => {
  it.each([
    [1, 200],
    [2, 400],
    [5, 3200],
    [8, 20_000],
    [5000, 20_000],
  ])('after %i failures is at most %i ms', (failedCount, boundMs) => {
    expect(retryDelayMs({}, failedCount, () => 0.5)).toBe(boundMs / 2);
    expect(retryDelayMs({}, failedCount, () => 0)).toBe(0);
  });

  it('is not shorter than what the server asks for, within the bound', () => {
    expect(retryDelayMs({}, 1, () => 0, 3000)).toBe(3000);
    expect(retryDelayMs({ delayMsMax: 1000 }, 1, () => 0, 3000)).toBe(1000);
  });
});
