/**
 * `annals fsck`: checks a data folder or database whose servers are stopped, puts right what takes no guessing, and
 * takes that back. Leaves out the checks (`@annals/store`).
 */
import { Command } from 'commander';
import type { FsckOptions } from '../fsck/fsck-options.js';
import { MASTER_KEY_VARIABLE } from '../serve/master-key-variable.js';

/** Builds the command. */
export function fsckCommand(): Command {
  return new Command('fsck')
    .summary('check a store')
    .description(
      'Checks a data folder while no server uses it, or a store whose rows lie in a database while no gateway serves it: every checksum, every reference, every counter, all bytes of all objects, and the chain of the audit log. Names the objects that are hit. Ends with 0 when nothing is wrong, 1 when something is, 2 when it could not begin.',
    )
    .argument('[dir]', 'data folder; may be left out where --config names it')
    .option('--config <FILE>', 'configuration of the server, which names the places and files of keys')
    .option(
      '--metadata <PLACE>',
      'place of the rows, as the setting storage.metadata has it; wins over the configuration',
    )
    .option(
      '--blobs <PLACE>',
      'place of the large bodies, as the setting storage.blobs has it; without it the one that the rows name',
    )
    .option('--json', 'print one JSON document per line: each finding, then a summary')
    .option(
      '--repair',
      'put right what takes no guessing; what is changed is first written to a file in the data folder',
    )
    .option('--compact', 'when nothing is wrong, make the file of rows as short as its rows')
    .option('--undo <FILE>', 'take back what --repair did, as that file has it; checks nothing')
    .option('--master-key-file <FILE>', "file of the master key, when it is not the data folder's own")
    .option('--kms-folder <DIR>', "folder of the KMS keys, when it is not the data folder's own")
    .option(
      '--audit-since <HASH>',
      'hash of the audit record before the first, where older files of the log were moved elsewhere',
    )
    .addHelpText(
      'after',
      `
Environment:
  ${MASTER_KEY_VARIABLE}
      As for "annals serve". Without the keys, of encrypted objects only the checksums of what is stored are checked.

Examples:
  annals fsck /srv/annals
  annals fsck --json /srv/annals > report.jsonl
  annals fsck --repair /srv/annals
  annals fsck --config /etc/annals.yaml`,
    )
    .action(async (folder: string | undefined, options: FsckOptions) => {
      // Loaded only now: no other command needs the engines.
      const { runFsck } = await import('../fsck/run-fsck.js');
      process.exitCode = await runFsck(folder, options);
    });
}
