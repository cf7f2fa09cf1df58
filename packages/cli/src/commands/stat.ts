/** `annals stat`: shows what is known of an object. */
import { Command } from 'commander';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { parseObjectUrl } from '../oss-url.js';
import { formatTime } from '../terminal/format-time.js';
import { writeOutput } from '../terminal/standard-output.js';

interface StatOptions extends ConnectionOptions {
  readonly json?: true;
}

/** Builds the command. */
export function statCommand(): Command {
  return withConnectionOptions(new Command('stat'))
    .summary('show what is known of an object')
    .description('Shows what is known of an object without reading it. Only lines that apply are shown.')
    .argument('<url>', 'oss://BUCKET/KEY')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  annals stat oss://logs/app.log')
    .action(showStatus);
}

async function showStatus(url: string, options: StatOptions): Promise<void> {
  const { bucket, key } = parseObjectUrl(url);
  const head = await connect(options).headObject({ bucket, key });
  const facts: Record<string, string | number | Readonly<Record<string, string>> | undefined> = {
    url: `oss://${bucket}/${key}`,
    type: head.type,
    length: head.length,
    nextPosition: head.nextPosition,
    sealedAt: optionalTime(head.sealedAtMs),
    lastModifiedAt: optionalTime(head.lastModifiedAtMs),
    etag: head.etag,
    // As text in JSON, too: numbers there lose everything beyond 53 bits.
    crc64: head.crc64?.toString(),
    contentType: head.contentType,
    contentEncoding: head.contentEncoding,
    cacheControl: head.cacheControl,
    contentDisposition: head.contentDisposition,
    storageClass: head.storageClass,
    versionId: head.versionId,
    metadata: head.metadata,
  };
  if (options.json === true) {
    await writeOutput(`${JSON.stringify(facts)}\n`);
    return;
  }
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value === 'object') {
      for (const [metadataName, metadataValue] of Object.entries(value)) {
        await writeOutput(`${`meta ${metadataName}`.padEnd(NAME_COLUMN_WIDTH)} ${metadataValue}\n`);
      }
    } else if (value !== undefined) {
      await writeOutput(`${LABELS[name] ?? name}`.padEnd(NAME_COLUMN_WIDTH).concat(` ${value}\n`));
    }
  }
}

const NAME_COLUMN_WIDTH = 20;

/** Names for people where they differ from those for programs. */
const LABELS: Readonly<Record<string, string>> = {
  nextPosition: 'next position',
  sealedAt: 'sealed at',
  lastModifiedAt: 'last modified at',
  contentType: 'content type',
  contentEncoding: 'content encoding',
  cacheControl: 'cache control',
  contentDisposition: 'content disposition',
  storageClass: 'storage class',
  versionId: 'version id',
};

function optionalTime(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : formatTime(atMs);
}
