/** `annals cat`: writes an object to standard output, and with `--follow` what is appended to it later. */
import { setTimeout as wait } from 'node:timers/promises';
import { type ByteRange, type Client, OssServiceError } from '@annals/client';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandFailure } from '../command-failure.js';
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
  const end = await writeOnce(client, target, options.range);
  if (options.follow === true) await follow(client, target, end, options.interval);
}

/** @returns Where the bytes written end, in bytes from the object's start. */
async function writeOnce(client: Client, target: OssUrl, range: CatOptions['range']): Promise<number> {
  const bounds = range !== undefined && 'suffix' in range ? await suffixRange(client, target, range.suffix) : range;
  // An empty object has no range to ask for.
  if (bounds !== undefined && bounds.start === bounds.end) return bounds.start ?? 0;
  const opened = await client.getObject({ ...target, ...(bounds === undefined ? {} : { range: bounds }) });
  let end = bounds?.start ?? 0;
  for await (const chunk of opened.body) {
    await writeOutput(chunk);
    end += chunk.length;
  }
  return end;
}

async function suffixRange(client: Client, target: OssUrl, length: number): Promise<ByteRange> {
  const head = await client.headObject(target);
  return { start: Math.max(0, head.length - length), end: head.length };
}

/** Looks at the object's length from time to time and writes what came to it: works with every OSS server. */
async function follow(client: Client, target: OssUrl, start: number, intervalMs: number): Promise<void> {
  let position = start;
  for (;;) {
    let head: Awaited<ReturnType<Client['headObject']>>;
    try {
      head = await client.headObject(target);
    } catch (error) {
      if (error instanceof OssServiceError && error.code === 'NoSuchKey') throw gone(target, 'it was deleted');
      throw error;
    }
    if (head.length < position)
      throw gone(target, `it was replaced, its length fell from ${position} to ${head.length}`);
    if (head.length > position) {
      position = await writeOnce(client, target, { start: position, end: head.length });
    } else if (head.sealedAtMs !== undefined || head.type !== 'Appendable') {
      // Nothing can come any more.
      return;
    } else {
      await wait(intervalMs);
    }
  }
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
