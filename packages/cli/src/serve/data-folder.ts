/** Makes and checks the folder that holds everything. Leaves out the lock on it, which the store package keeps. */
import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { CommandFailure, describeError, systemErrorCode } from '../command-failure.js';

/**
 * Makes the folder, readable by its owner only, when it is missing.
 * @throws {CommandFailure} When it cannot be made, is not a folder, or cannot be written to.
 */
export async function prepareDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (!(await stat(folder)).isDirectory()) throw notAFolder(folder);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
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

function notAFolder(folder: string): CommandFailure {
  return new CommandFailure(
    `Cannot use the data folder ${folder}: something on its path is not a folder; choose another with --data`,
  );
}
