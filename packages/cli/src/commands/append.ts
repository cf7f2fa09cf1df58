/** `annals append`: adds a file or standard input to an object. */
import { createReadStream } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandFailure, describeError, systemErrorCode } from '../command-failure.js';
import { DURATION_FORM, parseDuration, parseSize, SIZE_FORM } from '../configuration/quantities.js';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { parseObjectUrl } from '../oss-url.js';
import { writeOutput } from '../terminal/standard-output.js';

interface AppendOptions extends ConnectionOptions {
  readonly position?: number;
  readonly chunk: number;
  readonly flush: number;
  readonly contentType?: string;
}

/** Builds the command. */
export function appendCommand(): Command {
  return withConnectionOptions(new Command('append'))
    .summary('add a file or standard input to an object')
    .description(
      'Adds a file, or standard input as it comes, at the end of an object; makes the object when there is none.\nEvery piece is durable and readable once the server has it. Prints the position after the last one.',
    )
    .argument('<source>', 'file, or - for standard input')
    .argument('<url>', 'oss://BUCKET/KEY')
    .addOption(
      new Option('--position <bytes>', 'where the object must end now (default: wherever it ends)').argParser(
        readPosition,
      ),
    )
    .addOption(
      new Option('--chunk <size>', 'bytes of one append at most').argParser(readChunk).default(4 * 1024 ** 2, '4MiB'),
    )
    .addOption(
      new Option('--flush <duration>', 'how long bytes wait for more before they are sent')
        .argParser(readFlush)
        .default(200, '200ms'),
    )
    .option('--content-type <type>', 'of the object, when it is made')
    .addHelpText(
      'after',
      '\nExamples:\n  annals append app.log oss://logs/app.log\n  journalctl -f | annals append - oss://logs/host-1/journal',
    )
    .action(append);
}

async function append(source: string, url: string, options: AppendOptions): Promise<void> {
  const { bucket, key } = parseObjectUrl(url);
  const { nextPosition } = await connect(options).appendStream({
    bucket,
    key,
    position: options.position ?? 'current',
    source: source === '-' ? standardInput() : readFile(source),
    chunkBytes: options.chunk,
    flushIntervalMs: options.flush,
    ...(options.contentType !== undefined && { contentType: options.contentType }),
  });
  await writeOutput(`${nextPosition}\n`);
}

/**
 * Ctrl-C in a pipeline reaches every process in it. The process that writes to us ends and closes the pipe; what it
 * wrote until then is still sent. A second one ends this process, too.
 */
function standardInput(): AsyncIterable<Uint8Array> {
  if (!process.stdin.isTTY) process.once('SIGINT', () => undefined);
  return process.stdin;
}

async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 });
  } catch (error) {
    // What the receiver of the bytes throws does not come by here.
    const reason = systemErrorCode(error) === 'ENOENT' ? 'there is no such file' : describeError(error);
    throw new CommandFailure(`Cannot read ${path}: ${reason}`, { cause: error });
  }
}

function readPosition(text: string): number {
  const position = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(position)) throw new InvalidArgumentError('expected a whole number of bytes.');
  return position;
}

/** Pieces are held in memory until they are durable. */
const CHUNK_BYTES_MAX = 1024 ** 3;

function readChunk(text: string): number {
  const chunkBytes = parseSize(text);
  if (chunkBytes === undefined || chunkBytes < 1 || chunkBytes > CHUNK_BYTES_MAX) {
    throw new InvalidArgumentError(`expected ${SIZE_FORM}, from 1B to 1GiB.`);
  }
  return chunkBytes;
}

function readFlush(text: string): number {
  const flushIntervalMs = parseDuration(text);
  if (flushIntervalMs === undefined || flushIntervalMs >= 2 ** 31)
    throw new InvalidArgumentError(`expected ${DURATION_FORM}.`);
  return flushIntervalMs;
}
