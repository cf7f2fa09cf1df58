/** `annals backup`: copies everything of a store to a folder or bucket, and looks after what is there. */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { requireKeyPair } from '../admin/admin-client.js';
import type { BackupSource } from '../backup/backup-source.js';
import { openTarget, type TargetOptions } from '../backup/open-target.js';
import { lineProgress, type Progress } from '../backup/progress.js';
import { CommandFailure, describeError } from '../command-failure.js';
import { parseSize, SIZE_FORM } from '../configuration/quantities.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect.js';
import { formatBytes } from '../terminal/format-bytes.js';
import { writeOutput } from '../terminal/standard-output.js';

interface CreateOptions extends ConnectionOptions, TargetOptions {
  readonly data?: string;
  readonly rate?: number;
  readonly readBack: boolean;
  readonly quiet?: true;
  readonly json?: true;
}

/** Builds the command. */
export function backupCommand(): Command {
  const command = new Command('backup')
    .summary('back up a store, and look after backups')
    .description(
      'Backups of everything that a store holds: in a folder, or in a bucket that speaks the OSS or S3 protocol.\nKeys of a target come from ANNALS_TARGET_ACCESS_KEY_ID and ANNALS_TARGET_ACCESS_KEY_SECRET, else from OSS_... or AWS_....',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  annals backup create /backups/annals\n  annals backup list /backups/annals\n  annals backup verify --deep /backups/annals\n  annals backup prune --keep 7 --dry-run /backups/annals',
    );
  for (const below of [createCommand(), listCommand(), verifyCommand(), pruneCommand()]) command.addCommand(below);
  return command;
}

function createCommand(): Command {
  return withTargetOptions(withConnectionOptions(new Command('create')))
    .summary('make a backup')
    .description(
      'Backs up a running server, or with --data a store that no server has open. Only what earlier backups in the target lack is sent.',
    )
    .argument('<target>', 'FOLDER, oss://BUCKET/PREFIX or s3://BUCKET/PREFIX')
    .option('--data <folder>', 'back up this data folder of a stopped server')
    .addOption(new Option('--rate <size>', 'bytes to send in a second at most').argParser(readRate))
    .option('--no-read-back', 'do not read again what was written; its checksum is compared by the service alone')
    .option('--json', 'one JSON object')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      '\nExamples:\n  annals backup create /backups/annals\n  annals backup create --rate 20MiB s3://backups/annals\n  annals backup create --data /srv/annals oss://backups/annals',
    )
    .action(create);
}

function listCommand(): Command {
  return withTargetOptions(new Command('list'))
    .summary('list the backups of a target')
    .description('Lists the backups of a target, the oldest first, with their moments and sizes.')
    .argument('<target>')
    .option('--json', 'one JSON object per line')
    .addHelpText('after', '\nExample:\n  annals backup list /backups/annals')
    .action(list);
}

function verifyCommand(): Command {
  return withTargetOptions(new Command('verify'))
    .summary('look whether backups are whole')
    .description(
      'Looks whether all files of the backups are there; with --deep reads them. Ends with 1 when one is damaged.',
    )
    .argument('<target>')
    .option('--backup <id>', 'only this one')
    .option('--deep', 'read everything and compare every checksum')
    .option('--json', 'one JSON object for each backup')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nExample:\n  annals backup verify --deep /backups/annals')
    .action(verify);
}

function pruneCommand(): Command {
  return withTargetOptions(new Command('prune'))
    .summary('delete old backups')
    .description('Deletes all but the newest backups, and the files that none of those needs.')
    .argument('<target>')
    .addOption(
      new Option('--keep <count>', 'how many of the newest to keep').argParser(readCount).makeOptionMandatory(),
    )
    .option('--dry-run', 'only say what would be deleted')
    .option('--json', 'one JSON object')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nExample:\n  annals backup prune --keep 7 --dry-run /backups/annals')
    .action(prune);
}

/** Adds what says where the service of a target is. */
export function withTargetOptions(command: Command): Command {
  return command
    .option('--target-endpoint <url>', "the target's service (default: OSS_ENDPOINT or AWS_ENDPOINT_URL)")
    .option('--target-region <name>', 'its region (default: OSS_REGION or AWS_REGION)');
}

async function create(place: string, options: CreateOptions): Promise<void> {
  const { runBackup } = await import('../backup/run-backup.js');
  const target = await openTarget(place, options);
  const { rate, readBack } = options;
  const progress = progressOf(options);
  const manifest = await explained(() =>
    runBackup({
      openSource: () => openSource(options),
      target,
      isReadBack: readBack,
      progress,
      ...(rate !== undefined && { bytesPerSecond: rate }),
    }),
  );
  progress.end();
  const { id, momentAtMs, rowCount, blobCount, blobLength, damaged } = manifest;
  const facts = { id, moment: timeOf(momentAtMs), rowCount, blobCount, blobLength, damagedCount: damaged.length };
  await writeOutput(`${options.json === true ? JSON.stringify(facts) : id}\n`);
  if (manifest.damaged.length > 0) {
    throw new CommandFailure(
      `Backup ${manifest.id} lacks ${manifest.damaged.length} blobs that the store cannot read; "annals backup verify" names the objects`,
    );
  }
}

