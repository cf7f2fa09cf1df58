/** `annals rm` and `annals rb`: remove objects, and buckets. */
import type { Client, ObjectToDelete } from '@annals/client';
import { Command } from 'commander';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { parseBucketUrl, parseOssUrl } from '../oss-url.js';
import { writeOutput } from '../terminal/standard-output.js';
import { type FilterOptions, isTaken, withFilterOptions } from '../transfer/name-filter.js';

interface RemoveOptions extends ConnectionOptions, FilterOptions {
  readonly recursive?: true;
  readonly allVersions?: true;
  readonly versionId?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** Builds `annals rm`. */
export function rmCommand(): Command {
  return withFilterOptions(withConnectionOptions(new Command('rm')))
    .summary('remove objects')
    .description(
      'Removes an object, or with -r every object whose key begins with a prefix. In a bucket that keeps versions the object is hidden, and its versions stay; --all-versions removes these, too.',
    )
    .argument('<url>', 'oss://BUCKET/KEY, with -r oss://BUCKET/PREFIX')
    .option('-r, --recursive', 'every object whose key begins so')
    .option('--all-versions', 'versions and delete markers, too; nothing is left')
    .option('--version-id <id>', 'this version of the object alone')
    .option('--dry-run', 'only say what would be removed')
    .option('--json', 'one JSON object for each')
    .addHelpText(
      'after',
      '\nExamples:\n  annals rm oss://logs/app.log\n  annals rm -r --exclude "*.keep" oss://logs/2025/\n  annals rm -r --all-versions --dry-run oss://logs/2025/',
    )
    .action(remove);
}

async function remove(url: string, options: RemoveOptions): Promise<void> {
  const { bucket, key } = parseOssUrl(url);
  const isRecursive = options.recursive === true;
  if (!isRecursive && key === '') throw usage(`Cannot remove ${url}: expected a key, or -r for all objects`);
  const client = connect(options);
  const found =
    isRecursive || options.allVersions === true
      ? listBelow(client, bucket, key, options)
      : single({ key, ...(options.versionId !== undefined && { versionId: options.versionId }) });
  await removeAll(client, bucket, found, options);
}

async function* single(object: ObjectToDelete): AsyncGenerator<ObjectToDelete, void, void> {
  yield object;
}

async function* listBelow(
  client: Client,
  bucket: string,
  prefix: string,
  options: RemoveOptions,
): AsyncGenerator<ObjectToDelete, void, void> {
  const isWanted = (key: string): boolean =>
    options.recursive === true ? isTaken(options, key.slice(prefix.length).replace(/^\//, '')) : key === prefix;
  const input = { bucket, ...(prefix !== '' && { prefix }) };
  if (options.allVersions === true) {
    for await (const { versions } of client.listVersions(input)) {
      for (const { key, versionId } of versions) if (isWanted(key)) yield { key, versionId };
    }
    return;
  }
  for await (const { objects } of client.listObjects(input)) {
    for (const { key } of objects) if (isWanted(key)) yield { key };
  }
}

const BATCH_SIZE = 1000;

/** Removes what is found, a batch at a time. @throws {CommandFailure} The server did not confirm all. */
async function removeAll(
  client: Client,
  bucket: string,
  found: AsyncIterable<ObjectToDelete>,
  { dryRun, json }: Pick<RemoveOptions, 'dryRun' | 'json'>,
): Promise<number> {
  let batch: ObjectToDelete[] = [];
  let count = 0;
  let unconfirmedCount = 0;
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const deleted = dryRun === true ? undefined : await client.deleteObjects({ bucket, objects: batch });
    for (const [index, { key, versionId }] of batch.entries()) {
      const isDeleted = deleted?.results[index]?.isDeleted ?? true;
      if (!isDeleted) unconfirmedCount += 1;
      else await tell({ bucket, key, versionId, isDryRun: dryRun === true, isJson: json === true });
    }
    count += batch.length;
    batch = [];
  };
  for await (const object of found) {
    batch.push(object);
    if (batch.length === BATCH_SIZE) await flush();
  }
  await flush();
  if (unconfirmedCount > 0)
    throw new CommandFailure(`Cannot remove ${unconfirmedCount} of ${count} objects of ${bucket}`);
  return count;
}

interface Removal {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
  readonly isDryRun: boolean;
  readonly isJson: boolean;
}

async function tell({ bucket, key, versionId, isDryRun, isJson }: Removal): Promise<void> {
  const url = `oss://${bucket}/${key}`;
  if (isJson) return writeOutput(`${JSON.stringify({ action: 'remove', url, versionId, dryRun: isDryRun })}\n`);
  const version = versionId === undefined ? '' : ` version ${versionId}`;
  return writeOutput(`${isDryRun ? 'would remove' : 'removed'} ${url}${version}\n`);
}

/** Builds `annals rb`. */
export function rbCommand(): Command {
  return withConnectionOptions(new Command('rb'))
    .summary('remove a bucket')
    .description('Removes an empty bucket; with --force first everything in it: objects, versions, unfinished uploads.')
    .argument('<url>', 'oss://BUCKET')
    .option('--force', 'remove everything in it first')
    .option('--dry-run', 'only say what would be removed')
    .option('--json', 'one JSON object for each')
    .addHelpText('after', '\nExamples:\n  annals rb oss://old-logs\n  annals rb --force --dry-run oss://old-logs')
    .action(removeBucket);
}

async function removeBucket(
  url: string,
  options: ConnectionOptions & { readonly force?: true; readonly dryRun?: true; readonly json?: true },
): Promise<void> {
  const bucket = parseBucketUrl(url);
  const client = connect(options);
  if (options.force === true) {
    await removeAll(
      client,
      bucket,
      listBelow(client, bucket, '', { ...options, recursive: true, allVersions: true }),
      options,
    );
    for await (const { uploads } of client.listMultipartUploads({ bucket })) {
      for (const { key, uploadId } of uploads) {
        if (options.dryRun !== true) await client.abortMultipartUpload({ bucket, key, uploadId });
      }
    }
  }
  if (options.dryRun !== true) await client.deleteBucket({ bucket });
  const facts = { action: 'remove', url: `oss://${bucket}`, dryRun: options.dryRun === true };
  const line = `${facts.dryRun ? 'would remove' : 'removed'} ${facts.url}`;
  await writeOutput(`${options.json === true ? JSON.stringify(facts) : line}\n`);
}

function usage(message: string): CommandFailure {
  return new CommandFailure(message, { exitCode: EXIT_CODES.usage });
}
