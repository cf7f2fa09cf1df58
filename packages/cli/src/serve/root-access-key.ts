/**
 * The root key pair: from the environment, else from the data folder, else made up at the first start and kept there.
 * Leaves out users and their keys, which do not exist yet.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CommandFailure, describeError, systemErrorCode } from '../command-failure.js';
import { writeSecretFile } from './secret-file.js';

/** The key pair that may do everything. */
export interface RootAccessKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

/** Environment variables that hold the pair. */
export const ROOT_ACCESS_KEY_ID_VARIABLE = 'ANNALS_ROOT_ACCESS_KEY_ID';
export const ROOT_ACCESS_KEY_SECRET_VARIABLE = 'ANNALS_ROOT_ACCESS_KEY_SECRET';

const KEY_FILE_NAME = 'root-access-key.json';

/** Anything else could not stand in an Authorization header between its separators. */
const ACCESS_KEY_ID = /^[A-Za-z0-9._-]{1,128}$/;
const ACCESS_KEY_SECRET = /^[\x21-\x7e]{1,128}$/;

const keyFileSchema = z.strictObject({
  accessKeyId: z.string().regex(ACCESS_KEY_ID),
  accessKeySecret: z.string().regex(ACCESS_KEY_SECRET),
});

/**
 * Reads the pair from the environment.
 * @returns The pair, or `undefined` when neither variable is set.
 * @param problems Receives what is wrong, without the values.
 */
export function readRootAccessKey(environment: NodeJS.ProcessEnv, problems: string[]): RootAccessKey | undefined {
  const accessKeyId = environment[ROOT_ACCESS_KEY_ID_VARIABLE] ?? '';
  const accessKeySecret = environment[ROOT_ACCESS_KEY_SECRET_VARIABLE] ?? '';
  if (accessKeyId === '' && accessKeySecret === '') return undefined;
  if (accessKeyId === '' || accessKeySecret === '') {
    const [missing, present] =
      accessKeyId === ''
        ? [ROOT_ACCESS_KEY_ID_VARIABLE, ROOT_ACCESS_KEY_SECRET_VARIABLE]
        : [ROOT_ACCESS_KEY_SECRET_VARIABLE, ROOT_ACCESS_KEY_ID_VARIABLE];
    problems.push(`${missing}: not set although ${present} is; set both or neither`);
    return undefined;
  }
  if (!ACCESS_KEY_ID.test(accessKeyId)) {
    problems.push(`${ROOT_ACCESS_KEY_ID_VARIABLE}: expected 1 to 128 of A-Z, a-z, 0-9, ".", "_" and "-"`);
  }
  if (accessKeyId.startsWith('STS.')) {
    problems.push(`${ROOT_ACCESS_KEY_ID_VARIABLE}: expected another beginning than "STS.", which temporary keys have`);
  }
  if (!ACCESS_KEY_SECRET.test(accessKeySecret)) {
    problems.push(`${ROOT_ACCESS_KEY_SECRET_VARIABLE}: expected 1 to 128 visible ASCII characters without spaces`);
  }
  return { accessKeyId, accessKeySecret };
}

/**
 * Gives the pair kept in the data folder, which must be locked; makes one, durably, at the first start.
 * @returns The pair and whether it was made now.
 * @throws {CommandFailure} When the file cannot be read or is damaged: a new pair would lock out everybody who has the old one.
 */
export async function keepRootAccessKey(
  folder: string,
): Promise<{ readonly rootAccessKey: RootAccessKey; readonly isNew: boolean }> {
  const path = join(folder, KEY_FILE_NAME);
  const kept = await readKeyFile(path);
  if (kept !== undefined) return { rootAccessKey: kept, isNew: false };
  const rootAccessKey = { accessKeyId: `AN${randomText(20)}`, accessKeySecret: randomText(32) };
  await writeKeyFile(folder, rootAccessKey);
  return { rootAccessKey, isNew: true };
}

async function readKeyFile(path: string): Promise<RootAccessKey | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw new CommandFailure(`Cannot read the root key pair: ${describeError(error)}`, { cause: error });
  }
  try {
    return keyFileSchema.parse(JSON.parse(text));
  } catch {
    // Without the cause: parsers quote what they read.
    throw new CommandFailure(
      `Cannot use the root key pair in ${path}: expected {"accessKeyId": ..., "accessKeySecret": ...}; restore the file, or remove it to get a new pair`,
    );
  }
}

async function writeKeyFile(folder: string, rootAccessKey: RootAccessKey): Promise<void> {
  try {
    await writeSecretFile(folder, KEY_FILE_NAME, `${JSON.stringify(rootAccessKey)}\n`);
  } catch (error) {
    throw new CommandFailure(
      `Cannot keep the root key pair in ${join(folder, KEY_FILE_NAME)}: ${describeError(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** Crockford's 32 characters: no two look alike, none needs quoting in a shell, and 32 divides 256 evenly. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
}
