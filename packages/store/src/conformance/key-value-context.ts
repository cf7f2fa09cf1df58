/** What the cases of the key-value suite run on. */
import type { KeyValueStore } from '../contract/key-value-store.js';

/** An engine of the case's own, empty at the beginning. */
export interface KeyValueContext {
  readonly store: KeyValueStore;
  /** Closes the store and opens it again on the same data. */
  readonly reopen?: () => Promise<KeyValueStore>;
  /** Of everything random in the case. */
  readonly seed: number;
}
