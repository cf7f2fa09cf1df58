/**
 * `annals append`: adds a file, a growing file or standard input to an object, and does not give up. Leaves out running
 * (`../append`).
 */
import { resolve } from 'node:path';
import { AnnalsError, type AppendWriterOptions } from '@annals/client';
import { fileSpool } from '@annals/client/node';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  kindOfFile,
  pipeSource,
  spooledFileSource,
  standardInputSource,
  wholeFileSource,
} from '../append/append-sources.js';
import { InterruptedFile } from '../append/interrupted-file.js';
import { type AppendReport, type AppendSource, type AppendTarget, runAppend } from '../append/run-append.js';
import { SourceJournal } from '../append/source-journal.js';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { DURATION_FORM, parseDuration, parseSize, SIZE_FORM } from '../configuration/quantities.js';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { contentTypeOf } from '../content-type.js';
import { type OssUrl, parseObjectUrl } from '../oss-url.js';
import { appendStateFolder } from '../state-folder.js';
import { writeOutput } from '../terminal/standard-output.js';

interface AppendOptions extends ConnectionOptions {
  readonly followFile?: true;
  readonly onlyNew?: true;
  readonly position?: number | 'auto';
  readonly roll: Roll;
  readonly spool?: string;
  readonly spoolSize?: number;
  readonly restart?: true;
  readonly chunk: number;
  readonly flush: number;
  readonly retryFor?: number;
  readonly drainFor: number;
  readonly contentType?: string;
  readonly json?: true;
  readonly quiet?: true;
}

interface Roll {
  readonly sizeBytes?: number;
  readonly ageMs?: number;
}

const EXAMPLES = `
Examples:
  annals append recording.ts oss://cameras/front/recording.ts
  annals append --follow-file /var/log/app.log oss://logs/host-1/app.log
  annals append --follow-file --roll 1GiB --roll 24h app.log 'oss://logs/app-{yyyy}{MM}{dd}-{seq}.log'
  ffmpeg ... -f mpegts - | annals append --spool /var/spool/camera - oss://cameras/front/live.ts

The key may be a pattern with {yyyy}, {MM}, {dd}, {HH}, {mm} (UTC) and {seq}. While the server is away the command tries
again for ever. SIGINT and SIGTERM append what was read and say what is durable; a second one ends at once.`;

/** Builds the command. */
export function appendCommand(): Command {
  return withConnectionOptions(new Command('append'))
    .summary('add a file, a growing file or standard input to an object')
    .description(
      'Adds a file, or standard input as it comes, at the end of an object; makes the object when there is none. Each byte is appended once, whatever breaks meanwhile. Needs the right oss:PutObject and no other. Prints the position after the last byte.',
    )
    .argument('<source>', 'file, or - for standard input')
    .argument('<url>', 'oss://BUCKET/KEY')
    .option('--follow-file', 'go on with what is added to the file, through its rotations, as tail -F does')
    .option('--only-new', 'with --follow-file: the first run begins at the end of the file')
    .addOption(
      new Option(
        '--position <bytes>',
        'where the object must end now (default: wherever it ends), or auto: at the end while others append too',
      ).argParser(readPosition),
    )
    .addOption(
      new Option('--roll <bound>', 'size or age at which the next {seq} of the key begins; repeatable')
        .argParser(readRoll)
        .default({}, 'none'),
    )
    .option('--spool <folder>', 'keep what was read on disk until it is durable, so that it outlives this process')
    .addOption(new Option('--spool-size <size>', 'bytes that may wait there (default: 1GiB)').argParser(readSize))
    .option('--restart', 'append the whole file, even if an interrupted run has appended some of it')
    .addOption(
      new Option('--chunk <size>', 'bytes of one append at most').argParser(readChunk).default(4 * MIB, '4MiB'),
    )
    .addOption(
      new Option('--flush <duration>', 'how long bytes wait for more before they are sent')
        .argParser(readWait)
        .default(200, '200ms'),
    )
    .addOption(
      new Option('--retry-for <duration>', 'how long one append is tried (default: for ever)').argParser(readWait),
    )
    .addOption(
      new Option('--drain-for <duration>', 'how long a signal waits for what was read')
        .argParser(readWait)
        .default(30_000, '30s'),
    )
    .option('--content-type <type>', 'of the object, when it is made (default: by the name of the key)')
    .option('--json', 'print one JSON object')
    .option('--quiet', 'no progress bar')
    .addHelpText('after', EXAMPLES)
    .action(append);
}

