/**
 * One run of `annals fsck`: takes the data folder, checks the store, repairs it or takes repairs back, and lets go of
 * the folder.
 */
import { join, resolve } from 'node:path';
import { storedRowChecks } from '@annals/server';
import {
  applyRepair,
  type CheckSummary,
  checkStore,
  claimBlobPlace,
  EngineFailure,
  type Finding,
  isFailure,
  type KeyValueStore,
  openJournaledLmdbKeyValueStore,
  type Repair,
  readBlobPlace,
  reverseOf,
  type StoreFailure,
} from '@annals/store';
import { CommandFailure, describeError, EXIT_CODES } from '../command-failure.js';
import { parseBoundLocation } from '../configuration/blob-location.js';
import type { DatabaseLocation } from '../configuration/metadata-location.js';
import { ClosingStack } from '../serve/closing-stack.js';
import { describeEngineError } from '../serve/describe-engine-error.js';
import { type OpenedBlobs, openBlobs, openBoundBlobs } from '../serve/open-blobs.js';
import { openStoppedDatabase, requireNoGateways } from '../serve/open-stopped-database.js';
import { recordOffline } from '../serve/record-offline.js';
import { takeFolder } from '../serve/take-folder.js';
import { checkFiles } from './check-files.js';
import { checkRows, compactRows } from './check-rows.js';
import { type FsckPlaces, findPlaces } from './find-places.js';
import type { FsckOptions } from './fsck-options.js';
import { FsckOutput } from './fsck-output.js';
import { readUndoLog, writeUndoLog } from './undo-log.js';

const AUDIT_HASH = /^[0-9a-f]{64}$/i;

/** Repairs of one run; what is left is found by the next. */
const REPAIR_COUNT_MAX = 100_000;

/**
 * @returns The exit code: 0 when nothing is wrong any more, 1 when something is.
 * @throws {CommandFailure} Exit code 2: the check could not begin.
 */
export async function runFsck(directory: string | undefined, given: FsckOptions): Promise<number> {
  if (given.undo !== undefined && given.repair === true) {
    throw usage('Cannot repair and undo at once: expected one of --repair and --undo');
  }
  if (given.undo !== undefined && given.compact === true) {
    throw usage('Cannot compact and undo at once: expected one of --compact and --undo');
  }
  if (given.auditSince !== undefined && !AUDIT_HASH.test(given.auditSince)) {
    throw usage(`Cannot use --audit-since "${given.auditSince}": expected 64 hex digits`);
  }
  const repairs = given.undo === undefined ? undefined : await readUndoLog(resolve(given.undo));
  const places = await findPlaces(directory, given);
  const { folder, options } = places;
  const output = new FsckOutput(options.json === true);
  const opened = new ClosingStack();
  try {
    await takeFolder(folder, opened).catch((error: unknown) => {
      throw usage(describeError(error), error);
    });
    const run = (): Promise<number> =>
      places.metadata.kind === 'lmdb'
        ? checkFolder(places, repairs, output, opened)
        : checkDatabase(places, places.metadata, repairs, output, opened);
    if (options.repair !== true && options.compact !== true && repairs === undefined) return await run();
    const action = repairs !== undefined ? 'fsck.Undo' : options.repair === true ? 'fsck.Repair' : 'fsck.Compact';
    const detail = { processId: process.pid, ...(options.undo !== undefined && { file: options.undo }) };
    return await recordOffline(folder, { action, detail }, run, () => output.repairs);
  } finally {
    await output.end();
    await opened.closeAll();
  }
}

/** Rows of a database have no file that could be checked; the database looks after its own. */
async function checkDatabase(
  places: FsckPlaces,
  database: DatabaseLocation,
  repairs: readonly Repair[] | undefined,
  output: FsckOutput,
  opened: ClosingStack,
): Promise<number> {
  const purpose = `Cannot check the store of ${places.folder}`;
  const keyValues = await openStoppedDatabase(database, purpose, { makesTables: false });
  opened.push(() => keyValues.close());
  if (repairs !== undefined) return undo(keyValues, repairs, output);
  const location = places.blobs ?? parseBoundLocation(await readBlobPlace(keyValues));
  const openPlace = (): Promise<OpenedBlobs> => openBlobs(places.folder, location, { isMarked: true });
  const exitCode = await check(places, keyValues, openPlace, output, opened);
  // One that came meanwhile has changed rows between two looks at them.
  await requireNoGateways(keyValues, 'Cannot say what is wrong');
  return exitCode;
}

