/**
 * The root key pair of a server: from the environment, else from a file of the operator, else from the data folder,
 * else made up at the first start and kept there. After a rotation its file holds the pair before as well, until its
 * time is over. Leaves out users and their keys.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RootAccessKeys, type RootKeyKeeper, RootKeyRing } from '@annals/server';
import { z } from 'zod';
import { CommandFailure, describeError, systemErrorCode } from '../command-failure.js';
import { ACCESS_KEY_ID, ACCESS_KEY_SECRET, type RootAccessKey } from './root-access-key.js';
import { writeSecretFile } from './secret-file.js';

/** File in the data folder. */
export const ROOT_KEY_FILE_NAME = 'root-access-key.json';

const pairShape = {
  accessKeyId: z.string().regex(ACCESS_KEY_ID),
  accessKeySecret: z.string().regex(ACCESS_KEY_SECRET),
};

const keyFileSchema = z.strictObject({
  ...pairShape,
  previous: z.strictObject({ ...pairShape, validUntilMs: z.number().int().nonnegative() }).exactOptional(),
});

/** Refuses an access key id that the root may not have. @throws {Error} Why. */
export type RootKeyCheck = (accessKeyId: string) => Promise<void>;

/** The pairs of a server, and whether they were made now. */
export interface OpenedRootKeys {
  readonly ring: RootKeyRing;
  readonly isNew: boolean;
  /** File that holds them; `undefined` when they come from the environment. */
  readonly path: string | undefined;
  /** Pair in force at the start. */
  readonly current: RootAccessKey;
  /**
   * Reads the file of the pairs again; `undefined` when they come from the environment, which a process cannot read
   * again.
   */
  readonly reload: ((check: RootKeyCheck) => Promise<void>) | undefined;
}

/**
 * Opens the pairs: those given by the environment, else those of the operator's file, else those of the data folder,
 * which must be locked; makes one there, durably, at the first start. Only the data folder's own are rotated by the
 * server.
 * @param file Of the operator, named in the configuration.
 * @throws {CommandFailure} When a file cannot be read or is damaged: a new pair would lock out everybody who has the
 * old one.
 */
export async function openRootKeys(
  folder: string,
  { given, file }: { readonly given: RootAccessKey | undefined; readonly file: string | undefined },
): Promise<OpenedRootKeys> {
  if (given !== undefined) {
    return {
      ring: new RootKeyRing({ current: given }),
      isNew: false,
      path: undefined,
      current: given,
      reload: undefined,
    };
  }
  const path = file ?? join(folder, ROOT_KEY_FILE_NAME);
  const keeper: RootKeyKeeper = { keep: (keys) => writeKeyFile(folder, keys) };
  const kept = await readKeyFile(path, file !== undefined);
  const keys = kept ?? { current: { accessKeyId: `AN${randomText(20)}`, accessKeySecret: randomText(32) } };
  if (kept === undefined) await keeper.keep(keys);
  const ring = new RootKeyRing(keys, file === undefined ? keeper : undefined);
  return {
    ring,
    isNew: kept === undefined,
    path,
    current: keys.current,
    async reload(check) {
      const changed = await readKeyFile(path, true);
      if (changed === undefined) return;
      await check(changed.current.accessKeyId);
      await ring.replace(changed);
    },
  };
}

/**
 * What an operator is told of the root key pair once the server serves: lines to paste. The secret itself is in them
 * only at the first start, so that the logs of later ones do not hold it.
 */
export function noticeOfRootKey({ isNew, path, current }: OpenedRootKeys, folder: string): string {
  if (path === undefined) return '';
  const { accessKeyId, accessKeySecret } = current;
  if (isNew) {
    return `A root key pair was made and is kept in ${folder}. It is shown only this once:\nexport OSS_ACCESS_KEY_ID=${accessKeyId}\nexport OSS_ACCESS_KEY_SECRET=${accessKeySecret}\n`;
  }
  const quoted = JSON.stringify(path).replaceAll("'", "'\\''");
  return `The root key pair is kept in ${path}; to use it in a shell:\nexport OSS_ACCESS_KEY_ID=${accessKeyId}\nexport OSS_ACCESS_KEY_SECRET="$(node -p 'JSON.parse(fs.readFileSync(${quoted})).accessKeySecret')"\n`;
}

async function readKeyFile(path: string, mustExist: boolean): Promise<RootAccessKeys | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!mustExist && systemErrorCode(error) === 'ENOENT') return undefined;
    throw new CommandFailure(`Cannot read the root key pair: ${describeError(error)}`, { cause: error });
  }
  try {
    const { previous, ...current } = keyFileSchema.parse(JSON.parse(text));
    return { current, ...(previous !== undefined && { previous }) };
  } catch {
    // Without the cause: parsers quote what they read.
    throw new CommandFailure(
      `Cannot use the root key pair in ${path}: expected {"accessKeyId": ..., "accessKeySecret": ...}; restore the file${mustExist ? '' : ', or remove it to get a new pair'}`,
    );
  }
}

async function writeKeyFile(folder: string, { current, previous }: RootAccessKeys): Promise<void> {
  try {
    const content = { ...current, ...(previous !== undefined && { previous }) };
    await writeSecretFile(folder, ROOT_KEY_FILE_NAME, `${JSON.stringify(content)}\n`);
  } catch (error) {
    throw new CommandFailure(
      `Cannot keep the root key pair in ${join(folder, ROOT_KEY_FILE_NAME)}: ${describeError(error)}`,
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
