/** LMDB as the engine's threads use it: reads of the newest checkpoint, and write transactions that meet no full disk. */
import type { Database, RootDatabase } from 'lmdb';
import type { WriteDatabase, WriteTransaction } from './checkpoint-segment.js';
import type { CheckpointedDatabase } from './commit-journal.js';
import type { SpaceReserve, TreeShape } from './space-reserve.js';

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

/** One thread's view of the environment. */
export class LmdbDatabase implements CheckpointedDatabase, WriteDatabase {
  readonly #database: BindingDatabase;
  readonly #reserve: SpaceReserve;

  constructor(database: RootDatabase<Buffer, Uint8Array>, reserve: SpaceReserve) {
    this.#database = database as unknown as BindingDatabase;
    this.#reserve = reserve;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#database.getBinaryFast(key)?.subarray(0, this.#database.lastSize);
  }

  refresh(): void {
    this.#database.resetReadTxn();
  }

  shape(): TreeShape {
    const { lastPageNumber, treeDepth, treeBranchPageCount, pageSize, free } = this.#database.getStats();
    return {
      lastPageNumber,
      depth: treeDepth,
      branchPageCount: treeBranchPageCount,
      freeListPageCount: free.treeLeafPageCount + free.overflowPages,
      pageLengthBytes: pageSize,
    };
  }

  transaction(body: (transaction: WriteTransaction) => void): void {
    const database = this.#database;
    database.transactionSync(() => {
      body({
        // When LMDB refuses to begin, the binding says so nowhere else.
        id: database.getWriteTxnId(),
        reserve: (change) => {
          this.#reserve.assertWritable();
          this.#reserve.ensure(change, this.shape());
        },
        get: (key) => this.get(key),
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
}
