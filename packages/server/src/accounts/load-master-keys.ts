/**
 * Where the master keys come from: configuration, a file it names, or a file in the data folder that is made at the
 * first start. Leaves out what they are for (`master-key.ts`).
 */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { RandomBytes } from '@annals/store';
import { MasterKeyRing } from './master-key.js';

/** File in the data folder. One key per line, in base64, the newest first; lines that begin with `#` are comments. */
export const MASTER_KEY_FILE_NAME = 'master-key';

const KEY_LENGTH_BYTES = 32;
/** 32 bytes in base64, the padding optional; also the variant for URLs. */
const KEY_TEXT = /^[A-Za-z0-9+/_-]{43}=?$/;

/** The master key cannot be had. The message names the place and never the key. */
export class MasterKeyUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MasterKeyUnavailable';
  }
}

/** Where to look for the keys. */
export interface LoadMasterKeysOptions {
  /** Keys in base64, or the path of a file that holds them. Default: the data folder's own. */
  readonly configured?: string;
  /** Data folder, locked by this process. */
  readonly folder: string;
  /** Default: the system's source. */
  readonly random?: RandomBytes;
}

/**
 * Loads the keys; makes one, durably and readable by this user only, when none is configured and the folder has none.
 * @returns The keys, and whether one was made now.
 * @throws {MasterKeyUnavailable} The file cannot be read, or holds no key. A new one is not made then: it would open
 * nothing.
 */
export async function loadMasterKeys({
  configured,
  folder,
  random = randomBytes,
}: LoadMasterKeysOptions): Promise<{ readonly keys: MasterKeyRing; readonly isNew: boolean }> {
  if (configured !== undefined && configured.trim() !== '') {
    const given = readKeys(configured);
    if (given !== undefined) return { keys: new MasterKeyRing(given, random), isNew: false };
    const path = isAbsolute(configured) ? configured : resolve(configured);
    const kept = await readKeyFile(path);
    if (kept === undefined) {
      throw new MasterKeyUnavailable(
        'Cannot use the master key: expected 32 bytes in base64, or the path of a file with them',
      );
    }
    return { keys: new MasterKeyRing(kept, random), isNew: false };
  }
  const path = join(folder, MASTER_KEY_FILE_NAME);
  const kept = await readKeyFile(path);
  if (kept !== undefined) return { keys: new MasterKeyRing(kept, random), isNew: false };
  const key = random(KEY_LENGTH_BYTES);
  await writeKeyFile(path, [key]);
  return { keys: new MasterKeyRing([key], random), isNew: true };
}

/** @returns The keys, `undefined` if the text is anything else. */
function readKeys(text: string): readonly Uint8Array[] | undefined {
  const lines = text
    .split(/[\r\n,]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0 || !lines.every((line) => KEY_TEXT.test(line))) return undefined;
  return lines.map((line) => Buffer.from(line, 'base64'));
}

/**
 * Reads a file of keys.
 * @returns The newest first; `undefined` when there is no such file.
 * @throws {MasterKeyUnavailable} It cannot be read, or holds no key.
 */
export async function readKeyFile(path: string): Promise<readonly Uint8Array[] | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENAMETOOLONG') return undefined;
    // Not the system's message: what was meant as a key and is not quite one would stand in it as the path.
    throw new MasterKeyUnavailable(`Cannot read the file of the master key: ${code ?? 'it failed'}`);
  }
  const keys = readKeys(text);
  if (keys === undefined) {
    throw new MasterKeyUnavailable(
      'Cannot use the file of the master key: expected lines of 32 bytes in base64; restore the file',
    );
  }
  return keys;
}

/**
 * Writes a file of keys, the newest first, durably and readable by this user only. What was there is replaced at once
 * or not at all.
 */
export async function writeKeyFile(path: string, keys: readonly Uint8Array[]): Promise<void> {
  const temporaryPath = `${path}.new`;
  // What a crash left behind may have another mode.
  await rm(temporaryPath, { force: true });
  const file = await open(temporaryPath, 'wx', 0o600);
  try {
    await file.writeFile(keys.map((key) => `${Buffer.from(key).toString('base64')}\n`).join(''));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporaryPath, path);
  const directory = await open(dirname(path), 'r');
  try {
    // The name is durable only when the folder is, and what gets sealed with the key must not outlive it.
    await directory.sync();
  } finally {
    await directory.close();
  }
}
