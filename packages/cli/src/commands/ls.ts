/** `annals ls`: lists buckets or objects. */
import type { Client } from '@annals/client';
import { Command } from 'commander';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { parseOssUrl } from '../oss-url.js';
import { formatTime } from '../terminal/format-time.js';
import { writeOutput } from '../terminal/standard-output.js';

interface ListOptions extends ConnectionOptions {
  readonly json?: true;
}

/** Builds the command. */
export function lsCommand(): Command {
  return withConnectionOptions(new Command('ls'))
    .summary('list buckets or objects')
    .description(
      'Lists the buckets, or every object whose key begins with a prefix, in the order of their keys.\nColumns of objects: time of the last change (UTC), type, length in bytes, name.',
    )
    .argument('[url]', 'oss://BUCKET or oss://BUCKET/PREFIX (default: the buckets)')
    .option('--json', 'one JSON object per line')
    .addHelpText('after', '\nExamples:\n  annals ls\n  annals ls oss://logs/2026/\n  annals ls --json oss://logs')
    .action(list);
}

async function list(url: string | undefined, options: ListOptions): Promise<void> {
  const client = connect(options);
  // As other tools have it, oss:// alone means all buckets.
  const lines =
    url === undefined || url === 'oss://' ? bucketLines(client, options) : objectLines(client, url, options);
  for await (const line of lines) await writeOutput(`${line}\n`);
}

async function* bucketLines(client: Client, options: ListOptions): AsyncGenerator<string> {
  for await (const page of client.listBuckets()) {
    for (const { name, createdAtMs } of page.buckets) {
      const createdAt = formatTime(createdAtMs);
      yield options.json === true ? JSON.stringify({ bucket: name, createdAt }) : `${createdAt}  oss://${name}`;
    }
  }
}

/** Wide enough for 999 GB; longer numbers push the name to the right. */
const LENGTH_COLUMN_WIDTH = 12;
const TYPE_COLUMN_WIDTH = 10;

async function* objectLines(client: Client, url: string, options: ListOptions): AsyncGenerator<string> {
  const { bucket, key: prefix } = parseOssUrl(url);
  for await (const page of client.listObjects({ bucket, prefix })) {
    for (const { key, type, lengthBytes, lastModifiedMs, etag } of page.objects) {
      const lastModifiedAt = formatTime(lastModifiedMs);
      yield options.json === true
        ? JSON.stringify({ bucket, key, type, length: lengthBytes, lastModifiedAt, etag })
        : `${lastModifiedAt}  ${type.padEnd(TYPE_COLUMN_WIDTH)}  ${String(lengthBytes).padStart(LENGTH_COLUMN_WIDTH)}  oss://${bucket}/${key}`;
    }
  }
}