async function openSource({ data, ...connection }: CreateOptions): Promise<BackupSource> {
  if (data === undefined) {
    const { openServerSource } = await import('../backup/server-source.js');
    return openServerSource(requireKeyPair(connection));
  }
  const { openStoreSource } = await import('../backup/store-source.js');
  return openStoreSource(resolve(data));
}

const timeOf = (atMs: number): string => new Date(atMs).toISOString();

async function list(place: string, options: TargetOptions & { json?: true }): Promise<void> {
  const { BackupReader, listBackups } = await import('../backup/backup-reader.js');
  const target = await openTarget(place, options);
  const reader = new BackupReader(target);
  await explained(async () => {
    for (const id of await listBackups(target)) {
      const { momentAtMs, rowCount, blobCount, blobLength } = await reader.manifest(id);
      const moment = timeOf(momentAtMs);
      await writeOutput(
        options.json === true
          ? `${JSON.stringify({ id, moment, rowCount, blobCount, blobLength })}\n`
          : `${id}\t${moment}\t${rowCount} rows\t${blobCount} blobs\t${formatBytes(blobLength)}\n`,
      );
    }
  });
}

async function verify(
  place: string,
  options: TargetOptions & { backup?: string; deep?: true; quiet?: true; json?: true },
): Promise<void> {
  const { listBackups } = await import('../backup/backup-reader.js');
  const { verifyBackups } = await import('../backup/verify-backup.js');
  const target = await openTarget(place, options);
  const progress = progressOf(options);
  const outcomes = await explained(async () =>
    verifyBackups(target, options.backup === undefined ? await listBackups(target) : [options.backup], {
      isDeep: options.deep === true,
      progress,
    }),
  );
  progress.end();
  for (const { backupId, problems, chunkCount } of outcomes) {
    if (options.json === true) {
      const facts = { id: backupId, isWhole: problems.length === 0, chunkCount, problems };
      await writeOutput(`${JSON.stringify(facts)}\n`);
      continue;
    }
    if (problems.length === 0) await writeOutput(`${backupId}: right, ${chunkCount} files\n`);
    for (const problem of problems) await writeOutput(`${backupId}: ${problem}\n`);
  }
  const badCount = outcomes.filter(({ problems }) => problems.length > 0).length;
  if (badCount > 0)
    throw new CommandFailure(`${badCount} of ${outcomes.length} backups in ${target.place} are damaged`);
  if (outcomes.length === 0) throw new CommandFailure(`There is no backup in ${target.place}`);
}

async function prune(
  place: string,
  options: TargetOptions & { keep: number; dryRun?: true; quiet?: true; json?: true },
): Promise<void> {
  const { pruneBackups } = await import('../backup/prune-backups.js');
  const target = await openTarget(place, options);
  const progress = progressOf(options);
  const isDryRun = options.dryRun === true;
  const outcome = await explained(() => pruneBackups(target, { keptCount: options.keep, isDryRun, progress }));
  progress.end();
  if (options.json === true) return writeOutput(`${JSON.stringify({ ...outcome, dryRun: isDryRun })}\n`);
  const verb = isDryRun ? 'would delete' : 'deleted';
  for (const id of outcome.deletedIds) await writeOutput(`${verb} ${id}\n`);
  await writeOutput(
    `${verb} ${outcome.chunkCount} files (${formatBytes(outcome.chunkLength)}), kept ${outcome.keptIds.length} backups\n`,
  );
}

/** @returns Lines on standard error, or nothing. */
export function progressOf({ quiet }: { readonly quiet?: true }): Progress {
  return lineProgress(quiet === true ? () => undefined : (line) => process.stderr.write(`${line}\n`));
}

/**
 * What a target or a backup says of itself is enough; a stack would not help.
 * @param attempt What the store was needed for, such as "Cannot restore into FOLDER": its own words name no folder.
 * @throws {CommandFailure} In place of what the target, the backup or the store says of itself; other errors pass.
 */
export async function explained<Result>(work: () => Promise<Result>, attempt?: string): Promise<Result> {
  const { BackupDamaged } = await import('../backup/backup-format.js');
  const { BackupTargetFailed } = await import('../backup/backup-target.js');
  const { DataFolderLocked, isFailure } = await import('@annals/store');
  try {
    return await work();
  } catch (error) {
    if (error instanceof BackupDamaged || error instanceof BackupTargetFailed)
      throw new CommandFailure(error.message, { cause: error });
    if (error instanceof DataFolderLocked) {
      throw new CommandFailure(
        `Cannot use the data folder: process ${error.holderProcessId} has it open; wait for it or stop it, or back up a running server without --data`,
        { cause: error },
      );
    }
    if (isFailure(error)) {
      const reason = describeError(error.cause ?? error);
      throw new CommandFailure(attempt === undefined ? reason : `${attempt}: ${reason}`, { cause: error });
    }
    throw error;
  }
}

function readRate(text: string): number {
  const rate = parseSize(text);
  if (rate === undefined || rate < 1) throw new InvalidArgumentError(`expected ${SIZE_FORM}.`);
  return rate;
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgumentError('expected a whole number of at least 1.');
  return count;
}
