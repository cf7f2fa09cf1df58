/**
 * Opens the accounts of a data folder: the account that owns everything, and its users. Leaves out the master key
 * (`open-keys.ts`).
 */
import { randomInt } from 'node:crypto';
import { type MasterKeyRing, openAccountDirectory, type RootKeyRing, type ServerAccounts } from '@annals/server';
import type { KeyValueStore } from '@annals/store';
import { CommandFailure } from '../command-failure.js';

/** What the accounts are opened with. */
export interface OpenAccountsOptions {
  readonly keyValues: KeyValueStore;
  readonly root: RootKeyRing;
  /** Seal the secrets of users. */
  readonly keys: MasterKeyRing;
  /** How long changes by other processes may go unseen. Default: a second. */
  readonly staleMsMax?: number;
}

/**
 * Opens the accounts.
 * @returns Them; their account has the uid it got at the first start, whatever the root key pair is.
 */
export async function openAccounts({ root, ...options }: OpenAccountsOptions): Promise<ServerAccounts> {
  const directory = await openAccountDirectory({ ...options, root, accountId: randomAccountId() });
  return { directory, keys: options.keys };
}

/**
 * Refuses an access key id for the root that a user has: a request signed with it would come from the root or from the
 * user, depending on the secret, and the user would be locked out.
 * @throws {CommandFailure} Naming the user.
 */
export async function refuseKeyOfUser({ directory }: ServerAccounts, accessKeyId: string): Promise<void> {
  const userName = await directory.userOfKey(accessKeyId);
  if (userName === undefined) return;
  throw new CommandFailure(
    `Cannot use the root access key id "${accessKeyId}": the user "${userName}" has it; choose another, or delete the user's key first`,
  );
}

/** 16 digits, as policies and SDKs expect of an account's uid. */
function randomAccountId(): string {
  const half = () => randomInt(10 ** 7, 10 ** 8).toString();
  return `1${half().slice(1)}${half()}`;
}
