/** A commit that waits or is under way, and what it does with each key. */
import type { KeyValueCommit, KeyValueCommitOutcome } from '../../contract/key-value-store.js';
import { assertCommit, keyToText } from '../commit-rules.js';

/**
 * `write`: puts or deletes it. `check`: only looks at it. `sum`: only adds to it. Two commits do not disturb each other
 * at a key that both only check, or both only add to.
 */
export type KeyUse = 'write' | 'check' | 'sum';

/** One key of a commit. */
export interface UsedKey {
  readonly key: Uint8Array;
  readonly use: KeyUse;
}

/** A commit with its caller. */
export class PendingCommit {
  readonly commit: KeyValueCommit;
  /** The keys it writes, as `assertCommit` gives them. */
  readonly written: readonly string[];
  /** All its keys, by their text. */
  readonly uses: ReadonlyMap<string, UsedKey>;
  /** Bytes of its keys and values. */
  readonly lengthBytes: number;
  /** Its sums and checks need exclusive locks as well: found out by trying. */
  needsExclusive = false;
  readonly outcome: Promise<KeyValueCommitOutcome>;
  #resolve: (outcome: KeyValueCommitOutcome) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  /** @throws {RangeError} No engine could honour the commit. */
  constructor(commit: KeyValueCommit) {
    this.commit = commit;
    this.written = assertCommit(commit);
    const uses = new Map<string, UsedKey>();
    let lengthBytes = 0;
    const { checks = [], puts = [], deletes = [], sums = [] } = commit;
    for (const { key } of checks) uses.set(keyToText(key), { key, use: 'check' });
    for (const { key } of sums) {
      const text = keyToText(key);
      // Checked as well: no other commit may add to it meanwhile.
      uses.set(text, { key, use: uses.has(text) ? 'write' : 'sum' });
    }
    for (const { key, value } of puts) {
      uses.set(keyToText(key), { key, use: 'write' });
      lengthBytes += value.length;
    }
    for (const key of deletes) uses.set(keyToText(key), { key, use: 'write' });
    for (const { key } of uses.values()) lengthBytes += key.length;
    this.uses = uses;
    this.lengthBytes = lengthBytes;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  resolve(outcome: KeyValueCommitOutcome): void {
    this.#resolve(outcome);
  }

  reject(error: Error): void {
    this.#reject(error);
  }
}
