/**
 * The thread that brings generations of the journal into LMDB, beside the writing, so that no commit waits for it. Leaves out how:
 * `checkpoint-segment.ts` does it.
 */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { open } from 'lmdb';
import { nodeBlockingFileSystem } from '../../file-system/node-blocking-file-system.js';
import { type CheckpointPoint as CheckpointTask, checkpointSegment } from './checkpoint-segment.js';
import { JournalSegment } from './journal/journal-segment.js';
import { LmdbDatabase } from './lmdb-database.js';
import { lmdbSettings } from './lmdb-settings.js';
import { SEGMENT_NAMES } from './open-journal.js';
import { isPassing, messageOf } from './outcomes.js';
import { SpaceReserve } from './space-reserve.js';
import {
  type CheckpointThreadMessage,
  type CheckpointThreadRequest,
  setCheckpointState,
  type ThreadData,
  type ThreadGreeting,
} from './threads.js';

/** On a disk that is full or read-only; whoever waits is answered in the meantime. */
const RETRY_MS = 1000;

function serve(): void {
  if (parentPort === null) throw new Error('Cannot start the checkpoint thread: this file is to be run as a worker');
  const port = parentPort;
  const { directory, cells: shared } = workerData as ThreadData;
  const cells = new Int32Array(shared);
  const root = open<Buffer, Uint8Array>(lmdbSettings(directory));
  const reserve = new SpaceReserve(join(directory, 'data.mdb'));
  const database = new LmdbDatabase(root, reserve);
  let retry: NodeJS.Timeout | undefined;

  const tell = (message: CheckpointThreadMessage): void => port.postMessage(message);

  const checkpoint = (task: CheckpointTask): void => {
    try {
      database.refresh();
      withSegment(directory, task.generation, (segment) => checkpointSegment(database, segment, task.sequence));
    } catch (error) {
      if (isPassing(error)) {
        setCheckpointState(cells, 'waiting');
        retry = setTimeout(() => checkpoint(task), RETRY_MS);
        return;
      }
      setCheckpointState(cells, 'failed');
      tell({ failure: messageOf(error) });
      return;
    }
    tell({ checkpointed: task.generation });
    setCheckpointState(cells, 'done');
  };

  port.on('message', (request: CheckpointThreadRequest) => {
    if (request !== 'close') {
      checkpoint(request);
      return;
    }
    clearTimeout(retry);
    reserve.close();
    void root.close().then(() => port.close());
  });
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
