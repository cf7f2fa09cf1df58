/**
 * Carries out many small jobs side by side: one that fails does not stop the others, and the command says at the end
 * how many failed. Leaves out what the jobs do.
 */
import { describeError, EXIT_CODES, systemErrorCode } from '../command-failure.js';
import { describeClientError, exitCodeOf, isClientError } from '../describe-client-error.js';
import type { ProgressBar } from '../terminal/progress-bar.js';
import { writeOutput } from '../terminal/standard-output.js';

/** One job. */
export interface Job {
  /** What is done, for people: `upload a.log to oss://logs/a.log`. */
  readonly description: string;
  /** The same for programs: printed with `--json`. */
  readonly facts: Readonly<Record<string, string | number>>;
  run(signal: AbortSignal): Promise<void>;
}

/** How jobs are run and told. */
export interface JobOptions {
  readonly parallelCount: number;
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  /** Whether each job is told once it is done. */
  readonly isVerbose: boolean;
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
  const underWay = new Set<Promise<void>>();
  const carryOut = async (job: Job): Promise<void> => {
    try {
      if (!options.isDryRun) await job.run(ending.signal);
      doneCount += 1;
      if (options.isJson) await writeOutput(`${JSON.stringify({ ...job.facts, dryRun: options.isDryRun })}\n`);
      else if (options.isDryRun) await writeOutput(`would ${job.description}\n`);
      else if (options.isVerbose) await writeOutput(`${job.description}\n`);
    } catch (error) {
      failedCount += 1;
      exitCode ||= isClientError(error) ? exitCodeOf(error) : EXIT_CODES.failed;
      options.bar.tell(`annals: ${isClientError(error) ? describeClientError(error) : describeFailure(error)}`);
    }
  };
  try {
    for await (const job of jobs) {
      const running = carryOut(job).finally(() => underWay.delete(running));
      underWay.add(running);
      if (underWay.size >= options.parallelCount) await Promise.race(underWay);
    }
    await Promise.all(underWay);
  } catch (error) {
    ending.abort(error);
    await Promise.allSettled(underWay);
    throw error;
  }
  return { doneCount, failedCount, exitCode };
}

function describeFailure(error: unknown): string {
  const code = systemErrorCode(error);
  return code === 'ENOSPC' ? 'Cannot write: there is no space left' : describeError(error);
}
