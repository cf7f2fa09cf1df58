/**
 * Carries out many small jobs side by side: one that fails does not stop the others, and the command says at the end
 * how many failed. Leaves out what the jobs do.
 */
import { failureFacts } from '../failure-report.js';
import type { ProgressBar } from '../terminal/progress-bar.js';

/** One job. */
export interface Job {
  /** What is done, for people: `upload a.log to oss://logs/a.log`. */
  readonly description: string;
  /** The same for programs: printed with `--json`, with `error` where the job failed. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** What is known to fail before it is tried, also where nothing is done. */
  readonly failure?: Error;
  run(signal: AbortSignal): Promise<void>;
}

/** The job of what a listing found and could not read: it fails. */
export function unreadableJob(path: string, failure: Error): Job {
  const facts = { action: 'read', source: path };
  return { description: `read ${path}`, facts, failure, run: () => Promise.reject(failure) };
}

/** How jobs are run and told. */
export interface JobOptions {
  readonly parallelCount: number;
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  /** Whether each job is told once it is done. */
  readonly isVerbose: boolean;
  /** Fires when no more jobs are wanted and those under way shall stop. */
  readonly signal: AbortSignal;
  readonly bar: ProgressBar;
}

/** What became of them. */
export interface JobCounts {
  readonly doneCount: number;
  readonly failedCount: number;
  /** 0, or that of the first failure. */
  readonly exitCode: number;
}

/**
 * Runs jobs as they come; no more are asked for than are under way.
 * @throws What the source of the jobs throws.
 */
export async function runJobs(jobs: AsyncIterable<Job>, options: JobOptions): Promise<JobCounts> {
  let doneCount = 0;
  let failedCount = 0;
  let exitCode = 0;
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const underWay = new Set<Promise<void>>();
  const carryOut = async (job: Job): Promise<void> => {
    try {
      if (job.failure !== undefined) throw job.failure;
      if (!options.isDryRun) await job.run(signal);
      doneCount += 1;
      if (options.isJson) await options.bar.print(`${JSON.stringify({ ...job.facts, dryRun: options.isDryRun })}\n`);
      else if (options.isDryRun) await options.bar.print(`would ${job.description}\n`);
      else if (options.isVerbose) await options.bar.print(`${job.description}\n`);
    } catch (error) {
      // What was stopped has not failed: the same command continues it.
      if (signal.aborted) return;
      failedCount += 1;
      const facts = failureFacts(error);
      exitCode ||= facts.exitCode;
      if (options.isJson) {
        await options.bar.print(`${JSON.stringify({ ...job.facts, dryRun: options.isDryRun, error: facts })}\n`);
      } else options.bar.tell(`annals: ${facts.message}`);
    }
  };
  try {
    for await (const job of jobs) {
      if (signal.aborted) break;
      const running = carryOut(job).finally(() => underWay.delete(running));
      underWay.add(running);
      if (underWay.size >= options.parallelCount) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  } catch (error) {
    ending.abort(error);
    await Promise.allSettled(underWay);
    if (!options.signal.aborted) throw error;
  }
  return { doneCount, failedCount, exitCode };
}
