/** `annals sync`: makes a target have what a source has, in either direction or within a server. */
import { rm, utimes } from 'node:fs/promises';
import { removeDownloadRemains } from '@annals/client/node';
import { Command } from 'commander';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { connect } from '../connect.js';
import { type Item, listItems } from '../transfer/list-items.js';
import { isTaken } from '../transfer/name-filter.js';
import { describePlace, listedPlace, type Place, parsePlace, placeBelow } from '../transfer/place.js';
import { type Job, unreadableJob } from '../transfer/run-transfers.js';
import { type TransferOptions, transferItem } from '../transfer/transfer-item.js';
import { runTransferCommand, type TransferCommandOptions, withTransferOptions } from '../transfer/transfer-options.js';

interface SyncOptions extends TransferCommandOptions {
  readonly delete?: true;
}

/** Builds the command. */
export function syncCommand(): Command {
  return withTransferOptions(new Command('sync'))
    .summary('make a target have what a source has')
    .description(
      'Copies what is missing at the target, has another length there, or changed at the source since; with --delete also removes what the source does not have. Given again after an interruption it goes on.',
    )
    .argument('<source>', 'folder or oss://BUCKET/PREFIX')
    .argument('<target>', 'folder or oss://BUCKET/PREFIX')
    .option('--delete', 'remove what the source does not have')
    .addHelpText(
      'after',
      '\nExamples:\n  annals sync ./site oss://www\n  annals sync --dry-run --delete oss://logs/host-1 ./host-1\n  annals sync --exclude "*.tmp" ./recordings oss://recordings/2026',
    )
    .action(sync);
}

async function sync(sourceText: string, targetText: string, options: SyncOptions): Promise<void> {
  const [source, target] = [parsePlace(sourceText), parsePlace(targetText)];
  if (source.kind === 'local' && target.kind === 'local') {
    throw new CommandFailure(`Cannot sync ${sourceText} with ${targetText}: expected oss://... at one end at least`, {
      exitCode: EXIT_CODES.usage,
    });
  }
  await runTransferCommand(connect(options), options, { label: 'sync', total: undefined }, (transfer, bar) =>
    syncJobs({ source, target, options, transfer }, (message) => bar.tell(`annals: ${message}`)),
  );
}

interface Sync {
  readonly source: Place;
  readonly target: Place;
  readonly options: SyncOptions;
  readonly transfer: TransferOptions;
}

async function* syncJobs(
  { source, target, options, transfer }: Sync,
  warn: (message: string) => void,
): AsyncGenerator<Job, void, void> {
  const there = new Map<string, Item>();
  for await (const item of listTarget({ target, transfer, isDryRun: options.dryRun === true }, warn)) {
    if (isTaken(options, item.name)) there.set(item.name, item);
  }
  let isIncomplete = false;
  let sourceCount = 0;
  const unreadable: Job[] = [];
  const notes = {
    warn(message: string) {
      isIncomplete = true;
      warn(message);
    },
    unreadable(path: string, failure: Error) {
      isIncomplete = true;
      unreadable.push(unreadableJob(path, failure));
    },
  };
  for await (const item of listItems(transfer, source, notes)) {
    sourceCount += 1;
    if (!isTaken(options, item.name)) continue;
    const found = there.get(item.name);
    there.delete(item.name);
    if (found !== undefined && isCurrent(found, item)) continue;
    yield copyJob(source, target, item, transfer);
  }
  yield* unreadable;
  if (sourceCount === 0) warn(`there is nothing below ${describePlace(source)}`);
  if (options.delete !== true) return;
  // A name that was mistyped must not empty the target.
  if (sourceCount === 0 && there.size > 0) {
    throw new CommandFailure(`Cannot remove everything below ${describePlace(target)}: use "annals rm -r" for that`);
  }
  // What could not be read may well be at the source.
  if (isIncomplete) throw new CommandFailure('Cannot remove anything: not everything at the source could be read');
  for (const { name } of there.values()) yield deleteJob(target, name, transfer);
}

/** Servers tell times in whole seconds. */
function isCurrent(found: Item, wanted: Item): boolean {
  const changedAtMs = Math.floor(wanted.changedAtMs / 1000) * 1000;
  return found.length === wanted.length && found.changedAtMs >= changedAtMs;
}

/** A target that does not exist yet is empty. */
async function* listTarget(
  { target, transfer, isDryRun }: Pick<Sync, 'target' | 'transfer'> & { readonly isDryRun: boolean },
  warn: (message: string) => void,
): AsyncGenerator<Item, void, void> {
  try {
    yield* listItems(transfer, target, { warn, unreadable: raise, ...(!isDryRun && { remains: removeRemains }) });
  } catch (error) {
    if (target.kind === 'remote' || !(error instanceof CommandFailure)) throw error;
    const { cause } = error;
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw error;
  }
}

/** A file that is whole is not downloaded again, so nothing else removes them. They harm nobody. */
async function removeRemains(path: string): Promise<void> {
  await removeDownloadRemains(path).catch(() => undefined);
}

/** What cannot be seen at the target would be copied again, or kept when it is to be removed. */
function raise(_path: string, failure: Error): never {
  throw failure;
}

function copyJob(source: Place, target: Place, item: Item, transfer: TransferOptions): Job {
  const { name, changedAtMs, length } = item;
  const from = listedPlace(source, name);
  return {
    description: `copy ${describePlace(from)} to ${describePlace(target)}`,
    facts: { action: 'copy', source: describePlace(from), name, length },
    async run(signal) {
      const to = placeBelow(target, name);
      await transferItem(from, to, transfer, signal);
      // So that a look at the folder, and a sync in the other direction, see when the content is from.
      if (to.kind === 'local') await utimes(to.path, new Date(), new Date(changedAtMs));
    },
  };
}

function deleteJob(target: Place, name: string, { client }: TransferOptions): Job {
  const place = listedPlace(target, name);
  return {
    description: `remove ${describePlace(place)}`,
    facts: { action: 'remove', target: describePlace(place) },
    async run(signal) {
      if (place.kind === 'local') await rm(place.path, { force: true });
      else await client.deleteObject({ ...place.url, signal });
    },
  };
}
