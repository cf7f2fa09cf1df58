/** `annals du`: how much lies in a bucket or under a prefix. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { parseOssUrl } from '../oss-url.js';
import { formatBytes } from '../terminal/format-bytes.js';
import { writeOutput } from '../terminal/standard-output.js';

interface UsageOptions extends ConnectionOptions {
  readonly depth: number;
  readonly allVersions?: true;
  readonly json?: true;
}

/** Builds the command. */
export function duCommand(): Command {
  return withConnectionOptions(new Command('du'))
    .summary('add up what lies in a bucket or under a prefix')
    .description('Adds up objects and their bytes, with a line for each folder. Reads the whole listing.')
    .argument('<url>', 'oss://BUCKET or oss://BUCKET/PREFIX')
    .addOption(
      new Option('--depth <count>', 'how many levels of folders have a line of their own')
        .argParser(readDepth)
        .default(1),
    )
    .option('--all-versions', 'add up versions, too')
    .option('--json', 'one JSON object per line')
    .addHelpText('after', '\nExamples:\n  annals du oss://logs\n  annals du --depth 0 --all-versions oss://logs/2026/')
    .action(addUp);
}

interface Sum {
  bytes: number;
  count: number;
}

async function addUp(url: string, options: UsageOptions): Promise<void> {
  const { bucket, key: prefix } = parseOssUrl(url);
  const { depth } = options;
  const sums = new Map<string, Sum>([['', { bytes: 0, count: 0 }]]);
  const add = (key: string, length: number): void => {
    const folders = key.slice(prefix.length).split('/').slice(0, -1);
    for (let level = 0; level <= Math.min(depth, folders.length); level += 1) {
      const name = folders
        .slice(0, level)
        .map((folder) => `${folder}/`)
        .join('');
      const sum = sums.get(name) ?? { bytes: 0, count: 0 };
      sum.bytes += length;
      sum.count += 1;
      sums.set(name, sum);
    }
  };
  const client = connect(options);
  const input = { bucket, ...(prefix !== '' && { prefix }) };
  if (options.allVersions === true) {
    for await (const { versions } of client.listVersions(input)) {
      for (const version of versions) add(version.key, version.kind === 'version' ? version.lengthBytes : 0);
    }
  } else {
    for await (const { objects } of client.listObjects(input)) {
      for (const { key, lengthBytes } of objects) add(key, lengthBytes);
    }
  }
  // The whole comes last, as in du.
  const rows = [...sums].sort(([one], [other]) => (one === '' ? 1 : other === '' ? -1 : one < other ? -1 : 1));
  for (const [name, { bytes, count }] of rows) {
    const place = `oss://${bucket}/${prefix}${name}`;
    const line = `${formatBytes(bytes).padStart(COLUMN_WIDTH)}  ${String(count).padStart(COLUMN_WIDTH)}  ${place}`;
    await writeOutput(`${options.json === true ? JSON.stringify({ url: place, bytes, objects: count }) : line}\n`);
  }
}

const COLUMN_WIDTH = 10;
/** Keys have 1,023 bytes, so no key has more folders. */
const DEPTH_MAX = 1023;

function readDepth(text: string): number {
  const depth = /^[0-9]{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (depth <= DEPTH_MAX) return depth;
  throw new InvalidArgumentError(`expected a whole number from 0 to ${DEPTH_MAX}.`);
}
