/**
 * Whole stores lose power at every kind of moment, in 100,000 different ways, and what is left is right each time. The
 * seeds are fixed, so that a failure repeats. `ANNALS_SIMULATION_STATES` sets how many, `ANNALS_SIMULATION_FIRST_SEED`
 * from which seed on (a soak takes one that nobody tried), `ANNALS_SIMULATION_SEED` runs one seed alone.
 */
import { expect, it } from 'vitest';
import { CORPUS } from './corpus.js';
import { runSimulations } from './run-simulations.js';

const { ANNALS_SIMULATION_SEED, ANNALS_SIMULATION_STATES, ANNALS_SIMULATION_FIRST_SEED } = process.env;
const STATE_COUNT_MIN = Number(ANNALS_SIMULATION_STATES ?? 100_000);
const FIRST_SEED = Number(ANNALS_SIMULATION_FIRST_SEED ?? 1);
const LOSSES_PER_MOMENT = 40;

function* seeds(): Generator<number> {
  if (ANNALS_SIMULATION_SEED !== undefined) {
    yield Number(ANNALS_SIMULATION_SEED);
    return;
  }
  const corpus = new Set(CORPUS.map(({ seed }) => seed));
  yield* corpus;
  for (let seed = FIRST_SEED; ; seed += 1) if (!corpus.has(seed)) yield seed;
}

it('finds every acknowledged call, and all of the others or nothing, after any loss of power', async () => {
  const reports = await runSimulations({
    seeds: seeds(),
    stateCountMin: STATE_COUNT_MIN,
    lossesPerMoment: LOSSES_PER_MOMENT,
  });
  const sum = (count: (report: (typeof reports)[number]) => number): number =>
    reports.reduce((total, report) => total + count(report), 0);
  const stateCount = sum((report) => report.stateCount);
  process.stdout.write(
    `${stateCount} disks after a loss of power, ${sum(({ recoveryLossCount }) => recoveryLossCount)} of them during recovery, ` +
      `in ${reports.length} simulations of ${sum(({ callCount }) => callCount)} calls: all right\n`,
  );
  if (ANNALS_SIMULATION_SEED === undefined) expect(stateCount).toBeGreaterThanOrEqual(STATE_COUNT_MIN);
}, 3_600_000);
