/**
 * Keeps two servers from one data folder, by an LMDB environment in the folder's `lock` subfolder that never holds a
 * row: the process in its table of readers has the folder. A process looks at the table, and enters itself when it is
 * empty, while it holds LMDB's write mutex (robust: the kernel frees it when its holder dies), so starters of the same
 * moment go one after the other. An entry counts as long as its process keeps a kernel lock on the byte numbered by its
 * process id, and that ends with the process, however it ends. So a killed holder leaves no stale lock, a reused
 * process id proves nothing, and a restart of the machine frees everything. Leaves out machines: on a network file
 * system it does not see a holder on another machine.
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase, type Transaction } from 'lmdb';
import { nodeBlockingFileSystem } from '../../../file-system/node-blocking-file-system.js';
import { prepareLockFolder } from './prepare-lock-folder.js';

/** Another process, or another part of this one, has the folder. */
export class DataFolderLocked extends Error {
  readonly directory: string;
  readonly holderProcessId: number;

  constructor(directory: string, holderProcessId: number) {
    super(`Cannot open data folder "${directory}": process ${holderProcessId} has it open`);
    this.name = 'DataFolderLocked';
    this.directory = directory;
    this.holderProcessId = holderProcessId;
  }
}

/** The claim of this process on one data folder: it ends with `release` or with the process. */
export interface DataFolderLock {
  readonly directory: string;
  /** Gives the folder up. Idempotent. */
  release(): Promise<void>;
}

/**
 * LMDB shares one environment among all who open it in one process: it cannot tell them apart, this can. It also keeps
 * a lock alive whose owner forgot it: were its read transaction collected as garbage, the folder would be free.
 */
const heldHere = new Map<string, DataFolderLock | 'being taken'>();

/**
 * Takes the folder for this process until `release`, or until the process ends in whatever way. Makes the folder when
 * it is missing.
 * @throws {DataFolderLocked} Another process has it.
 */
export async function lockDataFolder(directory: string): Promise<DataFolderLock> {
  nodeBlockingFileSystem.makeDirectory(join(directory, 'lock'));
  const path = realpathSync(directory);
  if (heldHere.has(path)) throw new DataFolderLocked(directory, process.pid);
  heldHere.set(path, 'being taken');
  let environment: RootDatabase<Buffer, Uint8Array> | undefined;
  try {
    prepareLockFolder(join(path, 'lock'));
    environment = openEnvironment(directory, join(path, 'lock'));
    const lock = new HeldFolder(directory, path, environment, enterTable(environment, directory));
    heldHere.set(path, lock);
    return lock;
  } catch (error) {
    await environment?.close();
    heldHere.delete(path);
    throw error;
  }
}

/**
 * @throws {Error} Another process was leaving the environment at this very moment: the last to leave destroys the
 * mutex.
 */
function openEnvironment(directory: string, path: string): RootDatabase<Buffer, Uint8Array> {
  try {
    return open<Buffer, Uint8Array>({
      path,
      noSubdir: false,
      overlappingSync: false,
      keyEncoding: 'binary',
      encoding: 'binary',
    });
  } catch (error) {
    throw new Error(`Cannot open data folder "${directory}": another process was just leaving it, start again`, {
      cause: error,
    });
  }
}

/**
 * Enters this process into the table of readers, as a read transaction does, unless another process is there. Nothing
 * may be written here: an environment that is being opened sets back the number of the last transaction, so a commit of
 * this moment could be lost.
 * @throws {DataFolderLocked}
 */
function enterTable(environment: RootDatabase<Buffer, Uint8Array>, directory: string): Transaction {
  return environment.transactionSync(() => {
    // The binding goes on without a transaction when none could begin.
    if (environment.getWriteTxnId() === 0)
      throw new Error(`Cannot open data folder "${directory}": its lock has no mutex`);
    // Removes the readers whose kernel lock has ended.
    environment.readerCheck();
    const processIds = readerProcessIds(String(environment.readerList()));
    const holder = processIds.find((processId) => processId !== process.pid);
    if (holder !== undefined) throw new DataFolderLocked(directory, holder);
    try {
      return environment.useReadTransaction();
    } catch (error) {
      // An entry of our own id is of an earlier process, or of one in another container: then its kernel lock was in
      // our way, and the binding has waited ten seconds for it.
      if (processIds.includes(process.pid)) throw new DataFolderLocked(directory, process.pid);
      throw error;
    }
  });
}

/** The table lists one reader per line, its process id first. */
function readerProcessIds(readerList: string): number[] {
  return [...readerList.matchAll(/^\s*(\d+)\s/gm)].map((match) => Number(match[1]));
}

class HeldFolder implements DataFolderLock {
  readonly directory: string;
  readonly #path: string;
  readonly #environment: RootDatabase<Buffer, Uint8Array>;
  readonly #presence: Transaction;
  #released: Promise<void> | undefined;

  constructor(directory: string, path: string, environment: RootDatabase<Buffer, Uint8Array>, presence: Transaction) {
    this.directory = directory;
    this.#path = path;
    this.#environment = environment;
    this.#presence = presence;
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    this.#presence.done();
    await this.#environment.close();
    heldHere.delete(this.#path);
  }
}
