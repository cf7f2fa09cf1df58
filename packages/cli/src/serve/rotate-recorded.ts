/** Records the rotation of an encryption key in the audit log of the data folder, as far as no server has it open. Leaves out the files of keys. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFolderLocked, lockDataFolder } from '@annals/store';
import { recordOffline } from './record-offline.js';

/** What a rotation came to. */
export interface RecordedRotation {
  readonly versionCount: number;
  /** Whether a server has the folder, and its log. It names its keys there whenever it starts. */
  readonly isLeftToServer: boolean;
}

/**
 * @param key `name`: of a KMS key; without it the master key.
 * @param rotate Makes the new version. @returns How many there are then.
 * @throws What `rotate` throws; `CommandFailure` when the log cannot be opened, and nothing was done.
 */
export async function rotateRecorded(
  folder: string,
  { name, path }: { readonly name: string | undefined; readonly path: string },
  rotate: () => Promise<number>,
): Promise<RecordedRotation> {
  const store = await stat(join(folder, 'metadata')).catch(() => undefined);
  // Keys may be made before there is anything to record them in.
  if (store === undefined) return { versionCount: await rotate(), isLeftToServer: false };
  const lock = await lockUnlessInUse(folder);
  if (lock === undefined) return { versionCount: await rotate(), isLeftToServer: true };
  try {
    const action = name === undefined ? 'key.RotateMasterKey' : 'key.RotateKmsKey';
    const detail = { path, ...(name !== undefined && { name }) };
    const versionCount = await recordOffline(folder, { action, detail }, rotate, (count) => ({ versionCount: count }));
    return { versionCount, isLeftToServer: false };
  } finally {
    await lock.release();
  }
}

async function lockUnlessInUse(folder: string): Promise<Awaited<ReturnType<typeof lockDataFolder>> | undefined> {
  try {
    return await lockDataFolder(folder);
  } catch (error) {
    if (error instanceof DataFolderLocked) return undefined;
    throw error;
  }
}
