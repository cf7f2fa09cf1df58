/** `annals mb`: makes a bucket. */
import { Command } from 'commander';
import { type ConnectionOptions, connect, withConnectionOptions } from '../connect.js';
import { parseBucketUrl } from '../oss-url.js';
import { writeOutput } from '../terminal/standard-output.js';

/** Builds the command. */
export function mbCommand(): Command {
  return withConnectionOptions(new Command('mb'))
    .summary('make a bucket')
    .description('Makes a bucket. One of your own that exists already is left as it is.')
    .argument('<url>', 'oss://BUCKET')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  annals mb oss://logs')
    .action(makeBucket);
}

async function makeBucket(url: string, options: ConnectionOptions & { readonly json?: true }): Promise<void> {
  const bucket = parseBucketUrl(url);
  await connect(options).putBucket({ bucket });
  const made = `oss://${bucket}`;
  await writeOutput(`${options.json === true ? JSON.stringify({ action: 'make', url: made }) : made}\n`);
}
