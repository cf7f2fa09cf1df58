/**
 * The file that says that a data folder is the target of a migration: from before the first byte until everything is
 * there. Every command that opens data folders looks for it. Leaves out the rows that say the same of a database.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checks, tryDecodeJson } from '@annals/store';
import { CommandFailure, systemErrorCode } from '../command-failure.js';

/** Name of the file. */
export const MIGRATION_MARK = 'migration-under-way.json';
/** What a kill leaves while the file is written. */
export const UNFINISHED_MIGRATION_MARK = `${MIGRATION_MARK}.new`;

interface MigrationMark {
  /** Where the store comes from, for people. */
  readonly source: string;
}

const { fields, text: textCheck } = checks;
const markCheck = fields<MigrationMark>({ source: textCheck });

/** @returns Where a store comes from that is on its way; `undefined`: none is. @throws {CommandFailure} Damaged. */
export async function readMigrationMark(folder: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, MIGRATION_MARK), 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
  const decoded = tryDecodeJson(text, markCheck);
  if ('value' in decoded) return decoded.value.source;
  throw new CommandFailure(
    `Cannot tell what was being moved into ${folder}: "${MIGRATION_MARK}" ${decoded.finding}; empty the folder, and migrate again`,
  );
}

/** Notes where the store comes from; whole or not there, and durable. */
export async function writeMigrationMark(folder: string, source: string): Promise<void> {
  const path = join(folder, UNFINISHED_MIGRATION_MARK);
  await writeFile(path, JSON.stringify({ source }), { flush: true });
  await rename(path, join(folder, MIGRATION_MARK));
}

/** Says that everything is there. */
export async function removeMigrationMark(folder: string): Promise<void> {
  await rm(join(folder, MIGRATION_MARK), { force: true });
}

/** @throws {CommandFailure} A store is on its way into the folder: it is none yet. */
export async function refuseHalfMigrated(folder: string): Promise<void> {
  const source = await readMigrationMark(folder);
  if (source === undefined) return;
  throw new CommandFailure(
    `Cannot use the data folder ${folder}: a migration of ${source} into it has not ended; run the same "annals migrate" again, or empty the folder`,
  );
}
