/**
 * `annals restore`: makes a data folder out of a backup, whole or of one bucket and prefix; or brings objects back into
 * a running server.
 */
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { openTarget, type TargetOptions } from '../backup/open-target.js';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { parseSize, SIZE_FORM } from '../configuration/quantities.js';
import { formatBytes } from '../terminal/format-bytes.js';
import { explained, progressOf, withTargetOptions } from './backup.js';

interface RestoreOptions extends TargetOptions {
  readonly data: string;
  readonly backup?: string;
  readonly bucket?: string;
  readonly prefix?: string;
  readonly rate?: number;
  readonly dryRun?: true;
  readonly quiet?: true;
}

/** Builds the command. */
export function restoreCommand(): Command {
  return withTargetOptions(new Command('restore'))
    .summary('make a data folder out of a backup')
    .description(
      'Makes a data folder out of a backup. Run it again when it was broken off: it goes on where it was.\nMaster and KMS keys, and the root key pair, are in no backup: put them where the server looks for them.',
    )
    .argument('<target>', 'FOLDER, oss://BUCKET/PREFIX or s3://BUCKET/PREFIX')
    .requiredOption('--data <folder>', 'an empty folder, or one that a restoration was broken off in')
    .option('--backup <id>', 'which one (default: the newest)')
    .option('--bucket <name>', 'only this bucket, with the versions of its objects')
    .option('--prefix <text>', 'only objects whose keys begin so; with --bucket')
    .addOption(new Option('--rate <size>', 'bytes to restore in a second at most').argParser(readRate))
    .option('--dry-run', 'only list the objects that would be restored')
    .option('--quiet', 'no progress')
    .action(restore);
}

async function restore(place: string, options: RestoreOptions): Promise<void> {
  const { data, bucket, prefix = '', rate, dryRun } = options;
  if (options.prefix !== undefined && bucket === undefined) {
    throw new CommandFailure('Cannot restore a prefix alone: name its bucket with --bucket', {
      exitCode: EXIT_CODES.usage,
    });
  }
  const { BackupReader, listBackups } = await import('../backup/backup-reader.js');
  const { restoreStore } = await import('../backup/restore-store.js');
  const { listRestorable } = await import('../backup/list-restorable.js');
  const progress = progressOf(options);
  await explained(
    async () => {
      const target = await openTarget(place, options);
      const id = options.backup ?? (await listBackups(target)).at(-1);
      if (id === undefined) throw new CommandFailure(`Cannot restore: there is no backup in ${target.place}`);
      const reader = new BackupReader(target);
      const manifest = await reader.manifest(id);
      if (dryRun === true) {
        for await (const line of listRestorable(reader.rows(manifest), bucket, prefix)) await writeLine(line);
        return;
      }
      const restored = await restoreStore({
        reader,
        manifest,
        folder: resolve(data),
        progress,
        ...(bucket !== undefined && { only: { bucket, prefix } }),
        ...(rate !== undefined && { bytesPerSecond: rate }),
      });
      progress.end();
      await writeLine(
        restored === undefined
          ? `restored ${id}: everything was there already`
          : `restored ${id}: ${restored.rowCount} rows, ${restored.blobCount} blobs (${formatBytes(restored.blobLength)})`,
      );
      if (manifest.wrappingKeyIds.length > 0) {
        await writeLine(
          `encrypted objects and secrets of users need the keys with the ids ${manifest.wrappingKeyIds.join(', ')}: put the master key and the kms folder of the original where the server looks for them, before it starts`,
        );
      }
    },
    `Cannot restore into ${resolve(data)}`,
  );
}

async function writeLine(line: string): Promise<void> {
  const { writeOutput } = await import('../terminal/standard-output.js');
  await writeOutput(`${line}\n`);
}

function readRate(text: string): number {
  const rate = parseSize(text);
  if (rate === undefined || rate < 1) throw new InvalidArgumentError(`expected ${SIZE_FORM}.`);
  return rate;
}
