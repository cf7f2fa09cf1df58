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
  readonly json?: true;
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
    .option('--json', 'one JSON object, with --dry-run one for each object')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      '\nExamples:\n  annals restore --data /srv/annals /backups/annals\n  annals restore --data ./found --bucket logs --prefix host-1/ --dry-run s3://backups/annals',
    )
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
        for await (const object of listRestorable(reader.rows(manifest), bucket, prefix)) {
          await writeLine(options.json === true ? JSON.stringify(object) : `${object.length}\t${object.url}`);
        }
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
      await tell({ id, restored, wrappingKeyIds: manifest.wrappingKeyIds }, options.json === true);
    },
    `Cannot restore into ${resolve(data)}`,
  );
}

interface Restoration {
  readonly id: string;
  /** `undefined`: everything was there already. */
  readonly restored: { readonly rowCount: number; readonly blobCount: number; readonly blobLength: number } | undefined;
  readonly wrappingKeyIds: readonly string[];
}

async function tell({ id, restored, wrappingKeyIds }: Restoration, isJson: boolean): Promise<void> {
  const { rowCount = 0, blobCount = 0, blobLength = 0 } = restored ?? {};
  if (isJson) return writeLine(JSON.stringify({ id, rowCount, blobCount, blobLength, wrappingKeyIds }));
  const what = `${rowCount} rows, ${blobCount} blobs (${formatBytes(blobLength)})`;
  await writeLine(`restored ${id}: ${restored === undefined ? 'everything was there already' : what}`);
  if (wrappingKeyIds.length === 0) return;
  await writeLine(
    `encrypted objects and secrets of users need the keys with the ids ${wrappingKeyIds.join(', ')}: put the master key and the kms folder of the original where the server looks for them, before it starts`,
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
