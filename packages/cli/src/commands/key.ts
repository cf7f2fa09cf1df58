/**
 * `annals key`: versions of the keys that wrap the data keys of encrypted objects. Works on files: the server takes
 * them up when it is started.
 */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { CommandFailure } from '../command-failure.js';
import { writeOutput } from '../terminal/standard-output.js';

interface RotateOptions {
  readonly data: string;
  readonly file?: string;
  readonly json?: true;
}

/** Builds the command. */
export function keyCommand(): Command {
  const rotate = new Command('rotate')
    .summary('give a key a new version')
    .description(
      'Gives the master key, or the KMS key NAME, a new version, and makes a KMS key that does not exist yet. The server must be stopped, so that the audit log has it. From its next start on it wraps new data keys with it and, in the background, those there are; it logs when the versions before are needed no more.',
    )
    .argument('[name]', 'KMS key; without it the master key')
    .option('--data <DIR>', 'data folder', './annals-data')
    .option('--file <FILE>', 'file of the key, when it is not in the data folder')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  annals key rotate --data /srv/annals\n  annals key rotate payroll --data /srv/annals',
    )
    .action(rotateKey);
  return new Command('key')
    .summary('manage encryption keys')
    .description('Manages the keys that objects are encrypted with.')
    .addHelpText('after', '\nExample:\n  annals key rotate --data /srv/annals')
    .addCommand(rotate.exitOverride());
}

async function rotateKey(name: string | undefined, { data, file, json }: RotateOptions): Promise<void> {
  // Loaded only now: no other command needs the server.
  const { addKeyVersion, KMS_FOLDER_NAME, kmsKeyPath, MASTER_KEY_FILE_NAME, MasterKeyUnavailable } = await import(
    '@annals/server'
  );
  const folder = resolve(data);
  try {
    if (file === undefined) await requireFolder(folder);
    const own =
      name === undefined ? join(folder, MASTER_KEY_FILE_NAME) : kmsKeyPath(join(folder, KMS_FOLDER_NAME), name);
    const path = file === undefined ? own : resolve(file);
    const { rotateRecorded } = await import('../serve/rotate-recorded.js');
    const versionCount = await rotateRecorded(folder, { name, path }, () => addKeyVersion(path));
    const line = `${path}: ${versionCount} ${versionCount === 1 ? 'version' : 'versions'}`;
    await writeOutput(`${json === true ? JSON.stringify({ action: 'rotate', path, versionCount }) : line}\n`);
  } catch (error) {
    if (error instanceof MasterKeyUnavailable || error instanceof RangeError) {
      throw new CommandFailure(error.message, { cause: error });
    }
    throw error;
  }
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new CommandFailure(`Cannot find the data folder ${folder}: name it with --data`);
}
