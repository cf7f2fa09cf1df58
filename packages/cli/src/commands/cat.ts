/** `annals cat`: writes an object to standard output, and with `--follow` what is appended to it later. */
import { setTimeout as wait } from 'node:timers/promises';
import { AnnalsError, type ByteRange, type Client, OssServiceError } from '@annals/client';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandFailure, describeError } from '../command-failure.js';
import { DURATION_FORM, parseDuration } from '../configuration/quantities.js';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { type OssUrl, parseObjectUrl } from '../oss-url.js';
import { writeOutput } from '../terminal/standard-output.js';

interface CatOptions extends ConnectionOptions {
  readonly range?: ByteRange | { readonly suffix: number };
  readonly follow?: true;
  readonly interval: number;
}

/** Builds the command. */
export function catCommand(): Command {
  return withConnectionOptions(new Command('cat'))
    .summary('write an object to standard output')
    .description('Writes the bytes of an object, as they are stored, to standard output.')
    .argument('<url>', 'oss://BUCKET/KEY')
    .addOption(
      new Option('--range <bytes>', 'FIRST-LAST, FIRST- or -COUNT, counted from 0 and inclusive as in HTTP').argParser(
        readRange,
      ),
    )
    .option('-f, --follow', 'go on with what is appended later, until the object is sealed or replaced')
    .addOption(
      new Option('--interval <duration>', 'how often --follow looks for more')
        .argParser(readInterval)
        .default(1000, '1s'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  annals cat oss://logs/app.log | head\n  annals cat --range -1000 oss://logs/app.log\n  annals cat --follow oss://logs/app.log',
    )
    .action(writeObject);
}

async function writeObject(url: string, options: CatOptions): Promise<void> {
  const target = parseObjectUrl(url);
  const client = connect(options);
  const { range } = options;
  const bounds = range !== undefined && 'suffix' in range ? await suffixRange(client, target, range.suffix) : range;
  const reading: Reading = { client, target, position: bounds?.start ?? 0 };
  await writeRange(reading, bounds);
  if (options.follow === true) await follow(reading, options.interval);
}

/** How far an object has been written to standard output. */
interface Reading {
  readonly client: Client;
  readonly target: OssUrl;
  /** Bytes from the object's start. */
  position: number;
}

/** @param bounds `undefined`: the whole object. */
async function writeRange(reading: Reading, bounds: ByteRange | undefined): Promise<void> {
  // An empty object has no range to ask for.
  if (bounds !== undefined && bounds.start === bounds.end) return;
  const { client, target } = reading;
  const { body } = await client.getObject({ ...target, ...(bounds !== undefined && { range: bounds }) });
  for await (const chunk of body) {
    await writeOutput(chunk);
    reading.position += chunk.length;
  }
}

async function suffixRange(client: Client, target: OssUrl, length: number): Promise<ByteRange> {
  const head = await client.headObject(target);
  return { start: Math.max(0, head.length - length), end: head.length };
}

/**
 * Looks at the object's length from time to time and writes what came to it: works with every OSS server, and goes on
 * after an outage where it was.
 */
async function follow(reading: Reading, intervalMs: number): Promise<void> {
  let isOutageTold = false;
  for (;;) {
    try {
      if (await writeNews(reading)) return;
      isOutageTold = false;
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (!isOutageTold) process.stderr.write(`annals: ${describeError(error)}; trying again until it works\n`);
      isOutageTold = true;
    }
    await wait(intervalMs);
  }
}

/** Writes everything that came since the last time. @returns Whether nothing can come any more. */
async function writeNews(reading: Reading): Promise<boolean> {
  const { client, target } = reading;
  for (;;) {
    const head = await client.headObject(target).catch((error: unknown) => {
      if (error instanceof OssServiceError && error.code === 'NoSuchKey') throw gone(target, 'it was deleted');
      throw error;
    });
    const { position } = reading;
    if (head.length < position)
      throw gone(target, `it was replaced, its length fell from ${position} to ${head.length}`);
    if (head.length === position) return head.sealedAtMs !== undefined || head.type !== 'Appendable';
    await writeRange(reading, { start: position, end: head.length });
  }
}

/** Whether an error is one that passes by itself. */
function isOutage(error: unknown): boolean {
  return error instanceof OssServiceError
    ? error.status >= 500
    : error instanceof AnnalsError && error.code === 'NetworkFailed';
}

function gone({ bucket, key }: OssUrl, reason: string): CommandFailure {
  return new CommandFailure(`Cannot follow oss://${bucket}/${key} any longer: ${reason}`);
}

function readRange(text: string): CatOptions['range'] {
  const match = /^([0-9]{0,15})-([0-9]{0,15})$/.exec(text);
  const [, first = '', last = ''] = match ?? [];
  if (
    match === null ||
    (first === '' && last === '') ||
    (first !== '' && last !== '' && Number(last) < Number(first))
  ) {
    throw new InvalidArgumentError('expected FIRST-LAST, FIRST- or -COUNT, such as 0-99.');
  }
  if (first === '') return { suffix: Number(last) };
  return last === '' ? { start: Number(first) } : { start: Number(first), end: Number(last) + 1 };
}

function readInterval(text: string): number {
  const intervalMs = parseDuration(text);
  if (intervalMs === undefined || intervalMs < 1 || intervalMs >= 2 ** 31) {
    throw new InvalidArgumentError(`expected ${DURATION_FORM}.`);
  }
  return intervalMs;
}
