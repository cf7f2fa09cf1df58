/**
 * Looks whether a master key that was made just now can be the right one: not where a store has secrets that another key has sealed, as after a
 * restoration without its keys. Served with a new one, users could not sign in and encrypted objects could not be read.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MASTER_KEY_FILE_NAME } from '@annals/server';
import type { KeyValueStore } from '@annals/store';
import { masterKeyIdOf } from '../backup/row-facts.js';
import { CommandFailure } from '../command-failure.js';

/** First letters of the rows that may hold something sealed: access keys of users, data keys of contents. */
const SEALED_PREFIXES = ['Ak', 'K'];
const PAGE_ROW_COUNT = 256;

/**
 * @param folder Data folder, in which a master key was made by this process.
 * @throws {CommandFailure} Something there is sealed with another key. The new one is gone then: nothing was sealed with it.
 */
export async function refuseNewMasterKey(folder: string, keyValues: Pick<KeyValueStore, 'list'>): Promise<void> {
  const keyId = await anySealingKeyId(keyValues);
  if (keyId === undefined) return;
  await rm(join(folder, MASTER_KEY_FILE_NAME), { force: true });
  throw new CommandFailure(
    `Cannot serve ${folder}: it has no master key, and what is in it was sealed with the one of id ${keyId}; put that key at ${join(folder, MASTER_KEY_FILE_NAME)}, or name its file with master-key-file`,
  );
}

async function anySealingKeyId(keyValues: Pick<KeyValueStore, 'list'>): Promise<string | undefined> {
  for (const prefix of SEALED_PREFIXES) {
    const end = Buffer.concat([Buffer.from(prefix, 'latin1'), Buffer.of(0xff)]);
    let start: Uint8Array | undefined = Buffer.from(prefix, 'latin1');
    while (start !== undefined) {
      const rows = await keyValues.list({ start, end, limit: PAGE_ROW_COUNT });
      for (const row of rows) {
        const keyId = masterKeyIdOf(row);
        if (keyId !== undefined) return keyId;
      }
      const last = rows.at(-1);
      start = last === undefined ? undefined : Buffer.concat([last.key, Buffer.of(0)]);
    }
  }
  return undefined;
}
