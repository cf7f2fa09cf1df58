/** Takes the lock of a data folder for a command that works on it. */
import { DataFolderLocked, lockDataFolder } from '@annals/store';
import { refuseHalfRestored } from '../backup/restore-marker.js';
import { CommandFailure } from '../command-failure.js';
import type { ClosingStack } from './closing-stack.js';

/** @throws {CommandFailure} Another process has it, or a restoration into it has not ended. */
export async function takeFolder(folder: string, opened: ClosingStack): Promise<void> {
  await refuseHalfRestored(folder);
  try {
    const lock = await lockDataFolder(folder);
    opened.push(() => lock.release());
  } catch (error) {
    if (!(error instanceof DataFolderLocked)) throw error;
    throw new CommandFailure(
      `Cannot use the data folder ${folder}: process ${error.holderProcessId} has it open; stop that process, or choose another folder with --data`,
      { cause: error },
    );
  }
}
