/**
 * The file that says that a data folder is being restored: from before the first byte until everything is there. Every
 * command that opens data folders looks for it, so that no command serves half a store or writes files that would keep
 * the restoration from continuing.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checks, tryDecodeJson } from '@annals/store';
import { CommandFailure, systemErrorCode } from '../command-failure.js';
import { refuseHalfMigrated } from '../migrate/migration-mark.js';

/** Name of the file. */
export const RESTORE_MARKER = 'restore-under-way.json';
/** What a kill leaves while the file is written. */
export const UNFINISHED_RESTORE_MARKER = `${RESTORE_MARKER}.new`;

/** What a folder is being made of. */
export interface RestoreMark {
  readonly backup: string;
  readonly bucket?: string;
  readonly prefix?: string;
}

const { fields, optional, text: textCheck } = checks;

const markCheck = fields<RestoreMark>({
  backup: textCheck,
  bucket: optional(textCheck),
  prefix: optional(textCheck),
});

/** @returns For people: `backup ID`, and what of it. */
export function describeMark({ backup, bucket, prefix }: RestoreMark): string {
  if (bucket === undefined) return `backup ${backup}`;
  const below = prefix === undefined || prefix === '' ? '' : ` below prefix "${prefix}"`;
  return `bucket "${bucket}"${below} of backup ${backup}`;
}

/**
 * @returns What is being restored into a folder; `undefined`: nothing. @throws {CommandFailure} The file is damaged.
 */
export async function readRestoreMark(folder: string): Promise<RestoreMark | undefined> {
  const path = join(folder, RESTORE_MARKER);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
  const decoded = tryDecodeJson(text, markCheck);
  if ('value' in decoded) return decoded.value;
  throw new CommandFailure(
    `Cannot tell what was being restored into ${folder}: "${RESTORE_MARKER}" ${decoded.finding}; empty the folder, and restore again`,
  );
}

/** Notes what a folder is being made of; whole or not there, and durable. */
export async function writeRestoreMark(folder: string, mark: RestoreMark): Promise<void> {
  const path = join(folder, UNFINISHED_RESTORE_MARKER);
  await writeFile(path, JSON.stringify(mark), { flush: true });
  await rename(path, join(folder, RESTORE_MARKER));
}

/** Says that everything is there. */
export async function removeRestoreMark(folder: string): Promise<void> {
  await rm(join(folder, RESTORE_MARKER));
}

/** @throws {CommandFailure} The folder is being restored or migrated into: it is no store yet. */
export async function refuseHalfRestored(folder: string): Promise<void> {
  await refuseHalfMigrated(folder);
  const mark = await readRestoreMark(folder);
  if (mark === undefined) return;
  throw new CommandFailure(
    `Cannot use the data folder ${folder}: a restoration of ${describeMark(mark)} into it has not ended; run the same "annals restore" again, or empty the folder`,
  );
}
