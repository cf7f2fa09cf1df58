/**
 * Key-value engine in memory: the reference model of the contract, and the engine of tests and throw-away servers.
 * Leaves out durability. Inserting a new key costs time proportional to the number of keys (one move of an array of pointers).
 */
import type {
  KeyValueCommit,
  KeyValueCommitOutcome,
  KeyValueEntry,
  KeyValueRange,
  KeyValueStatistics,
  KeyValueStore,
  KeyValueVersion,
} from '../../contract/key-value-store.js';
import { StoreFailure } from '../../contract/store-failure.js';
import { addToCounter, assertCommit, assertKey, keyToText } from '../commit-rules.js';
import { KeyWatchers } from '../key-watchers.js';

/** @returns An empty store whose content ends with it. */
export function openMemoryKeyValueStore(): KeyValueStore {
  return new MemoryKeyValueStore();
}

class MemoryKeyValueStore implements KeyValueStore {
  readonly #entries = new Map<string, KeyValueEntry>();
  /** The keys of `#entries` in byte order. */
  readonly #order: string[] = [];
  readonly #watchers = new KeyWatchers();
  #versionLast: KeyValueVersion = 0;
  #commitCount = 0;
  #isClosed = false;

  async get(key: Uint8Array): Promise<KeyValueEntry | undefined> {
    this.#assertOpen();
    return this.#entries.get(assertKey(key));
  }

  async list(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    this.#assertOpen();
    const first = this.#indexOf(keyToText(range.start));
    const afterLast = Math.max(first, this.#indexOf(keyToText(range.end)));
    const count = Math.min(afterLast - first, Math.max(0, range.limit));
    const keys = range.reverse
      ? this.#order.slice(afterLast - count, afterLast).reverse()
      : this.#order.slice(first, first + count);
    return keys.map((key) => this.#entries.get(key) as KeyValueEntry);
  }

  async commit(commit: KeyValueCommit): Promise<KeyValueCommitOutcome> {
    this.#assertOpen();
    const written = assertCommit(commit);
    for (const check of commit.checks ?? []) {
      if (this.#entries.get(keyToText(check.key))?.version !== check.version) return { committed: false };
    }
    // Computed before the first write: a sum that cannot be made must leave nothing behind.
    const sums = (commit.sums ?? []).map(({ key, delta }) => ({
      key,
      value: addToCounter(this.#entries.get(keyToText(key))?.value, delta),
    }));
    this.#versionLast += 1;
    for (const { key, value } of commit.puts ?? []) this.#put(key, value);
    for (const { key, value } of sums) this.#put(key, value);
    for (const key of commit.deletes ?? []) this.#delete(keyToText(key));
    this.#commitCount += 1;
    for (const text of written) this.#watchers.notify(text);
    return { committed: true, version: this.#versionLast };
  }

  watch(key: Uint8Array, listener: () => void): () => void {
    this.#assertOpen();
    return this.#watchers.add(assertKey(key), listener);
  }

  statistics(): KeyValueStatistics {
    this.#assertOpen();
    return { commitCount: this.#commitCount, batchCount: this.#commitCount, sizeBytes: 0 };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watchers.clear();
    this.#entries.clear();
    this.#order.length = 0;
  }

  #put(key: Uint8Array, value: Uint8Array): void {
    const text = keyToText(key);
    if (!this.#entries.has(text)) this.#order.splice(this.#indexOf(text), 0, text);
    this.#entries.set(text, { key, value, version: this.#versionLast });
  }

  #delete(text: string): void {
    if (this.#entries.delete(text)) this.#order.splice(this.#indexOf(text), 1);
  }

  /** @returns Where the key stands in the order, or would stand. */
  #indexOf(text: string): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#order[middle] as string) < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StoreFailure({ kind: 'unavailable', because: 'closed' });
  }
}
