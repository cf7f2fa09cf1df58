/** `annals cp` and `annals mv`: files to objects, objects to files, objects to objects; one, or all below a place. */
import { rm, stat } from 'node:fs/promises';
import type { Client } from '@annals/client';
import { Command } from 'commander';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import { connect } from '../connect.js';
import { contentTypeOf } from '../content-type.js';
import { StopRequest } from '../stop-request.js';
import { writeOutput } from '../terminal/standard-output.js';
import { listItems } from '../transfer/list-items.js';
import { isTaken } from '../transfer/name-filter.js';
import {
  describePlace,
  endsAsFolder,
  listedPlace,
  nameOfPlace,
  type Place,
  parsePlace,
  placeBelow,
} from '../transfer/place.js';
import { type Job, unreadableJob } from '../transfer/run-transfers.js';
import { type TransferOptions, transferItem } from '../transfer/transfer-item.js';
import { runTransferCommand, type TransferCommandOptions, withTransferOptions } from '../transfer/transfer-options.js';

interface CopyOptions extends TransferCommandOptions {
  readonly recursive?: true;
}

/** Builds `annals cp`. */
export function cpCommand(): Command {
  return withTransferOptions(new Command('cp'))
    .summary('copy files and objects, in either direction or within a server')
    .description(
      'Copies a file to an object, an object to a file, or an object to another; with -r everything below a place. Large ones go in parts side by side and are checked by CRC-64; an interrupted copy goes on when the command is given again.',
    )
    .argument('<source>', 'path, oss://BUCKET/KEY, or - for standard input')
    .argument('<target>', 'path, oss://BUCKET/KEY, or - for standard output')
    .option('-r, --recursive', 'everything below the source')
    .addHelpText(
      'after',
      '\nExamples:\n  annals cp film.mp4 oss://films/\n  annals cp -r --include "*.log" /var/log oss://logs/host-1\n  annals cp -r oss://logs/host-1 ./host-1\n  pg_dump db | annals cp - oss://dumps/db.sql',
    )
    .action((source: string, target: string, options: CopyOptions) => copy(source, target, options, false));
}

/** Builds `annals mv`. */
export function mvCommand(): Command {
  return withTransferOptions(new Command('mv'))
    .summary('move files and objects: copy them, then remove the source')
    .description('Copies as cp does, and removes each source once its copy is durable.')
    .argument('<source>', 'path or oss://BUCKET/KEY')
    .argument('<target>', 'path or oss://BUCKET/KEY')
    .option('-r, --recursive', 'everything below the source')
    .addHelpText(
      'after',
      '\nExamples:\n  annals mv oss://logs/app.log oss://archive/app.log\n  annals mv -r ./done oss://archive/done',
    )
    .action((source: string, target: string, options: CopyOptions) => copy(source, target, options, true));
}

/** Other names of standard input and output. */
const INPUT_NAMES: ReadonlySet<string> = new Set(['/dev/stdin', '/dev/fd/0']);
const OUTPUT_NAMES: ReadonlySet<string> = new Set(['/dev/stdout', '/dev/fd/1']);

async function copy(from: string, to: string, options: CopyOptions, isMove: boolean): Promise<void> {
  const client = connect(options);
  const sourceText = INPUT_NAMES.has(from) ? '-' : from;
  const targetText = OUTPUT_NAMES.has(to) ? '-' : to;
  if (sourceText === '-' || targetText === '-') return copyStream(client, sourceText, targetText, options, isMove);
  const source = parsePlace(sourceText);
  const target = parsePlace(targetText);
  if (source.kind === 'local' && target.kind === 'local') {
    throw usage(`Cannot copy ${sourceText} to ${targetText}: expected oss://... at one end at least`);
  }
  const isRecursive = options.recursive === true;
  const total = isRecursive ? undefined : await lengthOfOne(client, source, isMove);
  const finalTarget = isRecursive ? target : await targetOfOne(source, target);
  await runTransferCommand(client, options, { label: isMove ? 'mv' : 'cp', total }, (transfer, bar) =>
    isRecursive
      ? jobsBelow({ source, target, options, isMove, transfer }, (message) => bar.tell(`annals: ${message}`))
      : oneJob(makeJob(source, finalTarget, transfer, isMove)),
  );
}

/** Bytes of a single source; `undefined` where only its end tells. @throws {CommandFailure} It is none. */
async function lengthOfOne(client: Client, source: Place, isMove: boolean): Promise<number | undefined> {
  const verb = isMove ? 'move' : 'copy';
  const text = describePlace(source);
  if (source.kind === 'remote') {
    if (endsAsFolder(source)) throw usage(`Cannot ${verb} ${text}: expected a key, or -r for all below a prefix`);
    return (await client.headObject(source.url)).length;
  }
  const facts = await stat(source.path).catch(() => undefined);
  if (facts === undefined) throw new CommandFailure(`Cannot read ${text}: there is no such file`);
  if (facts.isDirectory()) throw usage(`Cannot ${verb} ${text}: it is a folder; -r takes what is in it`);
  if (facts.isFile()) return facts.size === 0 ? undefined : facts.size;
  if (isMove) throw usage(`Cannot move ${text}: it is no regular file; cp copies what comes out of it`);
  return undefined;
}

