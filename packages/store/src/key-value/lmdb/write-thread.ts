/**
 * The thread that owns the write side of an LMDB environment: takes all batches that have arrived, writes them in one transaction,
 * answers. Its own thread, because LMDB's commit blocks until the disk has synced, and so that the thread of the server spends
 * nothing on trees and pages. Leaves out what to do: `batch-writer.ts` decides.
 */
import { join } from 'node:path';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Database, open, type RootDatabase } from 'lmdb';
import { decodeBatch, type EncodedCommit } from './batch-encoding.js';
import { BATCH_COMMIT_COUNT_MAX, BatchWriter, type WriteDatabase, type WriteTransaction } from './batch-writer.js';
import { lmdbSettings } from './lmdb-settings.js';
import { SpaceReserve, type TreeShape } from './space-reserve.js';

/** To the thread: a batch of commits (see `batch-encoding.ts`), or the wish to end. */
export type WriteThreadRequest = Uint8Array | 'close';

/** What the thread is started with. */
export interface WriteThreadData {
  readonly directory: string;
  /**
   * One 32-bit counter, raised and notified after each request: the thread sleeps on it. Waking from there is quicker than by an event
   * loop, and a commit that comes alone waits for nothing else but the disk.
   */
  readonly doorbell: SharedArrayBuffer;
}

/** From the thread, once: it has opened the folder. */
export type WriteThreadGreeting = 'ready';

/** From the thread: the outcomes of as many commits as there are numbers, in the order in which they were sent. */
export interface WriteThreadAnswer {
  readonly outcomes: Float64Array;
  readonly durationMs: number;
  readonly cause?: string;
}

/** Larger transactions gain nothing and make everybody wait. */
const BATCH_LENGTH_BYTES_MAX = 8 * 1024 * 1024;

/** What the binding has at run time and its types leave out or leave open. */
interface BindingExtras {
  getWriteTxnId(): number;
  /** Length of the value read last: the buffer it is in may be longer. */
  readonly lastSize: number;
  getStats(): {
    readonly lastPageNumber: number;
    readonly treeDepth: number;
    readonly treeBranchPageCount: number;
    readonly pageSize: number;
    readonly free: { readonly treeLeafPageCount: number; readonly overflowPages: number };
  };
}

type BindingDatabase = Omit<Database<Buffer, Uint8Array>, keyof BindingExtras> & BindingExtras;

class LmdbWriteDatabase implements WriteDatabase {
  readonly #database: BindingDatabase;
  readonly #reserve: SpaceReserve;

  constructor(database: Database<Buffer, Uint8Array>, reserve: SpaceReserve) {
    this.#database = database as unknown as BindingDatabase;
    this.#reserve = reserve;
  }

  transaction(body: (transaction: WriteTransaction) => void): void {
    const database = this.#database;
    database.transactionSync(() => {
      body({
        // When LMDB refuses to begin, the binding says so nowhere else.
        id: database.getWriteTxnId(),
        reserve: (change) => this.#reserve.ensure(change, this.#treeShape()),
        get: (key) => database.getBinaryFast(key)?.subarray(0, database.lastSize),
        put: (key, storedValue) => {
          // The binding writes any bytes; its types know only `Buffer`.
          database.put(key, storedValue as Buffer);
        },
        delete: (key) => {
          database.remove(key);
        },
      });
    });
  }

  #treeShape(): TreeShape {
    const { lastPageNumber, treeDepth, treeBranchPageCount, pageSize, free } = this.#database.getStats();
    return {
      lastPageNumber,
      depth: treeDepth,
      branchPageCount: treeBranchPageCount,
      freeListPageCount: free.treeLeafPageCount + free.overflowPages,
      pageLengthBytes: pageSize,
    };
  }
}

function serve(): void {
  const port = parentPort;
  if (port === null) throw new Error('Cannot start the write thread: this file is to be run as a worker');
  const { directory, doorbell: shared } = workerData as WriteThreadData;
  const doorbell = new Int32Array(shared);
  const root: RootDatabase<Buffer, Uint8Array> = open(lmdbSettings(directory));
  const reserve = new SpaceReserve(join(directory, 'data.mdb'));
  const writer = new BatchWriter(new LmdbWriteDatabase(root, reserve));

  const writeAndAnswer = (commits: readonly EncodedCommit[]) => {
    const startMs = performance.now();
    const result = writer.write(commits);
    const answer: WriteThreadAnswer = { ...result, durationMs: performance.now() - startMs };
    port.postMessage(answer, [result.outcomes.buffer as ArrayBuffer]);
  };

  /** All that arrived while the last batch was synced shares the next transaction. @returns Whether the thread is to go on. */
  const writeWaiting = (): boolean => {
    let commits: EncodedCommit[] = [];
    let lengthBytes = 0;
    let request = nextRequest();
    for (; request !== undefined && request !== 'close'; request = nextRequest()) {
      for (const commit of decodeBatch(request)) {
        if (commits.length === BATCH_COMMIT_COUNT_MAX || lengthBytes + commit.lengthBytes > BATCH_LENGTH_BYTES_MAX) {
          if (commits.length > 0) writeAndAnswer(commits);
          commits = [];
          lengthBytes = 0;
        }
        commits.push(commit);
        lengthBytes += commit.lengthBytes;
      }
    }
    if (commits.length > 0) writeAndAnswer(commits);
    return request !== 'close';
  };

  const goRound = (): void => {
    let heard: number;
    do {
      // Read before looking for requests: one that comes in between changes it, and the wait returns at once.
      heard = Atomics.load(doorbell, 0);
      if (!writeWaiting()) {
        reserve.close();
        void root.close().then(() => port.close());
        return;
      }
    } while (Atomics.wait(doorbell, 0, heard) !== 'timed-out');
  };

  port.postMessage('ready' satisfies WriteThreadGreeting);
  // Not within the module's own evaluation: a thread that ends there takes the process with it on Node 24.
  setImmediate(goRound);

  function nextRequest(): WriteThreadRequest | undefined {
    return receiveMessageOnPort(port as NonNullable<typeof port>)?.message as WriteThreadRequest | undefined;
  }
}

serve();
