/**
 * Commands that get, put and delete a document of a bucket: `lifecycle`, `cors`, `website`, `bucket-policy` and others.
 * The documents are those of the OSS protocol, XML or JSON, as other tools write them. Leaves out what they mean.
 */
import {
  type BucketSetting,
  type BucketSettings,
  parseBucketPolicy,
  type RemovableBucketSetting,
} from '@annals/client';
import {
  parseCorsConfiguration,
  parseEncryptionRule,
  parseLifecycleConfiguration,
  parseLoggingStatus,
  parseRefererConfiguration,
  parseWebsiteConfiguration,
  renderCorsConfiguration,
  renderEncryptionRule,
  renderLifecycleConfiguration,
  renderLoggingStatus,
  renderRefererConfiguration,
  renderWebsiteConfiguration,
} from '@annals/protocol';
import { Command } from 'commander';
import { readPolicyFile } from '../admin/policy-file.js';
import { CommandFailure, describeError, EXIT_CODES } from '../command-failure.js';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { parseBucketUrl } from '../oss-url.js';
import { writeOutput } from '../terminal/standard-output.js';

/** One kind of document. */
interface DocumentKind<Value> {
  readonly command: string;
  /** What it says, to complete "get, put or delete ...". */
  readonly meaning: string;
  settingOf(settings: BucketSettings): BucketSetting<Value> | RemovableBucketSetting<Value>;
  /** @throws {Error} It is no such document. */
  parse(document: string): Value | undefined;
  render(value: Value): string;
}

function documentCommand<Value>(kind: DocumentKind<Value>): Command {
  const { command: name, meaning } = kind;
  const group = new Command(name)
    .summary(`get, put or delete ${meaning}`)
    .description(`Gets, puts or deletes ${meaning}, as the document of the OSS protocol.`);
  group.addCommand(
    withConnectionOptions(new Command('get'))
      .summary('print the document')
      .argument('<url>', 'oss://BUCKET')
      .option('--json', 'one JSON object')
      .addHelpText('after', `\nExample:\n  annals ${name} get oss://logs`)
      .action((url: string, options: ConnectionOptions & { readonly json?: true }) => get(kind, url, options)),
  );
  group.addCommand(
    withConnectionOptions(new Command('put'))
      .summary('replace the document')
      .argument('<url>', 'oss://BUCKET')
      .argument('<file>', 'the document, or - for standard input')
      .option('--dry-run', 'only read the document and say whether it can be used')
      .addHelpText(
        'after',
        `\nExample:\n  annals ${name} put oss://logs ${name}.${name === 'bucket-policy' ? 'json' : 'xml'}`,
      )
      .action((url: string, file: string, options: ConnectionOptions & { readonly dryRun?: true }) =>
        put(kind, url, file, options),
      ),
  );
  group.addCommand(
    withConnectionOptions(new Command('delete'))
      .summary('remove the document')
      .argument('<url>', 'oss://BUCKET')
      .addHelpText('after', `\nExample:\n  annals ${name} delete oss://logs`)
      .action((url: string, options: ConnectionOptions) => remove(kind, url, options)),
  );
  return group;
}

async function get<Value>(
  kind: DocumentKind<Value>,
  url: string,
  options: ConnectionOptions & { readonly json?: true },
): Promise<void> {
  const bucket = parseBucketUrl(url);
  const value = await kind.settingOf(connect(options).bucketSettings).get({ bucket });
  if (value === undefined) {
    throw new CommandFailure(`There is no ${kind.command} of ${url}`, { exitCode: EXIT_CODES.notFound });
  }
  await writeOutput(`${options.json === true ? JSON.stringify(value) : kind.render(value)}\n`);
}

async function put<Value>(
  kind: DocumentKind<Value>,
  url: string,
  file: string,
  options: ConnectionOptions & { readonly dryRun?: true },
): Promise<void> {
  const bucket = parseBucketUrl(url);
  const text = await readPolicyFile(file);
  let value: Value | undefined;
  try {
    value = kind.parse(text);
  } catch (cause) {
    throw unusable(kind, file, describeError(cause), cause);
  }
  if (value === undefined) throw unusable(kind, file, 'it sets nothing; use delete to remove the document', undefined);
  if (options.dryRun === true) return;
  await kind.settingOf(connect(options).bucketSettings).put({ bucket, value });
}

function unusable<Value>(kind: DocumentKind<Value>, file: string, reason: string, cause: unknown): CommandFailure {
  return new CommandFailure(`Cannot use ${file} as ${kind.command}: ${reason}`, { exitCode: EXIT_CODES.usage, cause });
}

async function remove<Value>(kind: DocumentKind<Value>, url: string, options: ConnectionOptions): Promise<void> {
  const bucket = parseBucketUrl(url);
  const setting = kind.settingOf(connect(options).bucketSettings);
  if (!('delete' in setting)) {
    throw new CommandFailure(`Cannot delete the ${kind.command} of ${url}: a bucket always has one; put another`, {
      exitCode: EXIT_CODES.usage,
    });
  }
  await setting.delete({ bucket });
}

/** Builds `annals lifecycle`. */
export function lifecycleCommand(): Command {
  return documentCommand({
    command: 'lifecycle',
    meaning: 'what expires or moves in a bucket, and when',
    settingOf: ({ lifecycle }) => lifecycle,
    parse: parseLifecycleConfiguration,
    render: renderLifecycleConfiguration,
  });
}

/** Builds `annals cors`. */
export function corsCommand(): Command {
  return documentCommand({
    command: 'cors',
    meaning: 'what pages of other origins may do with a bucket',
    settingOf: ({ cors }) => cors,
    parse: parseCorsConfiguration,
    render: renderCorsConfiguration,
  });
}

/** Builds `annals bucket-policy`; `annals policy` is about policies of users. */
export function bucketPolicyCommand(): Command {
  return documentCommand({
    command: 'bucket-policy',
    meaning: 'who may do what with a bucket',
    settingOf: ({ policy }) => policy,
    parse: parseBucketPolicy,
    render: (policy) => JSON.stringify(policy, undefined, 2),
  });
}

/** Builds `annals website`. */
export function websiteCommand(): Command {
  return documentCommand({
    command: 'website',
    meaning: 'how a bucket is served as a website',
    settingOf: ({ website }) => website,
    parse: parseWebsiteConfiguration,
    render: renderWebsiteConfiguration,
  });
}

/** Builds `annals encryption`. */
export function encryptionCommand(): Command {
  return documentCommand({
    command: 'encryption',
    meaning: 'how objects are encrypted that say nothing of it',
    settingOf: ({ encryption }) => encryption,
    parse: parseEncryptionRule,
    render: renderEncryptionRule,
  });
}

/** Builds `annals logging`. */
export function loggingCommand(): Command {
  return documentCommand({
    command: 'logging',
    meaning: 'where the access log of a bucket goes',
    settingOf: ({ logging }) => logging,
    parse: parseLoggingStatus,
    render: renderLoggingStatus,
  });
}

/** Builds `annals referer`. */
export function refererCommand(): Command {
  return documentCommand({
    command: 'referer',
    meaning: 'which pages may lead to a bucket',
    settingOf: ({ referer }) => referer,
    parse: parseRefererConfiguration,
    render: renderRefererConfiguration,
  });
}