async function checkFolder(
  places: FsckPlaces,
  repairs: readonly Repair[] | undefined,
  output: FsckOutput,
  opened: ClosingStack,
): Promise<number> {
  const { folder, options } = places;
  const { damageCount, isSalvaged } = await checkRows(folder, options, output);
  const keyValues = await openJournaledLmdbKeyValueStore({ directory: join(folder, 'metadata') }).catch(
    (error: unknown) => {
      const reason = error instanceof EngineFailure ? (error.cause ?? error) : error;
      throw new CommandFailure(`Cannot open the rows in ${folder}: ${describeError(reason)}`, { cause: error });
    },
  );
  opened.push(() => keyValues.close());
  if (repairs !== undefined) return undo(keyValues, repairs, output);
  // After rows were lost, an operator must look at the other findings first.
  const { repair: _, ...onlyChecking } = options;
  const openPlace = (): Promise<OpenedBlobs> =>
    places.blobs === undefined ? openBoundBlobs(folder, keyValues) : openBlobs(folder, places.blobs);
  const allowed = isSalvaged ? { ...places, options: onlyChecking } : places;
  const checked = await check(allowed, keyValues, openPlace, output, opened);
  if (damageCount > 0 || checked !== 0) return EXIT_CODES.failed;
  if (options.compact === true) {
    await keyValues.close();
    await compactRows(folder, output);
  }
  return 0;
}

async function check(
  { folder, options }: FsckPlaces,
  keyValues: KeyValueStore,
  openPlace: () => Promise<OpenedBlobs>,
  output: FsckOutput,
  opened: ClosingStack,
): Promise<number> {
  const { blobs, wanted } = await openPlace();
  opened.push(() => blobs.close());
  await claimBlobPlace(keyValues, wanted).catch((error: unknown) => {
    throw usage(`Cannot check ${folder}: ${describeEngineError(error)}`, error);
  });
  const repairs: Repair[] = [];
  let fileCount = 0;
  const onFinding = (finding: Finding): void => {
    output.finding(finding);
    if (finding.repair !== undefined && repairs.length < REPAIR_COUNT_MAX) repairs.push(finding.repair);
  };
  const keyWrapping = await checkFiles(folder, options, (finding) => {
    fileCount += 1;
    onFinding(finding);
  });
  let summary: CheckSummary;
  try {
    summary = await checkStore({
      keyValues,
      blobs,
      callerChecks: storedRowChecks,
      onFinding,
      onProgress: (progress) => output.progress(progress),
      ...(keyWrapping !== undefined && { keyWrapping }),
    });
  } catch (error) {
    if (isFailure(error)) {
      throw new CommandFailure(`Cannot check ${folder} to its end: ${describeReason(error)}`, { cause: error });
    }
    throw usage(describeError(error), error);
  }
  summary = { ...summary, damageCount: summary.damageCount + fileCount };
  output.summary(summary);
  const wrongCount = summary.damageCount + summary.contradictionCount;
  const repairedCount = options.repair === true ? await repair(folder, keyValues, repairs, output) : 0;
  return wrongCount > repairedCount ? EXIT_CODES.failed : 0;
}

async function repair(
  folder: string,
  keyValues: KeyValueStore,
  repairs: readonly Repair[],
  output: FsckOutput,
): Promise<number> {
  if (repairs.length === 0) return 0;
  const path = await writeUndoLog(folder, repairs, Date.now());
  output.action({ undoFile: path }, `Take it back with: annals fsck --undo ${path} ${folder}`);
  return make(keyValues, repairs, output);
}

async function undo(keyValues: KeyValueStore, repairs: readonly Repair[], output: FsckOutput): Promise<number> {
  const reversed = [...repairs].reverse().map(reverseOf);
  return (await make(keyValues, reversed, output)) === reversed.length ? 0 : EXIT_CODES.failed;
}

async function make(keyValues: KeyValueStore, repairs: readonly Repair[], output: FsckOutput): Promise<number> {
  let count = 0;
  for (const one of repairs) {
    if (await applyRepair(keyValues, one)) {
      count += 1;
      output.action({ repaired: one.name }, `Done: ${one.name}`);
    } else {
      output.action({ skipped: one.name }, `Left alone, since the rows have changed: ${one.name}`);
    }
  }
  return count;
}

function describeReason({ reason, cause }: StoreFailure | EngineFailure): string {
  if (reason.kind === 'corrupt') return reason.detail;
  return cause === undefined ? reason.kind : describeError(cause);
}

function usage(message: string, cause?: unknown): CommandFailure {
  return new CommandFailure(message, { exitCode: EXIT_CODES.usage, ...(cause !== undefined && { cause }) });
}
