/** Opens the accounts of a data folder: the master key that seals secrets, and the account that owns everything. */
import { randomInt } from 'node:crypto';
import { loadMasterKeys, MasterKeyUnavailable, openAccountDirectory, type ServerAccounts } from '@annals/server';
import type { KeyValueStore } from '@annals/store';
import { CommandFailure } from '../command-failure.js';
import type { RootAccessKey } from './root-access-key.js';

/** What the accounts are opened with. */
export interface OpenAccountsOptions {
  /** Data folder, locked by this process. */
  readonly folder: string;
  readonly keyValues: KeyValueStore;
  readonly root: RootAccessKey;
  /** Keys in base64, or the path of a file that holds them. Default: the data folder's own. */
  readonly masterKey: string | undefined;
}

/**
 * Opens the accounts.
 * @returns Them; their account has the uid it got at the first start, whatever the root key pair is.
 * @throws {CommandFailure} The master key cannot be had.
 */
export async function openAccounts({
  folder,
  keyValues,
  root,
  masterKey,
}: OpenAccountsOptions): Promise<ServerAccounts> {
  const { keys, isNew } = await loadMasterKeys({ configured: masterKey, folder }).catch((error: unknown) => {
    throw error instanceof MasterKeyUnavailable ? new CommandFailure(error.message, { cause: error }) : error;
  });
  if (isNew) {
    process.stderr.write(
      `A master key was made and is kept in ${folder}. Secrets of users cannot be read without it: keep a copy apart from backups of the folder.\n`,
    );
  }
  const directory = await openAccountDirectory({ keyValues, keys, root, accountId: randomAccountId() });
  return { directory, keys };
}

/** 16 digits, as policies and SDKs expect of an account's uid. */
function randomAccountId(): string {
  const half = () => randomInt(10 ** 7, 10 ** 8).toString();
  return `1${half().slice(1)}${half()}`;
}
