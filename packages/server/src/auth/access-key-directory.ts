/**
 * Who owns which access key. Today only the root; sub-users and temporary keys of a later day implement the same interface.
 * Leaves out what a caller may do (`authorize.ts`).
 */
import { createHash } from 'node:crypto';
import type { Caller } from '../operations/operation.js';

/** An access key as the server knows it. */
export interface AccessKey {
  readonly secret: string;
  readonly caller: Caller;
}

export interface AccessKeyDirectory {
  /** @returns The key, or `undefined` when nobody has it. */
  find(accessKeyId: string): Promise<AccessKey | undefined>;
}

/** The caller of a request without a signature. */
export const ANONYMOUS: Caller = { kind: 'anonymous', accessKeyId: '', accountId: '' };

/**
 * The directory of a server that has one account.
 * @param root The root key pair of the settings.
 */
export function rootKeyDirectory(root: {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}): AccessKeyDirectory {
  const { accessKeyId, accessKeySecret } = root;
  const key: Promise<AccessKey> = Promise.resolve({
    secret: accessKeySecret,
    caller: { kind: 'root', accessKeyId, accountId: accountIdOf(accessKeyId) },
  });
  const nobody: Promise<undefined> = Promise.resolve(undefined);
  return { find: (id) => (id === accessKeyId ? key : nobody) };
}

/**
 * Account ids of the public service are 16 digits, and policies and SDK models expect that. Derived from the key id, so that it is the same
 * after every start without being stored.
 */
function accountIdOf(accessKeyId: string): string {
  const digest = createHash('sha256').update(`annals-account:${accessKeyId}`).digest();
  return `1${(digest.readBigUInt64BE(0) % 10n ** 15n).toString().padStart(15, '0')}`;
}
