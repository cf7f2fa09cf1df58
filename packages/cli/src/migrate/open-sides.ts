/** Opens the two sides of a migration, each for this process alone. Leaves out what is moved. */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AUDIT_FOLDER_NAME, KMS_FOLDER_NAME, MASTER_KEY_FILE_NAME } from '@annals/server';
import {
  DataFolderLocked,
  type KeyValueStore,
  lockDataFolder,
  type MigrationSide,
  openJournaledLmdbKeyValueStore,
  readBlobPlace,
  readStoreId,
  verifyBlobPlace,
  type WantedPlace,
} from '@annals/store';
import { readRestoreMark } from '../backup/restore-marker.js';
import { CommandFailure, describeError, EXIT_CODES } from '../command-failure.js';
import { parseBlobLocation, parseBoundLocation } from '../configuration/blob-location.js';
import type { ClosingStack } from '../serve/closing-stack.js';
import { prepareDataFolder } from '../serve/data-folder.js';
import { describeEngineError } from '../serve/describe-engine-error.js';
import { openBlobs } from '../serve/open-blobs.js';
import { ROOT_KEY_FILE_NAME } from '../serve/open-root-keys.js';
import { openStoppedDatabase } from '../serve/open-stopped-database.js';
import { takeFolder } from '../serve/take-folder.js';
import { MIGRATION_MARK, readMigrationMark, UNFINISHED_MIGRATION_MARK, writeMigrationMark } from './migration-mark.js';
import type { MigrationPlace } from './migration-place.js';

const SOURCE = 'Cannot migrate from';
const TARGET = 'Cannot migrate to';
/** What may be in the folder of a target before. */
const OTHER_NAMES: ReadonlySet<string> = new Set([
  ...[MASTER_KEY_FILE_NAME, KMS_FOLDER_NAME, ROOT_KEY_FILE_NAME, 'callback-key.pem', AUDIT_FOLDER_NAME, 'lock'],
  UNFINISHED_MIGRATION_MARK,
]);
/** What a migration that was broken off leaves besides. */
const OWN_NAMES: ReadonlySet<string> = new Set([MIGRATION_MARK, 'metadata', 'blobs', 'blobs-of.json']);

/** @throws {CommandFailure} It cannot be used, or a server has it open. Nothing in it was changed. */
export async function openSource(place: MigrationPlace, opened: ClosingStack): Promise<MigrationSide> {
  const { folder, metadata, name } = place;
  const isThere = (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  if (isThere) {
    await takeFolder(folder, opened).catch((error: unknown) => {
      throw unusable(describeError(error), error);
    });
  }
  let keyValues: KeyValueStore;
  if (metadata.kind === 'postgres') {
    keyValues = await openStoppedDatabase(metadata, `${SOURCE} ${name}`, { makesTables: false });
  } else {
    const found = await stat(join(folder, 'metadata')).catch(() => undefined);
    if (found?.isDirectory() !== true) throw unusable(`${SOURCE} ${folder}: there is no store in it`);
    keyValues = await openJournaledLmdbKeyValueStore({ directory: join(folder, 'metadata') });
  }
  opened.push(() => keyValues.close());
  const bound = await readBlobPlace(keyValues);
  const location = place.blobs ?? parseBoundLocation(bound);
  const { blobs, wanted } = await openBlobs(folder, location, { isMarked: metadata.kind === 'postgres' });
  opened.push(() => blobs.close());
  await verifyBlobPlace(keyValues, wanted).catch((error: unknown) => {
    throw unusable(`${SOURCE} ${name}: ${describeEngineError(error)}`, error);
  });
  return { keyValues, blobs };
}

/** The side that a store is moved to, and what binds it to its place of bodies. */
export interface OpenedTarget extends MigrationSide {
  readonly wanted: WantedPlace | undefined;
}

/**
 * Takes the folder. From now on no command takes it for a store.
 * @returns Whether a migration into it was broken off.
 * @throws {CommandFailure} It holds something else, cannot be used, or a server has it open.
 */
export async function takeTarget({ folder }: MigrationPlace, source: string, opened: ClosingStack): Promise<boolean> {
  await prepareDataFolder(folder);
  if ((await readRestoreMark(folder)) !== undefined) throw unusable(`${TARGET} ${folder}: it is being restored`);
  const lock = await lockDataFolder(folder).catch((error: unknown) => {
    if (!(error instanceof DataFolderLocked)) throw error;
    throw unusable(`${TARGET} ${folder}: process ${error.holderProcessId} has it open; stop that process`, error);
  });
  opened.push(() => lock.release());
  return markFolder(folder, source);
}

/** Takes back what {@link takeTarget} and {@link openTarget} made, when nothing was moved yet. */
export async function leaveTarget({ folder }: MigrationPlace): Promise<void> {
  for (const name of OWN_NAMES) await rm(join(folder, name), { recursive: true, force: true });
}

/** @throws {CommandFailure} It cannot be used, gateways serve it, or its bucket is that of another store. */
export async function openTarget(place: MigrationPlace, opened: ClosingStack): Promise<OpenedTarget> {
  const { folder, metadata, name } = place;
  let keyValues: KeyValueStore;
  if (metadata.kind === 'postgres') {
    keyValues = await openStoppedDatabase(metadata, `${TARGET} ${name}`, { makesTables: true });
  } else {
    await mkdir(join(folder, 'metadata'), { recursive: true, mode: 0o700 });
    keyValues = await openJournaledLmdbKeyValueStore({ directory: join(folder, 'metadata') });
  }
  opened.push(() => keyValues.close());
  const { blobs, wanted } = await openBlobs(folder, place.blobs ?? parseBlobLocation('file'), {
    isMarked: metadata.kind === 'postgres',
  });
  opened.push(() => blobs.close());
  const found = await wanted?.place.readStoreId();
  if (found !== undefined && found !== (await readStoreId(keyValues))) {
    throw unusable(`${TARGET} ${name}: ${wanted?.place.name} holds the bodies of another store (${found})`);
  }
  return { keyValues, blobs, wanted };
}

/** @returns Whether the mark was there. @throws {CommandFailure} There is something else in the folder. */
async function markFolder(folder: string, source: string): Promise<boolean> {
  const begun = await readMigrationMark(folder);
  if (begun !== undefined && begun !== source) {
    throw unusable(
      `${TARGET} ${folder}: a migration of ${begun} into it was begun; go on with that one, or empty the folder`,
    );
  }
  const other = (await readdir(folder)).find(
    (name) => !OTHER_NAMES.has(name) && !(begun !== undefined && OWN_NAMES.has(name)),
  );
  if (other !== undefined) {
    throw unusable(
      `${TARGET} ${folder}: it is not empty, "${other}" is in it; name an empty folder as data, or one with nothing but keys`,
    );
  }
  if (begun === undefined) await writeMigrationMark(folder, source);
  return begun !== undefined;
}

function unusable(message: string, cause?: unknown): CommandFailure {
  return new CommandFailure(message, { exitCode: EXIT_CODES.usage, ...(cause !== undefined && { cause }) });
}
