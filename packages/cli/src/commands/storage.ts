/** `annals storage`: examines the places where a store keeps its data. Leaves out the steps (`../storage`). */
import { Command } from 'commander';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { parseBlobLocation, withoutSecrets } from '../configuration/blob-location.js';
import { InvalidBlobLocation } from '../configuration/invalid-blob-location.js';
import { loadConfiguration } from '../configuration/load-configuration.js';
import { InvalidMetadataLocation, parseMetadataLocation } from '../configuration/metadata-location.js';

interface CheckOptions {
  readonly config?: string;
  readonly data?: string;
  readonly metadata?: string;
  readonly blobs?: string;
  readonly json?: true;
}

/** Builds the command. */
export function storageCommand(): Command {
  const check = new Command('check')
    .summary('try and measure the places of a store, and say what to mend')
    .description(
      'Tries and measures what a server needs of the places where it is to keep its data: the disk of the data folder, the database where metadata lies in one, the bucket or pool where large bodies go to one, and whether they go together. Writes small objects and removes them. Each step says what to mend; the exit code is 1 when one failed.',
    )
    .option('--config <FILE>', 'configuration of the server, which names the places')
    .option('--data <DIR>', 'data folder; wins over the configuration')
    .option(
      '--metadata <PLACE>',
      'place of metadata, as the setting storage.metadata has it; wins over the configuration',
    )
    .option(
      '--blobs <PLACE>',
      'place of large bodies, as the setting storage.blobs has it; wins over the configuration',
    )
    .option('--json', 'one JSON object per step')
    .addHelpText(
      'after',
      '\nExamples:\n  annals storage check --config /etc/annals.yaml\n  annals storage check --data /srv/annals --blobs "s3://recordings/annals?endpoint=https://s3.example.com"\n  annals storage check --data /srv/annals --metadata postgres://annals@db.example.com/annals',
    )
    .action(checkStorage);
  return new Command('storage')
    .summary('examine where a store keeps its data')
    .description('Examines the places where a store keeps its data.')
    .addHelpText('after', '\nExample:\n  annals storage check --config /etc/annals.yaml')
    .addCommand(check.exitOverride());
}

async function checkStorage({ config, data, metadata, blobs, json }: CheckOptions): Promise<void> {
  const configuration = loadConfiguration({ ...(data !== undefined && { data }) }, config);
  const places = {
    folder: configuration.data,
    metadata: metadata === undefined ? configuration.storage.metadata : requireMetadata(metadata),
    blobs: blobs === undefined ? configuration.storage.blobs : requireLocation(blobs),
  };
  // Loaded only now: no other command needs the engines.
  const { runStorageCheck } = await import('../storage/run-storage-check.js');
  try {
    process.exitCode = await runStorageCheck(places, json === true);
  } catch (error) {
    // What the engine finds wrong with the URL; its message holds no password.
    if (!(error instanceof RangeError)) throw error;
    throw new CommandFailure(error.message, { exitCode: EXIT_CODES.usage, cause: error });
  }
}

function requireMetadata(text: string): string {
  try {
    parseMetadataLocation(text);
    return text;
  } catch (error) {
    if (!(error instanceof InvalidMetadataLocation)) throw error;
    throw new CommandFailure(`Cannot use --metadata: ${error.message}`, { exitCode: EXIT_CODES.usage });
  }
}

function requireLocation(text: string): string {
  try {
    parseBlobLocation(text);
    return text;
  } catch (error) {
    if (!(error instanceof InvalidBlobLocation)) throw error;
    throw new CommandFailure(`Cannot use --blobs "${withoutSecrets(text)}": ${error.message}`, {
      exitCode: EXIT_CODES.usage,
    });
  }
}
