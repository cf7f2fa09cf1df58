/**
 * Keys that all gateways of a store must have in common. One that made keys of its own would seal what the others
 * cannot open, know another root, and sign callbacks that nobody can verify.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { kmsKeyPath } from '@annals/server';
import { CommandFailure, EXIT_CODES } from '../command-failure.js';
import type { Configuration } from '../configuration/schema.js';
import { MASTER_KEY_VARIABLE } from './master-key-variable.js';
import { ROOT_ACCESS_KEY_ID_VARIABLE, ROOT_ACCESS_KEY_SECRET_VARIABLE } from './root-access-key.js';
import type { GivenSecrets } from './run-server.js';

/** @throws {CommandFailure} Exit code 2: metadata lies in a database, and this gateway would make a key of its own. */
export function requireSharedKeys(
  { storage, callback, kms, 'master-key-file': masterKeyFile, 'root-key-file': rootKeyFile }: Configuration,
  { masterKey, rootAccessKey }: Pick<GivenSecrets, 'masterKey' | 'rootAccessKey'>,
): void {
  if (storage.metadata === 'lmdb') return;
  const missing = [
    ...(masterKey === undefined && masterKeyFile === undefined
      ? [`the master key (${MASTER_KEY_VARIABLE} or master-key-file)`]
      : []),
    ...(rootAccessKey === undefined && rootKeyFile === undefined
      ? [`the root key pair (${ROOT_ACCESS_KEY_ID_VARIABLE} and ${ROOT_ACCESS_KEY_SECRET_VARIABLE}, or root-key-file)`]
      : []),
    ...(callback.allow.length > 0 && callback.key === undefined
      ? ['the key that signs callbacks (callback.key, since callback.allow lets some be sent)']
      : []),
    ...(kms['make-default-key'] === true && !hasDefaultKmsKey(kms)
      ? [`the KMS key "${kms['default-key']}" in kms.folder (or kms.make-default-key: false)`]
      : []),
  ];
  if (missing.length === 0) return;
  throw new CommandFailure(
    `Cannot serve a store whose metadata lies in a database without ${missing.join(' and ')}: all its gateways must have the same`,
    { exitCode: EXIT_CODES.usage },
  );
}

/** A folder that each gateway has for itself would get a key of its own. */
function hasDefaultKmsKey({ folder, 'default-key': name }: Configuration['kms']): boolean {
  return folder !== undefined && existsSync(kmsKeyPath(resolve(folder), name));
}
