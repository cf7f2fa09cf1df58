/**
 * A moment of the store that is held: a read transaction of LMDB, and a copy of the rows that lay in front of it then. Together they are
 * what was committed. While it is open LMDB writes no page anew that the transaction may still read, so the file grows by what changes.
 */
import type { RootDatabase, Transaction } from 'lmdb';
import type { KeyValueEntry, KeyValueRange, KeyValueSnapshot } from '../../contract/key-value-store.js';
import { StoreFailure } from '../../contract/store-failure.js';
import { assertKey } from '../commit-rules.js';
import type { RecentRows } from './recent-rows.js';
import { storedRow, storedRows } from './stored-rows.js';

/** Opened in one turn of the event loop, so that both halves are of one moment. */
export class LmdbSnapshot implements KeyValueSnapshot {
  readonly #database: RootDatabase<Buffer, Uint8Array>;
  readonly #recent: RecentRows;
  readonly #onClose: (snapshot: LmdbSnapshot) => void;
  /** `undefined`: closed. */
  #transaction: Transaction | undefined;

  /**
   * @param recent The rows in front of the database now; copied.
   * @param onClose Told once.
   */
  constructor(
    database: RootDatabase<Buffer, Uint8Array>,
    recent: RecentRows,
    onClose: (snapshot: LmdbSnapshot) => void,
  ) {
    this.#database = database;
    this.#recent = recent.copy();
    this.#onClose = onClose;
    // Neither may the binding's shared transaction be this one, which is perhaps older, nor may it become this one: others read by it.
    database.resetReadTxn();
    this.#transaction = database.useReadTransaction();
    database.resetReadTxn();
  }

  async get(key: Uint8Array): Promise<KeyValueEntry | undefined> {
    const transaction = this.#opened();
    const recent = this.#recent.find(assertKey(key));
    return recent === undefined ? storedRow(this.#database, key, transaction) : recent.row;
  }

  async list(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    const transaction = this.#opened();
    if (range.limit <= 0 || Buffer.compare(range.start, range.end) >= 0) return [];
    return (
      this.#recent.list(range, () => storedRows(this.#database, range, { transaction })) ?? [
        ...storedRows(this.#database, range, { transaction, limit: range.limit }),
      ]
    );
  }

  async close(): Promise<void> {
    const transaction = this.#transaction;
    if (transaction === undefined) return;
    this.#transaction = undefined;
    transaction.done();
    this.#onClose(this);
  }

  #opened(): Transaction {
    if (this.#transaction === undefined) throw new StoreFailure({ kind: 'unavailable', because: 'closed' });
    return this.#transaction;
  }
}
