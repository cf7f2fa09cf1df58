/**
 * Finds out whether a master key that was made just now stands where another one is missing: a store has secrets that
 * the other has sealed, as after a restoration without its keys. Without it users cannot sign in, so such a store is
 * not served; where only encrypted objects are hit, the others are, and nothing is sealed until the right key is back.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MASTER_KEY_FILE_NAME } from '@annals/server';
import type { KeyValueStore } from '@annals/store';
import { masterKeyIdOf } from '../backup/row-facts.js';
import { CommandFailure } from '../command-failure.js';

/** First letters of the rows that may hold something sealed. */
const ACCESS_KEYS = 'Ak';
const DATA_KEYS = 'K';
const PAGE_ROW_COUNT = 256;

/**
 * Removes the new key where another is missing: nothing was sealed with it.
 * @param folder Data folder, in which a master key was made by this process.
 * @returns What to tell the operator when encrypted objects alone are hit; `undefined` when no key is missing.
 * @throws {CommandFailure} Keys of users are sealed with another one.
 */
export async function missingMasterKey(
  folder: string,
  keyValues: Pick<KeyValueStore, 'list'>,
): Promise<string | undefined> {
  const path = join(folder, MASTER_KEY_FILE_NAME);
  const remedy = (keyId: string): string =>
    `was sealed with the one of id ${keyId}; put that key at ${path}, or name its file with master-key-file`;
  const keyIdOfUsers = await anySealingKeyId(keyValues, ACCESS_KEYS);
  if (keyIdOfUsers !== undefined) {
    await rm(path, { force: true });
    throw new CommandFailure(`Cannot serve ${folder}: it has no master key, and what is in it ${remedy(keyIdOfUsers)}`);
  }
  const keyIdOfContents = await anySealingKeyId(keyValues, DATA_KEYS);
  if (keyIdOfContents === undefined) return undefined;
  await rm(path, { force: true });
  return `The master key is missing: encrypted objects cannot be read or written. What is in ${folder} ${remedy(keyIdOfContents)}, and start again`;
}

/** @returns Whether something stored opens with this master key only. Walks over what is sealed. */
export async function isSealedWith(keyValues: Pick<KeyValueStore, 'list'>, keyId: string): Promise<boolean> {
  for (const prefix of [ACCESS_KEYS, DATA_KEYS]) {
    if ((await anySealingKeyId(keyValues, prefix, keyId)) !== undefined) return true;
  }
  return false;
}

/** @param wanted Default: any. */
async function anySealingKeyId(
  keyValues: Pick<KeyValueStore, 'list'>,
  prefix: string,
  wanted: string | undefined = undefined,
): Promise<string | undefined> {
  const end = Buffer.concat([Buffer.from(prefix, 'latin1'), Buffer.of(0xff)]);
  let start: Uint8Array | undefined = Buffer.from(prefix, 'latin1');
  while (start !== undefined) {
    const rows = await keyValues.list({ start, end, limit: PAGE_ROW_COUNT });
    for (const row of rows) {
      const keyId = masterKeyIdOf(row);
      if (keyId !== undefined && (wanted === undefined || keyId === wanted)) return keyId;
    }
    const last = rows.at(-1);
    start = last === undefined ? undefined : Buffer.concat([last.key, Buffer.of(0)]);
  }
  return undefined;
}
