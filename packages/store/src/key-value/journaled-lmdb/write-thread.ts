/**
 * The thread that owns the journal: takes all batches that have arrived, makes them durable with one sync, answers. Its
 * own thread, because a sync blocks, and so that the thread of the server spends nothing on decisions and frames.
 * Leaves out what to do: `commit-journal.ts` decides.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { decodeBatch, type EncodedCommit } from './batch-encoding.js';
import { BATCH_COMMIT_COUNT_MAX, type Checkpointer, CommitJournal } from './commit-journal.js';
import { DATABASE_FILE_NAME, openDatabaseFile } from './database-file.js';
import { SALT_LENGTH_BYTES } from './journal/journal-format.js';
import { type OpenedJournal, openJournal } from './open-journal.js';
import { SpaceReserve } from './space-reserve.js';
import {
  CHECKPOINT_STATE_CELL,
  CHECKPOINT_STATES,
  type CheckpointRequest,
  checkpointState,
  DOORBELL_CELL,
  MAINTENANCE_CELL,
  type MaintenanceRequest,
  setCheckpointState,
  type ThreadData,
  type ThreadGreeting,
  type WriteThreadAnswer,
  type WriteThreadRequest,
} from './threads.js';
import { CheckpointDatabase, TreeDatabase } from './tree-database.js';

/** Larger batches gain nothing and make all commits wait. */
const BATCH_LENGTH_BYTES_MAX = 8 * 1024 * 1024;

/** What has waited so long in the journal goes to the database, however little it is. */
const CHECKPOINT_INTERVAL_MS = 500;

/** A store that has had nothing to write for so long keeps no room for what a busy one needs. */
const REST_MS = 10_000;

const RUNNING = CHECKPOINT_STATES.indexOf('running');

const drawSalt = (): Uint8Array => randomBytes(SALT_LENGTH_BYTES);

/** Brings what an earlier process left in the journal into the database, before the checkpoint thread has it. */
function recover(directory: string): OpenedJournal {
  const file = openDatabaseFile(directory);
  try {
    return openJournal(directory, new CheckpointDatabase(file), drawSalt);
  } finally {
    file.close();
  }
}

/** Asks for checkpoints by way of the caller's thread, which has to know before the database changes. */
function checkpointerBeyond(port: MessagePort, cells: Int32Array): Checkpointer {
  return {
    start: (checkpoint) => {
      setCheckpointState(cells, 'running');
      port.postMessage({ checkpoint } satisfies CheckpointRequest);
    },
    startMaintenance: () => {
      setCheckpointState(cells, 'running');
      port.postMessage('maintain' satisfies MaintenanceRequest);
    },
    wantsMaintenance: () => Atomics.load(cells, MAINTENANCE_CELL) === 1,
    state: () => checkpointState(cells),
    wait: () => {
      Atomics.wait(cells, CHECKPOINT_STATE_CELL, RUNNING);
    },
  };
}

/** The journal of a folder, and the loop that serves it. */
class WriteThread {
  readonly #port: MessagePort;
  readonly #cells: Int32Array;
  readonly #journal: CommitJournal;
  /** To be closed at the end, in this order. */
  readonly #resources: readonly { close(): void }[];

  constructor(port: MessagePort, { directory, cells }: ThreadData) {
    this.#port = port;
    this.#cells = new Int32Array(cells);
    const { segments, sequence } = recover(directory);
    const file = openDatabaseFile(directory);
    const reserve = new SpaceReserve(join(directory, DATABASE_FILE_NAME));
    const database = new TreeDatabase(file);
    const checkpointer = checkpointerBeyond(port, this.#cells);
    this.#journal = new CommitJournal({ database, reserve, checkpointer, segments, sequence, drawSalt });
    this.#resources = [...segments, reserve, file];
  }

  serveUntilClosed(): void {
    const journal = this.#journal;
    let isResting = false;
    for (let checkpointedMs = performance.now(); ; ) {
      // Read before looking for requests: one that comes in between changes it, and the wait returns at once.
      const doorbell = Atomics.load(this.#cells, DOORBELL_CELL);
      const wasEmpty = journal.isEmpty;
      if (!this.#writeWaiting()) break;
      // Counted from the first commit behind the last checkpoint.
      if (wasEmpty) checkpointedMs = performance.now();
      const isDue = performance.now() - checkpointedMs >= CHECKPOINT_INTERVAL_MS;
      journal.checkpoint(isDue);
      if (isDue) checkpointedMs = performance.now();
      journal.maintain();
      const waitMs: number = journal.isEmpty
        ? isResting
          ? Number.POSITIVE_INFINITY
          : REST_MS
        : CHECKPOINT_INTERVAL_MS;
      const isUndisturbed = Atomics.wait(this.#cells, DOORBELL_CELL, doorbell, waitMs) === 'timed-out';
      isResting = isUndisturbed && journal.isEmpty;
      if (isResting) journal.rest();
    }
    journal.drain();
    for (const resource of this.#resources) resource.close();
    this.#port.close();
  }

  /** All that arrived while the last batch was synced shares the next sync. @returns Whether the thread is to go on. */
  #writeWaiting(): boolean {
    let commits: EncodedCommit[] = [];
    let lengthBytes = 0;
    let request = this.#nextRequest();
    for (; request !== undefined && request !== 'close'; request = this.#nextRequest()) {
      for (const commit of decodeBatch(request)) {
        if (commits.length === BATCH_COMMIT_COUNT_MAX || lengthBytes + commit.lengthBytes > BATCH_LENGTH_BYTES_MAX) {
          if (commits.length > 0) this.#writeAndAnswer(commits);
          commits = [];
          lengthBytes = 0;
        }
        commits.push(commit);
        lengthBytes += commit.lengthBytes;
      }
    }
    if (commits.length > 0) this.#writeAndAnswer(commits);
    return request !== 'close';
  }

  #nextRequest(): WriteThreadRequest | undefined {
    return receiveMessageOnPort(this.#port)?.message as WriteThreadRequest | undefined;
  }

  #writeAndAnswer(commits: readonly EncodedCommit[]): void {
    let startMs = performance.now();
    for (const result of this.#journal.write(commits)) {
      const endMs = performance.now();
      const answer: WriteThreadAnswer = { ...result, durationMs: endMs - startMs };
      this.#port.postMessage(answer);
      startMs = endMs;
    }
  }
}

if (parentPort === null) throw new Error('Cannot start the write thread: this file is to be run as a worker');
const thread = new WriteThread(parentPort, workerData as ThreadData);
parentPort.postMessage('ready' satisfies ThreadGreeting);
// Not within the module's own evaluation: a thread that ends there takes the process with it on Node 24.
setImmediate(() => thread.serveUntilClosed());
