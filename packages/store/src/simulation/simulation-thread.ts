/**
 * Runs simulations on a thread of its own, seed after seed as they are asked for: one core alone would take twice as
 * long.
 */
import { parentPort } from 'node:worker_threads';
import { type SimulationOptions, type SimulationReport, simulate } from './simulate.js';

/** What became of one simulation: its report, or what was found. */
export type SimulationAnswer =
  | { readonly report: SimulationReport }
  | { readonly seed: number; readonly finding: string };

function serve(): void {
  if (parentPort === null) throw new Error('Cannot start the simulation thread: this file is to be run as a worker');
  const port = parentPort;
  const answer = async (options: SimulationOptions): Promise<SimulationAnswer> => {
    try {
      return { report: await simulate(options) };
    } catch (error) {
      return { seed: options.seed, finding: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  port.on('message', (options: SimulationOptions) => {
    void answer(options).then((result) => port.postMessage(result));
  });
}

serve();
