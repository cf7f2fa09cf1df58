/**
 * Commands that get, put and delete a document of a bucket: `lifecycle`, `cors`, `website`, `bucket-policy` and others.
 * `annals policy get`, `put` and `delete` do what those of `bucket-policy` do.
 * The documents are those of the OSS protocol, XML or JSON, as other tools write them. Leaves out what they mean.
 */
import {
  type BucketPolicy,
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
  /** Name of the command, and of the document in messages. */
  readonly command: string;
  /** What it says, to complete "get, put or delete ...". */
  readonly meaning: string;
  settingOf(settings: BucketSettings): BucketSetting<Value> | RemovableBucketSetting<Value>;
  /** @throws {Error} It is no such document. */
  parse(document: string): Value | undefined;
  render(value: Value): string;
}

interface ChangeOptions extends ConnectionOptions {
  readonly dryRun?: true;
  readonly json?: boolean;
}

function documentCommand<Value>(kind: DocumentKind<Value>): Command {
  const { command: name, meaning } = kind;
  const group = new Command(name)
    .summary(`get, put or delete ${meaning}`)
    .description(`Gets, puts or deletes ${meaning}, as the document of the OSS protocol.`)
    .addHelpText(
      'after',
      `\nExamples:\n  annals ${name} get oss://logs > ${fileOf(name)}\n  annals ${name} put oss://logs ${fileOf(name)}`,
    );
  for (const command of [getCommand(kind), putCommand(kind), deleteCommand(kind)]) {
    command.addHelpText('after', `\nExample:\n  annals ${name} ${EXAMPLES[command.name()]?.(name)}`);
    group.addCommand(command);
  }
  return group;
}

/** A name for the file in examples. */
function fileOf(name: string): string {
  return `${name}.${name === 'bucket-policy' ? 'json' : 'xml'}`;
}

const EXAMPLES: Readonly<Record<string, (name: string) => string>> = {
  get: () => 'get oss://logs',
  put: (name) => `put oss://logs ${fileOf(name)}`,
  delete: () => 'delete oss://logs',
};

function getCommand<Value>(kind: DocumentKind<Value>): Command {
  return withConnectionOptions(new Command('get'))
    .summary('print the document')
    .description(`Prints the document that says ${kind.meaning}.`)
    .argument('<url>', 'oss://BUCKET')
    .option('--json', 'one JSON object')
    .action((url: string, options: ConnectionOptions & { readonly json?: true }) => get(kind, url, options));
}

function putCommand<Value>(kind: DocumentKind<Value>): Command {
  return withConnectionOptions(new Command('put'))
    .summary('replace the document')
    .description(`Replaces the document that says ${kind.meaning}. Reads the whole document before anything is sent.`)
    .argument('<url>', 'oss://BUCKET')
    .argument('<file>', 'the document, or - for standard input')
    .option('--dry-run', 'only read the document and say whether it can be used')
    .option('--json', 'one JSON object')
    .action((url: string, file: string, options: ChangeOptions) => put(kind, url, file, options));
}

function deleteCommand<Value>(kind: DocumentKind<Value>): Command {
  return withConnectionOptions(new Command('delete'))
    .summary('remove the document')
    .description(`Removes the document that says ${kind.meaning}.`)
    .argument('<url>', 'oss://BUCKET')
    .option('--dry-run', 'only say what would be removed')
    .option('--json', 'one JSON object')
    .action((url: string, options: ChangeOptions) => remove(kind, url, options));
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

async function put<Value>(kind: DocumentKind<Value>, url: string, file: string, options: ChangeOptions): Promise<void> {
  const bucket = parseBucketUrl(url);
  const text = await readPolicyFile(file);
  let value: Value | undefined;
  try {
    value = kind.parse(text);
  } catch (cause) {
    throw unusable(kind, file, describeError(cause), cause);
  }
  if (value === undefined) throw unusable(kind, file, 'it sets nothing; use delete to remove the document', undefined);
  if (options.dryRun !== true) await kind.settingOf(connect(options).bucketSettings).put({ bucket, value });
  await tell(kind.command, { action: 'put', url, dryRun: options.dryRun === true }, options);
}

/** Says what was done for programs, and what would be done for people too; what a person asked for needs no answer. */
async function tell(
  document: string,
  facts: { readonly action: 'put' | 'delete'; readonly url: string; readonly dryRun: boolean },
  { json }: ChangeOptions,
): Promise<void> {
  if (json === true) await writeOutput(`${JSON.stringify({ document, ...facts })}\n`);
  else if (facts.dryRun) await writeOutput(`would ${facts.action} the ${document} of ${facts.url}\n`);
}

function unusable<Value>(kind: DocumentKind<Value>, file: string, reason: string, cause: unknown): CommandFailure {
  return new CommandFailure(`Cannot use ${file} as ${kind.command}: ${reason}`, { exitCode: EXIT_CODES.usage, cause });
}

async function remove<Value>(kind: DocumentKind<Value>, url: string, options: ChangeOptions): Promise<void> {
  const bucket = parseBucketUrl(url);
  const setting = kind.settingOf(connect(options).bucketSettings);
  if (!('delete' in setting)) {
    throw new CommandFailure(`Cannot delete the ${kind.command} of ${url}: a bucket always has one; put another`, {
      exitCode: EXIT_CODES.usage,
    });
  }
  if (options.dryRun !== true) await setting.delete({ bucket });
  await tell(kind.command, { action: 'delete', url, dryRun: options.dryRun === true }, options);
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

const BUCKET_POLICY: DocumentKind<BucketPolicy> = {
  command: 'bucket-policy',
  meaning: 'who may do what with a bucket',
  settingOf: ({ policy }) => policy,
  parse: parseBucketPolicy,
  render: (policy) => JSON.stringify(policy, undefined, 2),
};

/** Builds `annals bucket-policy`. */
export function bucketPolicyCommand(): Command {
  return documentCommand(BUCKET_POLICY);
}

/** Builds `get` and `put` of `annals policy`, which is about policies with names otherwise. */
export function bucketPolicyOfPolicyCommands(): readonly Command[] {
  return [
    getCommand(BUCKET_POLICY).summary('print the policy of a bucket'),
    putCommand(BUCKET_POLICY).summary('replace the policy of a bucket'),
  ];
}

/** Removes the policy of the bucket that a URL names. @throws {CommandFailure} */
export async function removeBucketPolicy(url: string, options: ChangeOptions): Promise<void> {
  await remove(BUCKET_POLICY, url, options);
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