/** A target that is a folder gets the source's name below it. */
async function targetOfOne(source: Place, target: Place): Promise<Place> {
  const isFolder =
    endsAsFolder(target) ||
    (target.kind === 'local' && (await stat(target.path).catch(() => undefined))?.isDirectory() === true);
  return isFolder ? placeBelow(target, nameOfPlace(source)) : target;
}

async function* oneJob(job: Job): AsyncGenerator<Job, void, void> {
  yield job;
}

interface RecursiveCopy {
  readonly source: Place;
  readonly target: Place;
  readonly options: CopyOptions;
  readonly isMove: boolean;
  readonly transfer: TransferOptions;
}

async function* jobsBelow(
  { source, target, options, isMove, transfer }: RecursiveCopy,
  warn: (message: string) => void,
): AsyncGenerator<Job, void, void> {
  let count = 0;
  const unreadable: Job[] = [];
  const notes = { warn, unreadable: (path: string, failure: Error) => unreadable.push(unreadableJob(path, failure)) };
  for await (const { name } of listItems(transfer, source, notes)) {
    count += 1;
    if (!isTaken(options, name)) continue;
    yield makeJob(listedPlace(source, name), () => placeBelow(target, name), transfer, isMove);
  }
  yield* unreadable;
  if (count === 0) warn(`there is nothing below ${describePlace(source)}`);
}

/** @param target Where it goes; a function, where finding that out may fail for this one alone. */
function makeJob(source: Place, target: Place | (() => Place), transfer: TransferOptions, isMove: boolean): Job {
  const verb = isMove ? 'move' : 'copy';
  const name = typeof target === 'function' ? describeOrNothing(target) : describePlace(target);
  return {
    description: `${verb} ${describePlace(source)} to ${name}`,
    facts: { action: verb, source: describePlace(source), target: name },
    async run(signal) {
      const place = typeof target === 'function' ? target() : target;
      if (describePlace(place) === describePlace(source)) {
        throw new CommandFailure(`Cannot ${verb} ${describePlace(source)}: source and target are the same`);
      }
      await transferItem(source, place, transfer, signal);
      if (!isMove) return;
      if (source.kind === 'local') await rm(source.path);
      else await transfer.client.deleteObject({ ...source.url, signal });
    },
  };
}

function describeOrNothing(target: () => Place): string {
  try {
    return describePlace(target());
  } catch {
    return '(no place)';
  }
}

async function copyStream(
  client: Client,
  sourceText: string,
  targetText: string,
  options: CopyOptions,
  isMove: boolean,
): Promise<void> {
  if (isMove || options.recursive === true || sourceText === targetText) {
    throw usage('Cannot use - here: expected standard input or output at one end, of a single object');
  }
  const isJson = options.json === true;
  const place = parsePlace(sourceText === '-' ? targetText : sourceText);
  if (place.kind === 'local' || endsAsFolder(place))
    throw usage('Cannot use -: expected oss://BUCKET/KEY at the other end');
  if (options.dryRun === true) {
    const facts = { action: 'copy', source: sourceText, target: targetText, dryRun: true };
    return writeOutput(`${isJson ? JSON.stringify(facts) : `would copy ${sourceText} to ${targetText}`}\n`);
  }
  if (targetText === '-') {
    const { body } = await client.getObject(place.url);
    for await (const chunk of body) await writeOutput(chunk);
    return;
  }
  const contentType = options.contentType ?? contentTypeOf(place.url.key);
  // A stream cannot be continued, so a signal gives the upload up at the server.
  const stop = new StopRequest(() => undefined);
  const { length } = await client
    .upload({
      ...place.url,
      source: process.stdin,
      signal: stop.signal,
      ...(contentType !== undefined && { contentType }),
      ...(!options.clobber && { forbidOverwrite: true }),
      ...(options.partSize !== undefined && { partBytes: options.partSize }),
    })
    .catch((error: unknown) => {
      if (stop.signalName === undefined) throw error;
      const message = `${stop.signalName} stopped it: ${describePlace(place)} is as it was`;
      throw new CommandFailure(message, { exitCode: stop.exitCode, cause: error });
    });
  const facts = { action: 'copy', source: '-', target: describePlace(place), length, dryRun: false };
  await writeOutput(isJson ? `${JSON.stringify(facts)}\n` : `copied ${length} bytes to ${facts.target}\n`);
}

function usage(message: string): CommandFailure {
  return new CommandFailure(message, { exitCode: EXIT_CODES.usage });
}
