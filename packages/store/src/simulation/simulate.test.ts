/** The simulation itself: one seed is one life, and it finds each fault that is planted. */
import { describe, expect, it } from 'vitest';
import { PLANTED_FAULTS } from './planted-faults.js';
import { SimulationFinding, simulate } from './simulate.js';

const SEED_COUNT_MAX = 16;
const LOSSES_PER_MOMENT = 4;

describe('simulate', () => {
  it('gives the same life for the same seed, however many disks are looked at, and another for another', async () => {
    const one = await simulate({ seed: 5, lifeCount: 2, lossesPerMoment: 1 });
    expect(await simulate({ seed: 5, lifeCount: 2, lossesPerMoment: 1 })).toEqual(one);
    const more = await simulate({ seed: 5, lifeCount: 2, lossesPerMoment: 2 });
    expect(more).toMatchObject({ traceDigest: one.traceDigest, stepCount: one.stepCount, callCount: one.callCount });
    expect(more.stateCount).toBeGreaterThan(one.stateCount);
    expect((await simulate({ seed: 7, lifeCount: 1, lossesPerMoment: 1 })).traceDigest).not.toBe(one.traceDigest);
  });

  it.each(PLANTED_FAULTS)(
    'finds that $name',
    async ({ wrappers, seedDivisor }) => {
      const finding = await firstFinding(wrappers, seedDivisor);
      expect(finding).toBeInstanceOf(SimulationFinding);
      expect(finding?.message).toContain(`ANNALS_SIMULATION_SEED=${finding?.seed} `);
    },
    300_000,
  );
});

async function firstFinding(
  wrappers: (typeof PLANTED_FAULTS)[number]['wrappers'],
  seedDivisor: number,
): Promise<SimulationFinding | undefined> {
  for (let seed = seedDivisor; seed <= SEED_COUNT_MAX * seedDivisor; seed += seedDivisor) {
    try {
      await simulate({ seed, wrappers, lossesPerMoment: LOSSES_PER_MOMENT });
    } catch (error) {
      if (error instanceof SimulationFinding) return error;
      throw error;
    }
  }
  return undefined;
}
