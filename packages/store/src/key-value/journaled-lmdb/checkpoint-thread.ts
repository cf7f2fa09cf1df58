/**
 * The thread that brings generations of the journal into the database, beside the writing, so that no commit waits for
 * it. Leaves out how: `checkpoint-segment.ts` does it.
 */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { nodeBlockingFileSystem } from '../../file-system/node-blocking-file-system.js';
import { type CheckpointPoint as CheckpointTask, checkpointSegment } from './checkpoint-segment.js';
import { openDatabaseFile } from './database-file.js';
import { JournalSegment } from './journal/journal-segment.js';
import { SEGMENT_NAMES } from './open-journal.js';
import { isPassing, messageOf } from './outcomes.js';
import {
  type CheckpointThreadMessage,
  type CheckpointThreadRequest,
  MAINTENANCE_CELL,
  setCheckpointState,
  type ThreadData,
  type ThreadGreeting,
} from './threads.js';
import { CheckpointDatabase } from './tree-database.js';

/** On a disk that is full or read-only; waiting callers get an answer in the meantime. */
const RETRY_MS = 1000;

function serve(): void {
  if (parentPort === null) throw new Error('Cannot start the checkpoint thread: this file is to be run as a worker');
  const port = parentPort;
  const { directory, cells: shared } = workerData as ThreadData;
  const cells = new Int32Array(shared);
  const file = openDatabaseFile(directory);
  const database = new CheckpointDatabase(file);
  let retry: NodeJS.Timeout | undefined;

  const tell = (message: CheckpointThreadMessage): void => port.postMessage(message);

  const finish = (generation: number | undefined): void => {
    Atomics.store(cells, MAINTENANCE_CELL, database.wantsMaintenance ? 1 : 0);
    tell({ checkpointed: generation });
    setCheckpointState(cells, 'done');
  };

  const fail = (error: unknown): void => {
    setCheckpointState(cells, 'failed');
    tell({ failure: messageOf(error) });
  };

  const checkpoint = (task: CheckpointTask): void => {
    try {
      withSegment(directory, task.generation, (segment) => checkpointSegment(database, segment, task.sequence));
      finish(task.generation);
    } catch (error) {
      if (!isPassing(error)) {
        fail(error);
        return;
      }
      setCheckpointState(cells, 'waiting');
      retry = setTimeout(() => checkpoint(task), RETRY_MS);
    }
  };

  const maintain = (): void => {
    try {
      database.maintain();
      finish(undefined);
    } catch (error) {
      if (!isPassing(error)) {
        fail(error);
        return;
      }
      // On a full disk there is no room to move anything; the next checkpoint asks again.
      Atomics.store(cells, MAINTENANCE_CELL, 0);
      tell({ checkpointed: undefined });
      setCheckpointState(cells, 'done');
    }
  };

  port.on('message', (request: CheckpointThreadRequest) => {
    if (request === 'close') {
      clearTimeout(retry);
      file.close();
      port.close();
      return;
    }
    database.protect(request.oldestTransaction);
    if (request.task === undefined) maintain();
    else checkpoint(request.task);
  });
  Atomics.store(cells, MAINTENANCE_CELL, database.wantsMaintenance ? 1 : 0);
  port.postMessage('ready' satisfies ThreadGreeting);
}

/** The write thread resets only segments that are done, so this one holds still. */
function withSegment<Result>(directory: string, generation: number, use: (segment: JournalSegment) => Result): Result {
  for (const name of SEGMENT_NAMES) {
    const path = join(directory, name);
    const segment = JournalSegment.open(nodeBlockingFileSystem.openFile(path), path);
    try {
      if (segment.generation === generation) return use(segment);
    } finally {
      segment.close();
    }
  }
  throw new Error(`Cannot find generation ${generation} of the journal`);
}

serve();
