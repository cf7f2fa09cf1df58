/** Knows how large commits are, so that one that holds the others up is seen from outside. */

import type { KeyValueCommit, KeyValueStore } from '../../contract/key-value-store.js';
import { withCommit } from '../../key-value/with-commit.js';

/** The greatest of some commits, each number by itself. */
export interface LargestCommit {
  /** Rows put, added to or deleted. */
  readonly rowCount: number;
  /** Bytes of the values put. */
  readonly lengthBytes: number;
}

/** Watches the commits of one store. */
export class CommitMeter {
  #rowCount = 0;
  #lengthBytes = 0;

  /** @returns The same engine; what is committed through it is looked at. */
  watch(keyValues: KeyValueStore): KeyValueStore {
    return withCommit(keyValues, (commit) => {
      this.#note(commit);
      return keyValues.commit(commit);
    });
  }

  /** @returns The largest since it was last asked. */
  take(): LargestCommit {
    const largest = { rowCount: this.#rowCount, lengthBytes: this.#lengthBytes };
    this.#rowCount = 0;
    this.#lengthBytes = 0;
    return largest;
  }

  #note({ puts = [], deletes = [], sums = [] }: KeyValueCommit): void {
    this.#rowCount = Math.max(this.#rowCount, puts.length + deletes.length + sums.length);
    let lengthBytes = 0;
    for (const { value } of puts) lengthBytes += value.length;
    this.#lengthBytes = Math.max(this.#lengthBytes, lengthBytes);
  }
}
