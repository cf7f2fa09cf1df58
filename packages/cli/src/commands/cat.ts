/** `annals cat`: writes an object to standard output, and with `--follow` what is appended to it later. */
import type { ByteRange, Client } from '@annals/client';
import { Command, InvalidArgumentError, Option } from 'commander';
import { DURATION_FORM, parseDuration } from '../configuration/quantities.js';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { followObject } from '../follow-object.js';
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
    .addOption(intervalOption())
    .addHelpText(
      'after',
      '\nExamples:\n  annals cat oss://logs/app.log | head\n  annals cat --range -1000 oss://logs/app.log\n  annals cat --follow oss://logs/app.log',
    )
    .action(writeObject);
}

/** How often a follower looks, where the server cannot tell it. */
export function intervalOption(): Option {
  return new Option('--interval <duration>', 'how often following looks for more on a server without long poll')
    .argParser(readInterval)
    .default(1000, '1s');
}

async function writeObject(url: string, options: CatOptions): Promise<void> {
  const target = parseObjectUrl(url);
  const client = connect(options);
  const { range } = options;
  const bounds = range !== undefined && 'suffix' in range ? await suffixRange(client, target, range.suffix) : range;
  if (options.follow === true) {
    const position = bounds?.start ?? 0;
    const chunks = followObject(client, target, { position, pollIntervalMs: options.interval });
    for await (const { bytes } of chunks) await writeOutput(bytes);
    return;
  }
  // An empty object has no range to ask for.
  if (bounds !== undefined && bounds.start === bounds.end) return;
  const { body } = await client.getObject({ ...target, ...(bounds !== undefined && { range: bounds }) });
  for await (const chunk of body) await writeOutput(chunk);
}

async function suffixRange(client: Client, target: OssUrl, length: number): Promise<ByteRange> {
  const head = await client.headObject(target);
  return { start: Math.max(0, head.length - length), end: head.length };
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
