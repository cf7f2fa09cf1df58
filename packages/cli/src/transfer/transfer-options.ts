/** The options that `cp`, `mv` and `sync` have in common, and how their jobs are run. */
import type { Client } from '@annals/client';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseSize, SIZE_FORM } from '../configuration/quantities.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect.js';
import { writeFailure } from '../failure-report.js';
import { StopRequest } from '../stop-request.js';
import { formatBytes } from '../terminal/format-bytes.js';
import { openProgressBar, type ProgressBar } from '../terminal/progress-bar.js';
import { type FilterOptions, withFilterOptions } from './name-filter.js';
import { type Job, runJobs } from './run-transfers.js';
import type { TransferOptions } from './transfer-item.js';

/** What the commands are given. */
export interface TransferCommandOptions extends ConnectionOptions, FilterOptions {
  readonly parallel: number;
  readonly partSize?: number;
  readonly contentType?: string;
  readonly clobber: boolean;
  readonly dryRun?: true;
  readonly json?: true;
  readonly quiet?: true;
}

/** Adds the options. */
export function withTransferOptions(command: Command): Command {
  return withFilterOptions(withConnectionOptions(command))
    .addOption(new Option('--parallel <count>', 'files or objects at once').argParser(readCount).default(4))
    .addOption(
      new Option('--part-size <size>', 'bytes of a part of large ones (default: 8MiB, more where needed)').argParser(
        readPartSize,
      ),
    )
    .option('--content-type <type>', 'of the new objects (default: by their names)')
    .option('--no-clobber', 'do not replace objects that exist')
    .option('--dry-run', 'only say what would be done')
    .option('--json', 'one JSON object for each file or object')
    .option('--quiet', 'neither progress bar nor lines');
}

/** Makes the jobs of a command, and is told of bytes. */
export type JobSource = (transfer: TransferOptions, bar: ProgressBar) => AsyncIterable<Job>;

/** What the bar over all jobs says. */
export interface TransferLabel {
  readonly label: string;
  /** Bytes in all; `undefined` where that is known only at the end. */
  readonly total: number | undefined;
}

/** Runs the jobs of a command with a bar over all of them, and sets the exit code. */
export async function runTransferCommand(
  client: Client,
  options: TransferCommandOptions,
  { label, total }: TransferLabel,
  makeJobs: JobSource,
): Promise<void> {
  const isJson = options.json === true;
  const isQuiet = options.quiet === true || isJson;
  const bar = await openProgressBar({ label, total, isQuiet });
  let doneBytes = 0;
  let isTold = false;
  const stop = new StopRequest(() => bar.end());
  const transfer: TransferOptions = {
    client,
    signal: stop.signal,
    endpoint: options.endpoint,
    contentType: options.contentType,
    isNoClobber: !options.clobber,
    partBytes: options.partSize,
    onUnremembered(reason) {
      if (!isTold) bar.tell(`annals: ${reason}; an interrupted upload will begin again`);
      isTold = true;
    },
    onBytes(count) {
      doneBytes += count;
      bar.update(doneBytes);
    },
  };
  try {
    const counts = await runJobs(makeJobs(transfer, bar), {
      parallelCount: options.parallel,
      isDryRun: options.dryRun === true,
      isJson,
      isVerbose: options.quiet !== true,
      signal: stop.signal,
      bar,
    });
    bar.end();
    const verb = options.dryRun === true ? 'to do' : 'done';
    const failed = counts.failedCount === 0 ? '' : `, ${counts.failedCount} failed`;
    const stopped =
      stop.signalName === undefined ? '' : `; ${stop.signalName} stopped it: give the same command again to continue`;
    const exitCode = stop.signalName === undefined ? counts.exitCode : stop.exitCode;
    const message = `${counts.doneCount} ${verb} (${formatBytes(doneBytes)})${failed}${stopped}`;
    if (!isQuiet) process.stderr.write(`annals: ${message}\n`);
    else if (isJson && exitCode !== 0) writeFailure({ message, exitCode }, true);
    process.exitCode = exitCode;
  } finally {
    bar.end();
  }
}

const PARALLEL_COUNT_MAX = 256;

function readCount(text: string): number {
  const count = /^[0-9]{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= PARALLEL_COUNT_MAX) return count;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${PARALLEL_COUNT_MAX}.`);
}

function readPartSize(text: string): number {
  const size = parseSize(text);
  if (size === undefined || size < 100 * 1024) throw new InvalidArgumentError(`expected ${SIZE_FORM}, from 100KiB.`);
  return size;
}
