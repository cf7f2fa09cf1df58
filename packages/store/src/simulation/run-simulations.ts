/** Runs as many simulations as it takes to look at so many disks, on two threads. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SimulationReport } from './simulate.js';
import type { SimulationAnswer } from './simulation-thread.js';

/** How much, and from which seed on. */
export interface SimulationRun {
  readonly seeds: Iterable<number>;
  /** Disks to be looked at, together. */
  readonly stateCountMin: number;
  readonly lossesPerMoment: number;
}

const THREAD_COUNT = 2;

/**
 * Ends when enough disks were looked at or there are no more seeds.
 * @returns What each simulation came to, in no order.
 * @throws {Error} The first finding, which says its seed.
 */
export async function runSimulations(run: SimulationRun): Promise<readonly SimulationReport[]> {
  const seeds = run.seeds[Symbol.iterator]();
  const reports: SimulationReport[] = [];
  let stateCount = 0;
  const work = async (): Promise<void> => {
    const worker = startThread();
    try {
      while (stateCount < run.stateCountMin) {
        const { value: seed, done } = seeds.next();
        if (done === true) return;
        worker.postMessage({ seed, lossesPerMoment: run.lossesPerMoment });
        const [answer] = (await once(worker, 'message')) as [SimulationAnswer];
        if ('finding' in answer) {
          stateCount = Number.POSITIVE_INFINITY;
          throw new Error(answer.finding);
        }
        reports.push(answer.report);
        stateCount += answer.report.stateCount;
      }
    } finally {
      await worker.terminate();
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: THREAD_COUNT }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return reports;
}

function startThread(): Worker {
  // A thread needs compiled code: when the sources run as they are (under a test runner), it comes from the build.
  const folder = import.meta.url.endsWith('.ts') ? '../../dist/simulation' : '.';
  return new Worker(new URL(`${folder}/simulation-thread.js`, import.meta.url), { execArgv: [] });
}
