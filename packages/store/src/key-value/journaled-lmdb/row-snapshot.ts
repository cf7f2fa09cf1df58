/**
 * A moment of the store that is held: a state of the tree, and a copy of the rows that lay in front of it then. While
 * it is open no page of that state is used again, so the file grows by what changes.
 */

import { EngineFailure } from '../../contract/engine-failure.js';
import type { KeyValueEntry, KeyValueRange, KeyValueSnapshot } from '../../contract/key-value-store.js';
import type { RowView } from './row-view.js';

/** Opened in one turn of the event loop, so that both halves are of one moment. */
export class RowSnapshot implements KeyValueSnapshot {
  /** Transaction of the state that is held. */
  readonly transaction: number;
  readonly #onClose: (snapshot: RowSnapshot) => void;
  /** `undefined`: closed. */
  #view: RowView | undefined;

  /**
   * @param view Of the store now; copied.
   * @param onClose Called once.
   */
  constructor(view: RowView, onClose: (snapshot: RowSnapshot) => void) {
    this.#view = view.copy();
    this.transaction = this.#view.reader.head.transaction;
    this.#onClose = onClose;
  }

  async get(key: Uint8Array): Promise<KeyValueEntry | undefined> {
    return this.#opened().get(key);
  }

  async list(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    return this.#opened().list(range);
  }

  async close(): Promise<void> {
    if (this.#view === undefined) return;
    this.#view = undefined;
    this.#onClose(this);
  }

  #opened(): RowView {
    if (this.#view === undefined) throw new EngineFailure({ kind: 'unavailable', because: 'closed' });
    return this.#view;
  }
}
