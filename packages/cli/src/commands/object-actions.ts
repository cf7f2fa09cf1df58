/** Commands of one call on one object: `seal`, `convert`, `sign`. */
import type { PresignUrlInput } from '@annals/client';
import { LIMITS } from '@annals/protocol';
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

interface SignOptions extends JsonOption {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly append?: true;
  readonly follow?: true;
  readonly contentType?: string;
  /** Seconds. */
  readonly expires: number;
}

/** Builds `annals sign`. */
export function signCommand(): Command {
  return withConnectionOptions(new Command('sign'))
    .summary('print a URL that works without keys until a time')
    .description('Signs a URL: everyone who has it may make this one request until it expires. Nothing is sent.')
    .argument('<url>', 'oss://BUCKET/KEY')
    .addOption(new Option('--method <name>', 'of the request').choices(['GET', 'HEAD', 'PUT', 'DELETE']).default('GET'))
    .addOption(
      new Option('--append', 'sign a POST that appends its body at the end (an extension of Annals)').conflicts([
        'method',
        'follow',
      ]),
    )
    .addOption(
      new Option('--follow', 'sign a GET that goes on with what is appended later (an extension of Annals)').conflicts(
        'method',
      ),
    )
    .option('--content-type <type>', 'that the request will have; without this option it must have none')
    .addOption(
      new Option('--expires <duration>', 'how long it works, up to 87600h; more than 168h takes signature V1')
        .argParser(readSeconds)
        .default(900, '15m'),
    )
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  annals sign oss://films/film.mp4
  annals sign --method PUT --expires 1h oss://drop/new.bin
  annals sign --append --content-type application/x-ndjson --expires 8760h oss://logs/host-1/app.jsonl
  annals sign --follow --expires 24h oss://logs/host-1/app.jsonl`,
    )
    .action(async (url: string, options: SignOptions) => {
      const signed = await connect(options).presignUrl({ ...parseObjectUrl(url), ...requestOf(options) });
      const { method, headers } = signed;
      const facts = { url: signed.url, method, headers, expiresAt: formatTime(signed.expiresAtMs) };
      await print(options, facts, signed.url);
    });
}

/** The request that the options of `annals sign` describe. V4 has no longer life than a week, V1 has. */
function requestOf({ method, append, follow, contentType, expires }: SignOptions): Omit<PresignUrlInput, 'bucket'> {
  return {
    method: append === true ? 'POST' : method,
    expiresSeconds: expires,
    ...(append === true && { query: { append: '', position: 'auto' } }),
    ...(follow === true && { query: { follow: '' } }),
    ...(contentType !== undefined && { headers: { 'content-type': contentType } }),
    ...(expires > LIMITS.presignedUrlSecondsMax && { signatureVersion: 'v1' }),
  };
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
