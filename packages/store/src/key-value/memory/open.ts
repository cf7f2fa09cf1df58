/**
 * Key-value engine in memory: the reference model of the contract, and the engine of tests and throw-away servers.
 * Leaves out durability. Inserting a new key costs time proportional to the number of keys (one move of an array of
 * pointers).
 */

import { EngineFailure } from '../../contract/engine-failure.js';
import type {
  KeyValueCommit,
  KeyValueCommitOutcome,
  KeyValueEntry,
  KeyValueRange,
  KeyValueSnapshot,
  KeyValueStatistics,
  KeyValueStore,
  KeyValueVersion,
} from '../../contract/key-value-store.js';
import { addToCounter, assertCommit, assertKey, keyToText } from '../commit-rules.js';
import { KeyWatchers } from '../key-watchers.js';

/** @returns An empty store whose content ends with it. */
export function openMemoryKeyValueStore(): KeyValueStore {
  return new MemoryKeyValueStore();
}

/** Entries in byte order, for lists. */
interface Entries {
  readonly byText: Map<string, KeyValueEntry>;
  /** The keys of `byText` in byte order. */
  readonly order: string[];
}

class MemoryKeyValueStore implements KeyValueStore {
  /** Nobody changes it while a snapshot shares it: see `#own`. */
  #entries: Entries = { byText: new Map(), order: [] };
  #isShared = false;
  readonly #watchers = new KeyWatchers();
  #versionLast: KeyValueVersion = 0;
  #commitCount = 0;
  #isClosed = false;

  async get(key: Uint8Array): Promise<KeyValueEntry | undefined> {
    this.#assertOpen();
    return this.#entries.byText.get(assertKey(key));
  }

  async list(range: KeyValueRange): Promise<readonly KeyValueEntry[]> {
    this.#assertOpen();
    return listEntries(this.#entries, range);
  }

  async commit(commit: KeyValueCommit): Promise<KeyValueCommitOutcome> {
    this.#assertOpen();
    const written = assertCommit(commit);
    for (const check of commit.checks ?? []) {
      if (this.#entries.byText.get(keyToText(check.key))?.version !== check.version) return { committed: false };
    }
    // Computed before the first write: a sum that cannot be made must leave nothing behind.
    const sums = (commit.sums ?? []).map(({ key, delta }) => ({
      key,
      value: addToCounter(this.#entries.byText.get(keyToText(key))?.value, delta),
    }));
    this.#own();
    this.#versionLast += 1;
    for (const { key, value } of commit.puts ?? []) this.#put(key, value);
    for (const { key, value } of sums) this.#put(key, value);
    for (const key of commit.deletes ?? []) this.#delete(keyToText(key));
    this.#commitCount += 1;
    for (const text of written) this.#watchers.notify(text);
    return { committed: true, version: this.#versionLast };
  }

  async snapshot(): Promise<KeyValueSnapshot> {
    this.#assertOpen();
    this.#isShared = true;
    let entries: Entries | undefined = this.#entries;
    const opened = (): Entries => {
      this.#assertOpen();
      if (entries === undefined) throw new EngineFailure({ kind: 'unavailable', because: 'closed' });
      return entries;
    };
    return {
      get: async (key) => opened().byText.get(assertKey(key)),
      list: async (range) => listEntries(opened(), range),
      close: async () => {
        entries = undefined;
      },
    };
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
    this.#entries = { byText: new Map(), order: [] };
  }

  /** The first change after a snapshot copies everything once. */
  #own(): void {
    if (!this.#isShared) return;
    this.#entries = { byText: new Map(this.#entries.byText), order: [...this.#entries.order] };
    this.#isShared = false;
  }

  #put(key: Uint8Array, value: Uint8Array): void {
    const { byText, order } = this.#entries;
    const text = keyToText(key);
    if (!byText.has(text)) order.splice(indexOf(order, text), 0, text);
    byText.set(text, { key, value, version: this.#versionLast });
  }

  #delete(text: string): void {
    const { byText, order } = this.#entries;
    if (byText.delete(text)) order.splice(indexOf(order, text), 1);
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new EngineFailure({ kind: 'unavailable', because: 'closed' });
  }
}

function listEntries({ byText, order }: Entries, range: KeyValueRange): KeyValueEntry[] {
  const first = indexOf(order, keyToText(range.start));
  const afterLast = Math.max(first, indexOf(order, keyToText(range.end)));
  const count = Math.min(afterLast - first, Math.max(0, range.limit));
  const keys = range.reverse ? order.slice(afterLast - count, afterLast).reverse() : order.slice(first, first + count);
  return keys.map((key) => byText.get(key) as KeyValueEntry);
}

/** @returns Where the key stands in the order, or would stand. */
function indexOf(order: readonly string[], text: string): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((order[middle] as string) < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
