/**
 * The RSA key that signs callbacks: from the file of the configuration, else made at the first start and kept in the
 * data folder.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CallbackKey } from '@annals/server';
import { CommandFailure, describeError, systemErrorCode } from '../command-failure.js';
import { writeSecretFile } from './secret-file.js';

const KEY_FILE_NAME = 'callback-key.pem';

/**
 * Gives the key.
 * @param folder The data folder, which must be locked.
 * @param givenPath File named in the configuration.
 * @throws {CommandFailure} When the file cannot be read or holds no RSA key. A kept key that is damaged is never
 *   replaced: applications may know its public half.
 */
export async function loadCallbackKey(folder: string, givenPath: string | undefined): Promise<CallbackKey> {
  const path = givenPath ?? join(folder, KEY_FILE_NAME);
  let pem: string;
  try {
    pem = await readFile(path, 'utf8');
  } catch (error) {
    if (givenPath === undefined && systemErrorCode(error) === 'ENOENT') return makeKey(folder);
    throw new CommandFailure(`Cannot read the key that signs callbacks: ${describeError(error)}`, { cause: error });
  }
  try {
    return CallbackKey.fromPem(pem);
  } catch {
    // Without the cause: it may quote the key.
    throw new CommandFailure(
      `Cannot use the key that signs callbacks in ${path}: expected an RSA key in PEM without a password; restore the file${givenPath === undefined ? ', or remove it to get a new key' : ''}`,
    );
  }
}

async function makeKey(folder: string): Promise<CallbackKey> {
  const key = await CallbackKey.generate();
  try {
    await writeSecretFile(folder, KEY_FILE_NAME, key.toPem());
  } catch (error) {
    throw new CommandFailure(`Cannot keep the key that signs callbacks in ${folder}: ${describeError(error)}`, {
      cause: error,
    });
  }
  return key;
}
