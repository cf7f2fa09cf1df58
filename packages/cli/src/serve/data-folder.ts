/** Makes and checks the folder that holds everything. Leaves out the lock on it, which the store package keeps. */
import { constants } from 'node:fs';
import { access, chmod, mkdir, stat } from 'node:fs/promises';
import { CommandFailure, describeError, systemErrorCode } from '../command-failure.js';

/** What was done to a data folder. */
export interface PreparedFolder {
  /** Whether rights of all users of the machine were taken. */
  readonly tookRights: boolean;
  /** The topmost folder that was made now. */
  readonly made?: string;
}

/**
 * Makes the folder, readable by its owner only, when it is missing. From one that was there the rights of all users of
 * the machine are taken; its group keeps its own, because it was given them on purpose.
 * @throws {CommandFailure} When it cannot be made, is not a folder, or cannot be written to.
 */
export async function prepareDataFolder(folder: string): Promise<PreparedFolder> {
  try {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    const found = await stat(folder);
    if (!found.isDirectory()) throw notAFolder(folder);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const tookRights = (found.mode & OTHERS) !== 0 && (await stopOthers(folder, found.mode));
    return { tookRights, ...(made !== undefined && { made }) };
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const code = systemErrorCode(error);
    if (code === 'EEXIST' || code === 'ENOTDIR') throw notAFolder(folder);
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      throw new CommandFailure(
        `Cannot use the data folder ${folder}: it cannot be written to; give this user the right to, or choose another with --data`,
        { cause: error },
      );
    }
    throw new CommandFailure(`Cannot use the data folder ${folder}: ${describeError(error)}`, { cause: error });
  }
}

/** Read, write and enter, for users that are neither owner nor in the group. */
const OTHERS = 0o007;

/** A folder of another user, as in some containers, is left as it is. */
async function stopOthers(folder: string, mode: number): Promise<boolean> {
  try {
    await chmod(folder, mode & 0o770);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EPERM') return false;
    throw error;
  }
}

function notAFolder(folder: string): CommandFailure {
  return new CommandFailure(
    `Cannot use the data folder ${folder}: something on its path is not a folder; choose another with --data`,
  );
}
