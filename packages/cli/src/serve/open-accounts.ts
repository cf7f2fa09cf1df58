/** Opens the accounts of a data folder: the account that owns everything, and its users. Leaves out the master key (`open-keys.ts`). */
import { randomInt } from 'node:crypto';
import { type MasterKeyRing, openAccountDirectory, type RootKeyRing, type ServerAccounts } from '@annals/server';
import type { KeyValueStore } from '@annals/store';

/** What the accounts are opened with. */
export interface OpenAccountsOptions {
  readonly keyValues: KeyValueStore;
  readonly root: RootKeyRing;
  /** Seal the secrets of users. */
  readonly keys: MasterKeyRing;
}

/**
 * Opens the accounts.
 * @returns Them; their account has the uid it got at the first start, whatever the root key pair is.
 */
export async function openAccounts({ keyValues, root, keys }: OpenAccountsOptions): Promise<ServerAccounts> {
  const directory = await openAccountDirectory({ keyValues, keys, root, accountId: randomAccountId() });
  return { directory, keys };
}

/** 16 digits, as policies and SDKs expect of an account's uid. */
function randomAccountId(): string {
  const half = () => randomInt(10 ** 7, 10 ** 8).toString();
  return `1${half().slice(1)}${half()}`;
}
