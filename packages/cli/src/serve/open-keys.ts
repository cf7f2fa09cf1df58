/**
 * Loads the keys of a server: the master key, which seals secrets of users and data keys of encrypted objects, and the
 * named keys of KMS. Leaves out what is done with them.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  addKeyVersion,
  KMS_FOLDER_NAME,
  kmsKeyPath,
  loadKmsKeys,
  loadMasterKeys,
  type MasterKeyRing,
  MasterKeyUnavailable,
  ServerKeyWrapping,
} from '@annals/server';
import { CommandFailure } from '../command-failure.js';
import type { Configuration } from '../configuration/schema.js';

/** Keys, and what wraps data keys with them. */
export interface ServerKeys {
  readonly master: MasterKeyRing;
  readonly wrapping: ServerKeyWrapping;
  /** A master key was made now. */
  readonly isNew: boolean;
}

/**
 * Loads the keys; makes a master key at the first start.
 * @param folder Data folder, locked by this process.
 * @param masterKey Keys in base64, or the path of a file that holds them. Default: the data folder's own.
 * @throws {CommandFailure} A key cannot be had.
 */
export async function openKeys(
  folder: string,
  { kms }: Pick<Configuration, 'kms'>,
  masterKey: string | undefined,
): Promise<ServerKeys> {
  try {
    const { keys: master, isNew } = await loadMasterKeys({
      folder,
      ...(masterKey !== undefined && { configured: masterKey }),
    });
    const kmsFolder = kms.folder === undefined ? join(folder, KMS_FOLDER_NAME) : resolve(kms.folder);
    const defaultKeyPath = kmsKeyPath(kmsFolder, kms['default-key']);
    if (kms['make-default-key'] === true && !existsSync(defaultKeyPath)) await addKeyVersion(defaultKeyPath);
    const kmsKeys = await loadKmsKeys(kmsFolder, { defaultKeyId: kms['default-key'] });
    return { master, wrapping: new ServerKeyWrapping(master, kmsKeys), isNew };
  } catch (error) {
    throw error instanceof MasterKeyUnavailable ? new CommandFailure(error.message, { cause: error }) : error;
  }
}