async function append(sourceText: string, urlText: string, options: AppendOptions): Promise<void> {
  const url = parseObjectUrl(urlText);
  const client = connect(options);
  const isPattern = /\{[a-zA-Z]+\}/.test(url.key);
  checkCombination(sourceText, options);
  const isFile = sourceText !== '-' && (options.followFile === true || (await kindOfFile(sourceText)) === 'file');
  const stateFolder = appendStateFolder([options.endpoint, url.bucket, url.key, resolve(sourceText)]);
  const isSpooledFile = isFile && (options.followFile === true || isPattern);
  const spoolFolder = options.spool ?? (isSpooledFile ? stateFolder : undefined);
  if (isFile && !isSpooledFile && options.spool !== undefined) {
    throw usage('Cannot use --spool with a file that is read once: it is there for an interrupted run to go on with');
  }
  const target = { client, url, writerOptions: writerOptions(url, { spoolFolder, isFile }, options) };
  const report = await runSource({ sourceText, isFile, isPattern, spoolFolder, stateFolder }, target, options);
  await printReport(report, url, options);
}

interface SourcePlan {
  readonly sourceText: string;
  /** Whether it is a regular file, or will be one. */
  readonly isFile: boolean;
  readonly isPattern: boolean;
  readonly spoolFolder: string | undefined;
  /** Of this source and target. */
  readonly stateFolder: string;
}

async function runSource(plan: SourcePlan, target: AppendTarget, options: AppendOptions): Promise<AppendReport> {
  const { sourceText, isFile, spoolFolder } = plan;
  // Where the next object begins, or the bytes of another writer come between, no line is split.
  const isByLines = plan.isPattern || options.position === 'auto';
  if (sourceText === '-') return run(standardInputSource(spoolFolder, { isByLines }), target, options);
  if (isFile && spoolFolder !== undefined) {
    const journal = new SourceJournal(spoolFolder, resolve(sourceText));
    const isFollowed = options.followFile === true;
    const isFromEnd = options.onlyNew === true;
    const source = spooledFileSource(sourceText, journal, { spoolFolder, isFollowed, isFromEnd, isByLines });
    return run(source, target, options);
  }
  // Beside other writers nothing tells how much of a file is there.
  if (!isFile || options.position === 'auto') return run(pipeSource(sourceText, { isByLines }), target, options);
  return runWholeFile(plan, target, options);
}

function run(source: AppendSource, target: AppendTarget, options: AppendOptions): Promise<AppendReport> {
  const isQuiet = options.quiet === true || options.json === true;
  return runAppend(target, source, { isQuiet, drainForMs: options.drainFor });
}

/** An append of a killed run may arrive while the next one begins, and takes its place; so it looks once more. */
const LATE_APPEND_COUNT_MAX = 3;

async function runWholeFile(plan: SourcePlan, target: AppendTarget, options: AppendOptions): Promise<AppendReport> {
  const { sourceText: path, stateFolder } = plan;
  const { position: wanted, ...writerOptions } = target.writerOptions;
  for (let lateCount = 0; ; lateCount += 1) {
    const file = await InterruptedFile.open(stateFolder, path);
    const isOther = wanted !== undefined && file.begunAt !== wanted;
    if ((options.restart === true && lateCount === 0) || isOther) file.restart();
    const isInterrupted = file.begunAt !== undefined;
    try {
      // An interrupted run goes on wherever it got to; where it began was checked then.
      const resumed = { ...target, writerOptions };
      return await run(wholeFileSource(file, path), isInterrupted ? resumed : target, options);
    } catch (error) {
      const isTaken = error instanceof AnnalsError && error.code === 'PositionTaken';
      if (!isTaken || !isInterrupted || lateCount === LATE_APPEND_COUNT_MAX) throw error;
    } finally {
      await file.close();
    }
  }
}

