/** Gateways of one store, stopped and killed at any moment: one seed is one life. */
import { describe, expect, it } from 'vitest';
import { simulateGateways } from './simulate-gateways.js';

const SEED_COUNT = process.env.ANNALS_SOAK === undefined ? 5 : 100;
const PLANTED_SEED_COUNT_MAX = 40;

describe('simulateGateways', () => {
  it('loses, doubles, tears and leaves nothing, whichever gateway is stopped or dies', {
    timeout: 900_000,
  }, async () => {
    const sum = { writtenCount: 0, readCount: 0, pauseCount: 0, takenForGoneCount: 0 };
    for (let seed = 1; seed <= SEED_COUNT; seed += 1) {
      const outcome = await simulateGateways({ seed });
      for (const name of ['writtenCount', 'readCount', 'pauseCount', 'takenForGoneCount'] as const) {
        sum[name] += outcome[name];
      }
    }
    expect(sum.writtenCount).toBeGreaterThan(40 * SEED_COUNT);
    expect(sum.readCount).toBeGreaterThan(20 * SEED_COUNT);
    expect(sum.pauseCount).toBeGreaterThan(SEED_COUNT);
    expect(sum.takenForGoneCount).toBeGreaterThan(0);
  });

  it.each([
    { plant: 'one gateway thinks it is alone', firstSeed: 4 },
    { plant: 'gateways do not tell of their readers', firstSeed: 9 },
    { plant: 'commits look for no tombstones', firstSeed: 6 },
  ] as const)('finds that $plant', { timeout: 900_000 }, async ({ plant, firstSeed }) => {
    const findings: string[] = [];
    // Where no life before has found it, to save time.
    for (let seed = firstSeed; seed < firstSeed + PLANTED_SEED_COUNT_MAX && findings.length === 0; seed += 1) {
      await simulateGateways({ seed, plant }).catch((error: Error) => {
        findings.push(error.message);
      });
    }
    expect(findings[0]).toMatch(/^Seed \d+: /);
  });
});
