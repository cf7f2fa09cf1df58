/** Stands in front of an engine for those who look at commits or add to them; everything else passes. */
import type { KeyValueStore } from '../contract/key-value-store.js';

/** @returns The same engine, whose commits go through `commit`. */
export function withCommit(engine: KeyValueStore, commit: KeyValueStore['commit']): KeyValueStore {
  return {
    get: (key) => engine.get(key),
    list: (range) => engine.list(range),
    commit,
    snapshot: () => engine.snapshot(),
    watch: (key, listener) => engine.watch(key, listener),
    statistics: () => engine.statistics(),
    close: () => engine.close(),
  };
}
