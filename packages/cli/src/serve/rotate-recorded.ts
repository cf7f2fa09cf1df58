/**
 * Records the rotation of an encryption key in the audit log of the data folder, which no server may have open
 * meanwhile. Leaves out the files of keys.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFolderLocked, lockDataFolder } from '@annals/store';
import { CommandFailure } from '../command-failure.js';
import { recordOffline } from './record-offline.js';

/**
 * @param key `name`: of a KMS key; without it the master key.
 * @param rotate Makes the new version. @returns How many there are then.
 * @returns How many versions there are.
 * @throws {CommandFailure} A server has the folder, or the log cannot be opened; nothing was done.
 * @throws What `rotate` throws.
 */
export async function rotateRecorded(
  folder: string,
  { name, path }: { readonly name: string | undefined; readonly path: string },
  rotate: () => Promise<number>,
): Promise<number> {
  const store = await stat(join(folder, 'metadata')).catch(() => undefined);
  // Keys may be made before there is anything to record them in.
  if (store === undefined) return rotate();
  const lock = await lockFolder(folder);
  try {
    const action = name === undefined ? 'key.RotateMasterKey' : 'key.RotateKmsKey';
    const detail = { path, ...(name !== undefined && { name }) };
    return await recordOffline(folder, { action, detail }, rotate, (count) => ({ versionCount: count }));
  } finally {
    await lock.release();
  }
}

async function lockFolder(folder: string): Promise<Awaited<ReturnType<typeof lockDataFolder>>> {
  try {
    return await lockDataFolder(folder);
  } catch (error) {
    if (!(error instanceof DataFolderLocked)) throw error;
    throw new CommandFailure(
      `Cannot rotate the key: a server has ${folder} and its audit log open, and takes up a new key only when it starts; stop it, rotate, and start it again`,
      { cause: error },
    );
  }
}
