/**
 * The thread that owns the write side of an LMDB environment: takes all batches that have arrived, writes them in one transaction,
 * answers. Its own thread, because LMDB's commit blocks until the disk has synced, and so that the thread of the server spends
 * nothing on trees and pages. Leaves out what to do: `batch-writer.ts` decides.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Database, open, type RootDatabase } from 'lmdb';
import { decodeBatch, type EncodedCommit } from './batch-encoding.js';
import { BATCH_COMMIT_COUNT_MAX, BatchWriter, type WriteDatabase, type WriteTransaction } from './batch-writer.js';
import { lmdbSettings } from './lmdb-settings.js';

/** To the thread: a batch of commits (see `batch-encoding.ts`), or the wish to end. */
export type WriteThreadRequest = Uint8Array | 'close';

/** From the thread: the outcomes of as many commits as there are numbers, in the order in which they were sent. */
export interface WriteThreadAnswer {
  readonly outcomes: Float64Array;
  readonly durationMs: number;
  readonly cause?: string;
}

/** Larger transactions gain nothing and make everybody wait. */
const BATCH_LENGTH_BYTES_MAX = 8 * 1024 * 1024;

/** What the binding's native side offers and its types leave out. */
type WriteIdentified = { getWriteTxnId(): number };

class LmdbWriteDatabase implements WriteDatabase {
  readonly #database: Database<Buffer, Uint8Array>;
  readonly #directory: string;

  constructor(database: Database<Buffer, Uint8Array>, directory: string) {
    this.#database = database;
    this.#directory = directory;
  }

  transaction(body: (transaction: WriteTransaction) => void): void {
    const database = this.#database;
    database.transactionSync(() => {
      body({
        // 0 when LMDB refused to begin: the binding does not say so otherwise.
        id: (database as unknown as WriteIdentified).getWriteTxnId(),
        get: (key) => database.getBinaryFast(key)?.subarray(0, (database as unknown as { lastSize: number }).lastSize),
        put: (key, storedValue) => {
          database.put(key, storedValue as Buffer);
        },
        delete: (key) => {
          database.remove(key);
        },
      });
    });
  }

  probeSpace(lengthBytes: number): void {
    const path = join(this.#directory, `probe-${randomBytes(8).toString('hex')}`);
    const file = openSync(path, 'wx');
    try {
      const zeros = new Uint8Array(64 * 1024);
      for (let written = 0; written < lengthBytes; ) {
        written += writeSync(file, zeros, 0, Math.min(zeros.length, lengthBytes - written));
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
      unlinkSync(path);
    }
  }
}

function serve(): void {
  const port = parentPort;
  if (port === null) throw new Error('Cannot start the write thread: this file is to be run as a worker');
  const directory = String((workerData as { directory: string }).directory);
  const root: RootDatabase<Buffer, Uint8Array> = open(lmdbSettings(directory));
  const writer = new BatchWriter(new LmdbWriteDatabase(root, directory));

  const writeAndAnswer = (commits: readonly EncodedCommit[]) => {
    const startMs = performance.now();
    const result = writer.write(commits);
    const answer: WriteThreadAnswer = { ...result, durationMs: performance.now() - startMs };
    port.postMessage(answer, [result.outcomes.buffer as ArrayBuffer]);
  };

  port.on('message', (first: WriteThreadRequest) => {
    let request: WriteThreadRequest | undefined = first;
    let commits: EncodedCommit[] = [];
    let lengthBytes = 0;
    // All that arrived while the last batch was synced shares the next transaction.
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
      if (lengthBytes >= BATCH_LENGTH_BYTES_MAX) break;
    }
    if (commits.length > 0) writeAndAnswer(commits);
    if (request === 'close') {
      void root.close().then(() => port.close());
    }
  });

  function nextRequest(): WriteThreadRequest | undefined {
    return receiveMessageOnPort(port as NonNullable<typeof port>)?.message as WriteThreadRequest | undefined;
  }
}

serve();
