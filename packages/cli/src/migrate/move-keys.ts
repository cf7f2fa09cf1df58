/**
 * Copies the files of keys beside a store to where the other side looks for them: what is sealed opens there only with
 * the same master and KMS keys. Replaces nothing. Leaves out keys of users, which are rows.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CommandFailure, describeError, systemErrorCode } from '../command-failure.js';
import { MASTER_KEY_VARIABLE } from '../serve/master-key-variable.js';
import { writeSecretFile } from '../serve/secret-file.js';
import type { KeyFiles } from './migration-place.js';

/** What became of them: files that were written, and such that are others and were left alone. */
export interface MovedKeys {
  readonly copied: readonly string[];
  readonly different: readonly string[];
}

/**
 * @param writes Whether they are copied; otherwise it is only found out whether they can be.
 * @throws {CommandFailure} A key of the target is another one, with which what is sealed would not open; or a file
 *   cannot be read or written.
 */
export async function moveKeys(from: KeyFiles, to: KeyFiles, writes: boolean): Promise<MovedKeys> {
  const copied: string[] = [];
  const different: string[] = [];
  const move = async (source: string, target: string, onOther: (target: string) => void): Promise<void> => {
    if (resolve(source) === resolve(target)) return;
    const text = await readKey(source);
    if (text === undefined) return;
    const there = await readKey(target);
    if (there === undefined) {
      if (!writes) return;
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await writeSecretFile(dirname(target), basename(target), text);
      copied.push(target);
    } else if (there.trim() !== text.trim()) onOther(target);
  };
  const refuse = (target: string): never => {
    throw new CommandFailure(
      `Cannot migrate: ${target} holds another key than the source has; what is sealed would not open with it`,
    );
  };
  // Keys of the environment are those of both sides.
  if (process.env[MASTER_KEY_VARIABLE] === undefined) await move(from.masterKey, to.masterKey, refuse);
  for (const name of await namesOfKeys(from.kmsFolder)) {
    await move(join(from.kmsFolder, name), join(to.kmsFolder, name), refuse);
  }
  const leave = (target: string): void => void different.push(target);
  await move(from.rootKey, to.rootKey, leave);
  await move(from.callbackKey, to.callbackKey, leave);
  return { copied, different };
}

async function readKey(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw new CommandFailure(`Cannot read a key: ${describeError(error)}`, { cause: error });
  }
}

async function namesOfKeys(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.key'));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw new CommandFailure(`Cannot read the keys of KMS: ${describeError(error)}`, { cause: error });
  }
}
