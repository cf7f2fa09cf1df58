/**
 * The local key ring behind `x-oss-server-side-encryption: KMS`: a folder with one file per named key, `NAME.key`, of
 * the same form as the file of the master key: one version per line, in base64, the newest first. Leaves out what is
 * done with them (`key-wrapping.ts`).
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RandomBytes } from '@annals/store';
import { MasterKeyUnavailable, readKeyFile, writeKeyFile } from '../accounts/load-master-keys.js';
import { MasterKeyRing } from '../accounts/master-key.js';

/** Folder in the data folder. Without it there is no KMS. */
export const KMS_FOLDER_NAME = 'kms';
/** Name of the key that encrypts for callers that name none. */
const DEFAULT_KMS_KEY_ID = 'default';

const KEY_FILE_SUFFIX = '.key';
const KEY_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const KEY_LENGTH_BYTES = 32;

/** Named keys, each with all its versions. */
export interface KmsKeys {
  readonly keys: ReadonlyMap<string, MasterKeyRing>;
  readonly defaultKeyId: string;
}

/**
 * Loads the key ring; other files in the folder are left alone.
 * @returns `undefined` when there is no such folder, or no key in it.
 * @throws {MasterKeyUnavailable} A key file cannot be read, or holds no key: what it encrypts could not be read.
 */
export async function loadKmsKeys(
  folder: string,
  options: { readonly defaultKeyId?: string; readonly random?: RandomBytes } = {},
): Promise<KmsKeys | undefined> {
  const { defaultKeyId = DEFAULT_KMS_KEY_ID, random = randomBytes } = options;
  const keys = new Map<string, MasterKeyRing>();
  for (const name of (await listFolder(folder)).sort()) {
    const keyId = name.endsWith(KEY_FILE_SUFFIX) ? name.slice(0, -KEY_FILE_SUFFIX.length) : '';
    const versions = KEY_ID.test(keyId) ? await readKeyFile(join(folder, name)) : undefined;
    if (versions !== undefined) keys.set(keyId, new MasterKeyRing(versions, random));
  }
  return keys.size === 0 ? undefined : { keys, defaultKeyId };
}

/** @returns Path of the file of a named key. @throws {RangeError} The name cannot be one. */
export function kmsKeyPath(folder: string, keyId: string): string {
  if (!KEY_ID.test(keyId)) {
    throw new RangeError(
      `Cannot use "${keyId}" as the name of a key: expected up to 128 of A-Z, a-z, 0-9, ".", "_" and "-", a letter or digit first`,
    );
  }
  return join(folder, `${keyId}${KEY_FILE_SUFFIX}`);
}

/**
 * Puts a new version before those in a file of keys, or makes the file. A running server takes it up when it is started
 * again.
 * @returns How many versions there are now.
 * @throws {MasterKeyUnavailable} The file is there and cannot be used.
 */
export async function addKeyVersion(path: string, random: RandomBytes = randomBytes): Promise<number> {
  const before = (await readKeyFile(path)) ?? [];
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeKeyFile(path, [random(KEY_LENGTH_BYTES), ...before]);
  return before.length + 1;
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return [];
    throw new MasterKeyUnavailable(`Cannot read the folder of KMS keys: ${code ?? 'it failed'}`);
  }
}
