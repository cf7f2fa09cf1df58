/** Commands of one call on one object: `seal`, `convert`, `sign`. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { DURATION_FORM, parseDuration } from '../configuration/quantities.js';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { parseObjectUrl } from '../oss-url.js';
import { formatTime } from '../terminal/format-time.js';
import { writeOutput } from '../terminal/standard-output.js';

interface JsonOption extends ConnectionOptions {
  readonly json?: true;
}

/** Builds `annals seal`. */
export function sealCommand(): Command {
  return withConnectionOptions(new Command('seal'))
    .summary('close an appendable object for good')
    .description('Seals an object: no append is accepted any more, and followers end. Sealing again changes nothing.')
    .argument('<url>', 'oss://BUCKET/KEY')
    .addOption(
      new Option('--position <bytes>', 'length that the object must have (default: that it has now)').argParser(
        readPosition,
      ),
    )
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  annals seal oss://cameras/front/2026-01-31.ts')
    .action(async (url: string, options: JsonOption & { readonly position?: number }) => {
      const target = parseObjectUrl(url);
      const client = connect(options);
      const position = options.position ?? (await client.headObject(target)).length;
      const { sealedAtMs } = await client.sealObject({ ...target, position });
      const facts = { url, position, sealedAt: formatTime(sealedAtMs) };
      await print(options, facts, `sealed ${url} at ${position}`);
    });
}

/** Builds `annals convert`. */
export function convertCommand(): Command {
  return withConnectionOptions(new Command('convert'))
    .summary('change the type of an object in place (an extension of Annals)')
    .description('Makes an object appendable, or an appendable one normal, without moving its bytes.')
    .argument('<url>', 'oss://BUCKET/KEY')
    .addOption(new Option('--to <type>', 'the type').choices(['appendable', 'normal']).makeOptionMandatory())
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  annals convert --to appendable oss://logs/app.log')
    .action(async (url: string, options: JsonOption & { readonly to: 'appendable' | 'normal' }) => {
      const { etag, nextPosition } = await connect(options).convertObject({ ...parseObjectUrl(url), type: options.to });
      await print(options, { url, type: options.to, etag, nextPosition }, `${url} is ${options.to}`);
    });
}

type SignOptions = JsonOption & { readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'; readonly expires: number };

/** Builds `annals sign`. */
export function signCommand(): Command {
  return withConnectionOptions(new Command('sign'))
    .summary('print a URL that works without keys until a time')
    .description('Signs a URL: everyone who has it may make this one request until it expires. Nothing is sent.')
    .argument('<url>', 'oss://BUCKET/KEY')
    .addOption(new Option('--method <name>', 'of the request').choices(['GET', 'HEAD', 'PUT', 'DELETE']).default('GET'))
    .addOption(
      new Option('--expires <duration>', 'how long it works, up to 168h').argParser(readSeconds).default(900, '15m'),
    )
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  annals sign oss://films/film.mp4\n  annals sign --method PUT --expires 1h oss://drop/new.bin',
    )
    .action(async (url: string, options: SignOptions) => {
      const { method, expires: expiresSeconds } = options;
      const signed = await connect(options).presignUrl({ ...parseObjectUrl(url), method, expiresSeconds });
      const facts = { url: signed.url, method: signed.method, expiresAt: formatTime(signed.expiresAtMs) };
      await print(options, facts, signed.url);
    });
}

async function print({ json }: JsonOption, facts: object, line: string): Promise<void> {
  await writeOutput(`${json === true ? JSON.stringify(facts) : line}\n`);
}

function readPosition(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number of bytes.');
}

function readSeconds(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs >= 1000) return Math.floor(durationMs / 1000);
  throw new InvalidArgumentError(`expected ${DURATION_FORM}, of at least 1s.`);
}
