/** `annals tail`: writes the last lines of an object, and with `-f` what is appended to it later. */
import { setTimeout as wait } from 'node:timers/promises';
import { type Client, readAll } from '@annals/client';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXIT_CODES } from '../command-failure.js';
import { parseSize, SIZE_FORM } from '../configuration/quantities.js';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { exitCodeOf, isClientError } from '../describe-client-error.js';
import { followObject } from '../follow-object.js';
import { type OssUrl, parseObjectUrl } from '../oss-url.js';
import { writeOutput } from '../terminal/standard-output.js';
import { intervalOption } from './cat.js';

interface TailOptions extends ConnectionOptions {
  readonly lines: number;
  readonly bytes?: number;
  readonly follow?: true;
  readonly followName?: true;
  readonly interval: number;
}

/** Builds the command. */
export function tailCommand(): Command {
  return withConnectionOptions(new Command('tail'))
    .summary('write the end of an object, and with -f what is appended later')
    .description('Writes the last lines of an object to standard output. Reads no more of it than these.')
    .argument('<url>', 'oss://BUCKET/KEY')
    .addOption(new Option('-n, --lines <count>', 'how many lines').argParser(readLineCount).default(10))
    .addOption(new Option('-c, --bytes <size>', 'this many bytes instead of lines').argParser(readByteCount))
    .option('-f, --follow', 'go on with what is appended later, until the object is sealed or replaced')
    .option('-F, --follow-name', 'as -f, and wait for a bucket or object that does not exist yet')
    .addOption(intervalOption())
    .addHelpText(
      'after',
      '\nExamples:\n  annals tail oss://logs/app.log\n  annals tail -f -n 100 oss://logs/app.log\n  annals tail -f -n 0 oss://logs/app.log',
    )
    .action(writeEnd);
}

async function writeEnd(url: string, options: TailOptions): Promise<void> {
  const target = parseObjectUrl(url);
  const client = connect(options);
  const { bytes, lines, follow, followName } = options;
  const length =
    followName === true ? await awaitLength(client, target, options.interval) : await lengthOf(client, target);
  const start = bytes === undefined ? await startOfLines(client, target, length, lines) : Math.max(0, length - bytes);
  if (follow === true || followName === true) {
    const chunks = followObject(client, target, { position: start, pollIntervalMs: options.interval });
    for await (const chunk of chunks) await writeOutput(chunk.bytes);
    return;
  }
  if (start === length) return;
  const { body } = await client.getObject({ ...target, range: { start, end: length } });
  for await (const chunk of body) await writeOutput(chunk);
}

async function lengthOf(client: Client, target: OssUrl): Promise<number> {
  return (await client.headObject(target)).length;
}

/** Waits until there is an object, and a server. */
async function awaitLength(client: Client, target: OssUrl, intervalMs: number): Promise<number> {
  const told = new Set<string>();
  for (;;) {
    try {
      return await lengthOf(client, target);
    } catch (error) {
      const reason = reasonToWait(error, target);
      if (reason === undefined) throw error;
      if (!told.has(reason)) process.stderr.write(`annals: ${reason}\n`);
      told.add(reason);
    }
    await wait(intervalMs);
  }
}

/** What people are told while something is waited for; `undefined` where waiting helps nothing. */
function reasonToWait(error: unknown, { bucket, key }: OssUrl): string | undefined {
  if (!isClientError(error)) return undefined;
  // Where the bucket is missing, the object is too: the program that appends may make both.
  if (error.code === 'NoSuchBucket') return `oss://${bucket} does not exist; waiting for it`;
  if (error.code === 'NoSuchKey') return `oss://${bucket}/${key} does not exist; waiting for it`;
  return exitCodeOf(error) === EXIT_CODES.unreachable ? `${error.message}; trying again until it works` : undefined;
}

const FIRST_BLOCK_BYTES = 16 * 1024;
const BLOCK_BYTES_MAX = 4 * 1024 * 1024;
const NEWLINE = 10;

/** The offset where the last lines begin: reads backwards, in blocks that double, until it has seen enough. */
async function startOfLines(client: Client, target: OssUrl, length: number, lineCount: number): Promise<number> {
  if (lineCount === 0) return length;
  let missing = lineCount;
  let blockBytes = FIRST_BLOCK_BYTES;
  for (let end = length; end > 0; ) {
    const start = Math.max(0, end - blockBytes);
    const { body } = await client.getObject({ ...target, range: { start, end } });
    const block = await readAll(body);
    // The newline at the very end closes the last line and begins none.
    for (let index = block.length - (end === length ? 2 : 1); index >= 0; index -= 1) {
      if (block[index] !== NEWLINE) continue;
      missing -= 1;
      if (missing === 0) return start + index + 1;
    }
    end = start;
    blockBytes = Math.min(BLOCK_BYTES_MAX, blockBytes * 2);
  }
  return 0;
}

function readLineCount(text: string): number {
  const count = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count)) throw new InvalidArgumentError('expected a whole number of lines.');
  return count;
}

function readByteCount(text: string): number {
  const count = parseSize(text);
  if (count === undefined) throw new InvalidArgumentError(`expected ${SIZE_FORM}.`);
  return count;
}