function writerOptions(
  url: OssUrl,
  { spoolFolder, isFile }: Pick<SourcePlan, 'spoolFolder' | 'isFile'>,
  options: AppendOptions,
): AppendWriterOptions {
  const { position, roll, spoolSize, chunk, flush, retryFor } = options;
  const contentType = options.contentType ?? contentTypeOf(url.key);
  return {
    batchBytes: chunk,
    lingerMs: flush,
    // A pipe is read on while a batch is under way; a file waits where it is.
    memoryBytesMax: isFile ? chunk * 2 : Math.max(MEMORY_BYTES_MAX, chunk * 2),
    // People wait: after an outage the command goes on within two seconds.
    retry: { delayMsMax: 2000 },
    ...(position !== undefined && { position }),
    ...((roll.sizeBytes !== undefined || roll.ageMs !== undefined) && { roll }),
    ...(retryFor !== undefined && { retryForMs: retryFor }),
    ...(contentType !== undefined && { contentType }),
    ...(spoolFolder !== undefined && {
      spool: fileSpool({ folder: spoolFolder, ...(spoolSize !== undefined && { sizeBytesMax: spoolSize }) }),
    }),
  };
}

function checkCombination(source: string, options: AppendOptions): void {
  if (source === '-' && options.followFile === true) throw usage('Cannot follow standard input: it has no file');
  if (options.onlyNew === true && options.followFile !== true) {
    throw usage('Cannot use --only-new without --follow-file');
  }
  if (options.followFile === true && options.position !== undefined) {
    throw usage('Cannot use --position with --follow-file: it goes on where the object and its spool are');
  }
}

async function printReport(report: AppendReport, { bucket }: OssUrl, options: AppendOptions): Promise<void> {
  const { key, position, crc64, readBytes, exitCode } = report;
  const facts = { url: `oss://${bucket}/${key}`, position, crc64: crc64?.toString(), readBytes };
  await writeOutput(options.json === true ? `${JSON.stringify(facts)}\n` : `${position}\n`);
  process.exitCode = exitCode;
}

function usage(message: string): CommandFailure {
  return new CommandFailure(message, { exitCode: EXIT_CODES.usage });
}

function readPosition(text: string): number | 'auto' {
  if (text === 'auto') return text;
  const position = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(position)) throw new InvalidArgumentError('expected a whole number of bytes, or auto.');
  return position;
}

const MIB = 1024 ** 2;
const MEMORY_BYTES_MAX = 16 * MIB;
/** Pieces are held in memory until they are durable. */
const CHUNK_BYTES_MAX = 1024 ** 3;

function readChunk(text: string): number {
  const chunkBytes = readSize(text);
  if (chunkBytes <= CHUNK_BYTES_MAX) return chunkBytes;
  throw new InvalidArgumentError(`expected ${SIZE_FORM}, from 1B to 1GiB.`);
}

function readSize(text: string): number {
  const size = parseSize(text);
  if (size === undefined || size < 1) throw new InvalidArgumentError(`expected ${SIZE_FORM}, of at least 1B.`);
  return size;
}

/** Anything that is a duration with a unit is one; everything else is a size. */
function readRoll(text: string, before: Roll): Roll {
  const ageMs = /(?:ms|s|m|h)$/.test(text) ? parseDuration(text) : undefined;
  if (ageMs !== undefined && ageMs > 0) return { ...before, ageMs };
  const sizeBytes = parseSize(text);
  if (sizeBytes !== undefined && sizeBytes > 0) return { ...before, sizeBytes };
  throw new InvalidArgumentError(`expected ${SIZE_FORM}, or a duration such as 24h or 15m.`);
}

function readWait(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined || durationMs >= 2 ** 31) throw new InvalidArgumentError(`expected ${DURATION_FORM}.`);
  return durationMs;
}
