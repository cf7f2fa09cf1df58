/**
 * The key-value engine `journaled-lmdb`: a journal in front of a tree of rows. A commit goes to the write thread, where
 * all that waits shares one frame of the journal and one sync; a checkpoint thread brings the journal into the tree,
 * many commits at a time. Reads happen on the calling thread: from the rows that the tree may not have yet, else from
 * its pages. The name says where the engine comes from: it migrates databases that LMDB holds, keeps their file name,
 * and locks its folder through LMDB. No file on disk and no setting holds the name. What the engine relies on, and what
 * it costs: `docs/engines.md`. Leaves out the store that is opened (`journaled-lmdb-key-value-store.ts`).
 */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CommitObserver, KeyValueStore } from '../../contract/key-value-store.js';
import type { BlockingFile } from '../../file-system/file-system.js';
import { nodeBlockingFileSystem } from '../../file-system/node-blocking-file-system.js';
import { nodeFileSystem } from '../../file-system/node-file-system.js';
import { syncPath } from '../../file-system/sync-path.js';
import { openDatabaseFile, prepareDatabaseFile, type RowMigrationObserver } from './database-file.js';
import { type DataFolderLock, DataFolderLocked, lockDataFolder } from './folder-lock/data-folder-lock.js';
import { JournaledLmdbKeyValueStore } from './journaled-lmdb-key-value-store.js';
import { OUTCOME_INPUT_OUTPUT, outcomeOfError, outcomeToError } from './outcomes.js';
import { CELL_COUNT, ringDoorbell, type ThreadData } from './threads.js';

/** Where the database lies, and who is told of each batch. */
export interface JournaledLmdbKeyValueStoreOptions {
  /** Folder of the database; made when it is missing. Nothing else may live in it. */
  readonly directory: string;
  readonly observeBatch?: CommitObserver;
  /** Called with the progress of the migration of a database of an earlier form; not called when there is none. */
  readonly observeMigration?: RowMigrationObserver;
}

/**
 * What a thread of the engine may hold of young garbage, in MiB: a third of it is one semi-space. Without a limit V8
 * lets it grow to 48 in each thread under load, and gives nothing back afterwards.
 */
const YOUNG_GENERATION_LENGTH_MIB_MAX = 12;

/**
 * Opens, or makes, the database of a folder, for this store alone. Everything acknowledged before a crash or a loss of
 * power is there.
 * @throws {DataFolderLocked} Another store, here or in another process, has the folder.
 * @throws {EngineFailure} `unavailable`: the folder cannot be written, is on a full disk, or holds something else; the
 * cause says what.
 */
export async function openJournaledLmdbKeyValueStore(
  options: JournaledLmdbKeyValueStoreOptions,
): Promise<KeyValueStore> {
  const directory = resolve(options.directory);
  let lock: DataFolderLock;
  try {
    nodeBlockingFileSystem.makeDirectory(directory);
    lock = await lockDataFolder(directory);
  } catch (error) {
    throw openFailure(error);
  }
  let file: BlockingFile | undefined;
  const cells = new SharedArrayBuffer(CELL_COUNT * Int32Array.BYTES_PER_ELEMENT);
  const threads: Worker[] = [];
  try {
    prepareDatabaseFile(directory, options.observeMigration);
    // One after the other: the first may have to recover what the second is to go on with.
    const writer = await startThread('write-thread', { directory, cells });
    threads.push(writer);
    const checkpointer = await startThread('checkpoint-thread', { directory, cells });
    threads.push(checkpointer);
    file = openDatabaseFile(directory);
    // The database and the journal sync their files; not all of the names above them.
    await syncPath(nodeFileSystem, directory);
    const parts = { file, writer, checkpointer, cells: new Int32Array(cells), lock };
    return new JournaledLmdbKeyValueStore(directory, parts, options.observeBatch);
  } catch (error) {
    for (const thread of threads) await endThread(thread, new Int32Array(cells));
    file?.close();
    await lock.release();
    throw openFailure(error);
  }
}

/**
 * Lets a thread that has nothing to do give back what it has open: neither the folder nor the process must be kept by
 * it.
 */
async function endThread(thread: Worker, cells: Int32Array): Promise<void> {
  const exited = once(thread, 'exit');
  thread.postMessage('close');
  ringDoorbell(cells);
  await exited;
}

/**
 * @returns The thread, once it has opened the folder.
 * @throws What keeps it from that; it has ended by then, so it holds nothing of the folder.
 */
async function startThread(name: 'write-thread' | 'checkpoint-thread', workerData: ThreadData): Promise<Worker> {
  // A thread needs compiled code: when the sources run as they are (under a test runner), it comes from the build.
  const folder = import.meta.url.endsWith('.ts') ? '../../../dist/key-value/journaled-lmdb' : '.';
  // Flags meant for the main script (`--input-type`, `--inspect-brk`) would break the thread.
  const worker = new Worker(new URL(`${folder}/${name}.js`, import.meta.url), {
    workerData,
    name: `annals-rows-${name}`,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_LENGTH_MIB_MAX },
  });
  // `once` would miss an end in the same moment as the error.
  const ended = new Promise<void>((resolveEnd) => {
    worker.once('exit', () => resolveEnd());
  });
  try {
    await once(worker, 'message');
  } catch (error) {
    await ended;
    throw error;
  }
  return worker;
}

function openFailure(error: unknown): Error {
  return error instanceof DataFolderLocked ? error : outcomeToError(outcomeOfError(error, OUTCOME_INPUT_OUTPUT), error);
}
