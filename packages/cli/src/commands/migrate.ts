/**
 * `annals migrate`: moves a store between a data folder, a database and a bucket. Leaves out the work (`../migrate`).
 */
import { Command } from 'commander';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { formatBytes } from '../terminal/format-bytes.js';
import { writeOutput } from '../terminal/standard-output.js';

interface MigrateOptions {
  readonly from: string;
  readonly to: string;
  readonly json?: true;
  readonly quiet?: true;
}

/** Builds the command. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .summary('move a store between a data folder, a database and a bucket')
    .description(
      'Moves a store, with versions, uploads, accounts and keys, to where another configuration keeps it. Servers of both sides must be stopped. The source stays as it is; the target is no store before everything is there and compared. Run it again when it was broken off: it goes on where it was.',
    )
    .requiredOption('--from <PLACE>', 'configuration file of the server of today, or its data folder')
    .requiredOption(
      '--to <PLACE>',
      'configuration file of the server to come, or its data folder; the places are empty',
    )
    .option('--json', 'one JSON object')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      '\nExamples:\n  annals migrate --from /srv/annals --to /etc/annals/gateway.yaml\n  annals migrate --from /etc/annals/gateway.yaml --to /srv/annals-back',
    )
    .action(migrate);
}

async function migrate({ from, to, json, quiet }: MigrateOptions): Promise<void> {
  // Loaded only now: no other command needs the engines.
  const { findMigrationPlace } = await import('../migrate/migration-place.js');
  const { runMigrate } = await import('../migrate/run-migrate.js');
  const places = {
    from: await findMigrationPlace('--from', from, { mustExist: true }),
    to: await findMigrationPlace('--to', to, { mustExist: false }),
  };
  if (places.from.folder === places.to.folder) {
    throw new CommandFailure(`Cannot use --to "${to}": its data folder is that of --from, ${places.from.folder}`, {
      exitCode: EXIT_CODES.usage,
    });
  }
  const { store, keys } = await runMigrate(places, quiet === true);
  if (json === true) {
    const document = { from: places.from.name, to: places.to.name, isComplete: true, ...store, keys };
    return writeOutput(`${JSON.stringify(document)}\n`);
  }
  const what =
    store === undefined
      ? 'everything was there already'
      : `${store.rowCount} rows (SHA-256 ${store.rowDigest}), ${store.blobCount} bodies (${formatBytes(store.blobLength)}), all compared`;
  await writeOutput(`migrated ${places.from.name} to ${places.to.name}: ${what}\n`);
  for (const path of keys.copied) {
    // A gateway does not look for it in its folder.
    const isNeeded = places.to.metadata.kind !== 'lmdb' && path === places.to.keys.masterKey;
    const use = isNeeded ? ': every gateway needs it, as master-key-file or ANNALS_MASTER_KEY' : '';
    await writeOutput(`copied a key to ${path}${use}\n`);
  }
  for (const path of keys.different) await writeOutput(`left ${path} alone: it is not the key of the source\n`);
}
