/**
 * Rows as they were last read from the database, on the thread that reads: some are read with every request, those of
 * buckets above all. Never stale, because an engine's folder belongs to it alone and every change goes through it.
 */
import { LRUCache } from 'lru-cache';
import type { KeyValueEntry } from '../../contract/key-value-store.js';

const ROW_COUNT_MAX = 1024;
/** Longer ones would crowd out memory; they are the bytes of objects. */
const VALUE_LENGTH_BYTES_MAX = 4096;

/** Some rows of the database, by key text. */
export class ReadRows {
  readonly #rows = new LRUCache<string, KeyValueEntry>({ max: ROW_COUNT_MAX });

  find(text: string): KeyValueEntry | undefined {
    return this.#rows.get(text);
  }

  keep(text: string, entry: KeyValueEntry): void {
    if (entry.value.length > VALUE_LENGTH_BYTES_MAX) return;
    this.#rows.set(text, entry);
  }

  /** To be called for every row that changes. */
  forget(text: string): void {
    this.#rows.delete(text);
  }
}
